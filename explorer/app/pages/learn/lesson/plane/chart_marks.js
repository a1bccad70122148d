// What stands between a chart's axes: curves, rules, arrows, dots and marks.

import { pathOf, setAttributes, svg } from "../../../../components/dom/svg.js";
import { markOf, put } from "./marks.js";

/** @import { Arrow, Chart, Curve, Dots, Group, Mark, Rule } from "./types.d.ts" */

/**
 * Return a piece of a chart that was drawn before, or a new one.
 *
 * @template Piece
 * @param {Chart} chart
 * @param {string} name
 * @param {Set<string>} named the names of all that is drawn this time
 * @param {() => Piece} create
 * @returns {Piece}
 */
function piece(chart, name, named, create) {
  named.add(name);
  if (!chart.drawn.has(name)) chart.drawn.set(name, create());
  return chart.drawn.get(name);
}

/**
 * @param {Chart} chart
 * @param {Curve} curve
 * @param {Set<string>} named
 */
export function drawCurve(chart, { name, points }, named) {
  const path = piece(chart, name, named, () => svg("path", `line ${name}`, chart.inside));
  path.setAttribute("d", pathOf(points.map(chart.at)));
}

/**
 * @param {Chart} chart
 * @param {Rule} rule
 * @param {Set<string>} named
 */
export function drawRule(chart, { name, x, y, text = "", low = false }, named) {
  const rule = piece(chart, `rule ${name}`, named, () => newRule(chart, name));
  const { box } = chart;
  const [across, down] = chart.at([x ?? 0, y ?? 0]);
  const level = { x1: box.left, x2: box.right, y1: down, y2: down };
  const upright = { x1: across, x2: across, y1: box.top, y2: box.bottom };
  setAttributes(rule.line, x === undefined ? level : upright);
  const above = { x: box.right - 4, y: down - 5, "text-anchor": "end" };
  const beside = { x: across + 5, y: low ? box.bottom - 6 : box.top + 12, "text-anchor": "start" };
  setAttributes(rule.text, x === undefined ? above : beside);
  put(rule.text, text);
}

/**
 * @param {Chart} chart
 * @param {string} name
 */
function newRule(chart, name) {
  const line = svg("line", `line rule ${name}`, chart.inside);
  const text = svg("text", "word", chart.over);
  return {
    line,
    text,
    remove: () => {
      line.remove();
      text.remove();
    },
  };
}

/**
 * An arrow from the origin.
 * @param {Chart} chart
 * @param {Arrow} arrow
 * @param {Set<string>} named
 */
export function drawArrow(chart, { name, end }, named) {
  drawCurve(chart, { name, points: [[0, 0], end] }, named);
  const head = piece(chart, `head ${name}`, named, () =>
    svg("path", `arrow ${name}`, chart.inside, { d: "M0 0L-11 4.5L-11 -4.5Z" }),
  );
  const [[fromX, fromY], [toX, toY]] = [chart.at([0, 0]), chart.at(end)];
  const angle = (Math.atan2(toY - fromY, toX - fromX) * 180) / Math.PI;
  setAttributes(head, { transform: `translate(${toX} ${toY}) rotate(${angle})`, "data-end": JSON.stringify(end) });
}

/**
 * Many dots of one kind: `points` are `[x, y, class]`, and dogs are squares as everywhere.
 * @param {Chart} chart
 * @param {Dots} dots
 * @param {Set<string>} named
 */
export function drawDots(chart, { name, points, size = 4 }, named) {
  const group = piece(
    chart,
    `dots ${name}`,
    named,
    () => /** @type {Group} */ (svg("g", `dots ${name}`, chart.inside)),
  );
  const labels = points.map(([, , kind]) => (kind.includes("dog") ? "dog" : "cat")).join();
  if (group.labels !== labels) {
    group.labels = labels;
    group.replaceChildren();
    for (const [, , kind] of points) markOf(kind.includes("dog") ? "dog" : "cat", group, size);
  }
  points.forEach(([x, y, kind], k) => {
    const [across, down] = chart.at([x, y]);
    const mark = group.children[k];
    setAttributes(mark, { transform: `translate(${across} ${down})`, class: `mark ${kind}` });
  });
}

/**
 * One round mark with words beside it.
 * @param {Chart} chart
 * @param {Mark} mark
 * @param {Set<string>} named
 */
export function drawMark(chart, { name, at, text = "", end = false }, named) {
  const group = piece(chart, `mark ${name}`, named, () => newMark(chart, name));
  const [across, down] = chart.at(at);
  group.setAttribute("transform", `translate(${across} ${down})`);
  const word = /** @type {SVGElement} */ (group.lastElementChild);
  setAttributes(word, { x: end ? -9 : 9, "text-anchor": end ? "end" : "start" });
  put(word, text);
}

/**
 * @param {Chart} chart
 * @param {string} name
 */
function newMark(chart, name) {
  const group = svg("g", `handle ${name}`, chart.over);
  svg("circle", "mark", group, { r: 5.5 });
  svg("text", "word", group, { y: -7 });
  return group;
}
