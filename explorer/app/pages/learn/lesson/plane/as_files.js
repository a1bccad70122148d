// The figures of the lesson as files: the picture with the looks that it has on the page, and the numbers that it shows.

import { csvOf } from "../../../../components/chart/files.js";

/** @import { Drawing, State } from "./types.d.ts" */

/** What a style sheet says of a shape or a letter. */
const LOOKS = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap"],
  ...["stroke-linejoin", "opacity", "visibility", "display", "paint-order", "font-family", "font-size", "font-weight"],
  ...["font-style", "text-anchor", "dominant-baseline", "stop-color", "stop-opacity"],
];

/**
 * Return the points of the field as CSV, the test point last.
 *
 * @param {State} state
 */
export function pointsCsv({ points, star }) {
  const rows = points.map(({ x, y, label }, at) => [at + 1, x, y, label]);
  return csvOf([["point", "x", "y", "label"], ...rows, ["test point", star.x, star.y, star.label]]);
}

/**
 * Return what a chart shows as CSV, a line a point: series, x and y under the titles of the axes.
 *
 * @param {{ drawing?: Drawing, titles: { x: string, y: string } }} chart
 */
export function chartCsv({ drawing, titles }) {
  const { lines = [], arrows = [], dots = [], marks = [] } = drawing ?? {};
  const rows = [
    ...lines.flatMap(({ name, points }) => points.map((point) => [name, ...point])),
    ...dots.flatMap(({ name, points }) => points.map((point) => [name, ...point])),
    ...arrows.map(({ name, end }) => [name, ...end]),
    ...marks.map(({ name, at }) => [name, ...at]),
  ];
  return csvOf([["series", titles.x, titles.y], ...rows.map((row) => row.slice(0, 3))]);
}

/**
 * Return a figure as an SVG that needs no style sheet.
 *
 * @param {SVGSVGElement} figure
 */
export function standaloneSvg(figure) {
  const copy = /** @type {SVGSVGElement} */ (figure.cloneNode(true));
  const [shown, copied] = [figure, copy].map((root) => [...root.querySelectorAll("*")]);
  shown.forEach((element, at) => {
    const style = getComputedStyle(element);
    const looks = LOOKS.map((name) => `${name}:${style.getPropertyValue(name)}`);
    copied[at].setAttribute("style", looks.join(";"));
  });
  const { width, height } = figure.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(Math.round(width)));
  copy.setAttribute("height", String(Math.round(height)));
  copy.style.background = getComputedStyle(document.body).backgroundColor;
  return new XMLSerializer().serializeToString(copy);
}

/**
 * Return a name for files from the words of a figure.
 *
 * @param {string} label
 */
export function fileName(label) {
  const words = label.toLowerCase().match(/[a-z0-9]+/g) ?? ["figure"];
  return words.slice(0, 6).join("-");
}
