// A map as one picture and as numbers: what is in view, in the colours and shapes of the page.

import { csvOf } from "../chart/files.js";
import { hiddenRow, imageAt, onScreen, placeOf } from "./geometry.js";
import { classColour, OTHERS, slotOf, tintOf } from "./palette.js";

/**
 * @import { Axis } from "../blocks.d.ts"
 * @import { Place, Scatter } from "./types.d.ts"
 */

/** Corners of the marks of the first classes in shares of their size; the first one is a circle. @type {Place[][]} */
const SHAPES = [
  [],
  [
    [0, -1],
    [0.87, 0.6],
    [-0.87, 0.6],
  ],
  [
    [-0.8, -0.8],
    [0.8, -0.8],
    [0.8, 0.8],
    [-0.8, 0.8],
  ],
  [
    [0, -1.1],
    [1.1, 0],
    [0, 1.1],
    [-1.1, 0],
  ],
];
const LEGEND = 28; // pixels below the map

/**
 * Return what stands at a share of an axis; the share itself where the axis has no numbers.
 *
 * @param {Axis | undefined} axis
 * @param {number} share
 */
export function valueAt(axis, share) {
  if (!axis) return Number(share.toPrecision(5));
  const value = axis.low + share * (axis.high - axis.low);
  return Number((axis.log ? 10 ** value : value).toPrecision(5));
}

/** @param {Scatter} state */
export function cloudCsv(state) {
  const { data } = state;
  const levels = data.shade.kind === "levels";
  const titles = [data.axes.x?.title ?? "x", data.axes.y?.title ?? "y", ...(levels ? [data.shade.title] : [])];
  const rows = Array.from({ length: state.count }, (_, row) => {
    const { side, index } = imageAt(state, row);
    const places = /** @type {const} */ (["x", "y"]).map((name, at) =>
      valueAt(data.axes[name], state.places[2 * row + at] / 65535),
    );
    const value = Number.isFinite(state.values[row]) ? state.values[row] : "";
    const known = [data.names[state.labels[row]], data.names[state.predicted[row]], state.sure[row]];
    return [side, index, ...known, ...places, ...(levels ? [value] : [])];
  });
  return csvOf([["side", "index", "label", "prediction", "probability", ...titles], ...rows]);
}

/** @param {Scatter} state */
export function cloudSvg(state) {
  const { view, data, field, root } = state;
  const [width, height] = [field.clientWidth, field.clientHeight];
  const ink = getComputedStyle(root).color;
  const paper = getComputedStyle(document.body).backgroundColor;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + LEGEND}" font-family="sans-serif" font-size="12" fill="${ink}" style="background:${paper}">`;
  const clip = `<clipPath id="view"><rect width="${view.width}" height="${view.height}"/></clipPath>`;
  const inside = [...pointsOf(state), ...data.curves.map((curve) => lineOf(state, curve, ink)), ...wordsOf(state)];
  // A rim of the page's colour, so that words can be read on points.
  const style = `<style>text{paint-order:stroke;stroke:${paper};stroke-width:4px}</style>`;
  const body = `<g transform="translate(${view.left} 0)"><g clip-path="url(#view)">${inside.join("")}</g></g>`;
  return `${open}<title>${escaped(data.label)}</title>${style}${clip}${body}${axesOf(state, ink).join("")}${legendOf(state, height)}</svg>`;
}

/** @param {number} row */
function drawn(row) {
  return (row * 7919) % 65521;
}

/** @param {Scatter} state */
function pointsOf(state) {
  const classes = state.data.shade.kind === "classes";
  const any = state.chosen.includes(1);
  const points = [];
  // No class lies on top of another: the order is as good as random.
  const order = Array.from({ length: state.count }, (_, row) => row).sort((one, other) => drawn(one) - drawn(other));
  for (const row of order) {
    const [x, y] = placeOf(state, row);
    if (hiddenRow(state, row) || x < 0 || y < 0 || x > state.view.width || y > state.view.height) continue;
    const colour = `rgb(${tintOf(state, state.codes[row]).join()})`;
    const strength = any && !state.chosen[row] ? 0.16 : 0.8;
    points.push(markAt(x, y, state.view.size / 2, classes ? slotOf(state, state.codes[row]) : 0, colour, strength));
  }
  return points;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {number} code of the class among those with a colour
 * @param {string} colour
 * @param {number} strength
 */
function markAt(x, y, size, code, colour, strength) {
  const corners = SHAPES[Math.max(0, code) % SHAPES.length];
  const look = `fill="${colour}" fill-opacity="${strength}"`;
  if (!corners.length) return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${size.toFixed(1)}" ${look}/>`;
  const points = corners.map(([right, down]) => `${(x + right * size).toFixed(1)},${(y + down * size).toFixed(1)}`);
  return `<polygon points="${points.join(" ")}" ${look}/>`;
}

/**
 * @param {Scatter} state
 * @param {import("../blocks.d.ts").Curve} curve
 * @param {string} ink
 */
function lineOf({ view }, { points, text, dashed, at }, ink) {
  const places = points.map(([x, y]) => onScreen(view, x, y).map((part) => part.toFixed(1)));
  const dashes = dashed ? ' stroke-dasharray="3 5"' : "";
  const line = `<polyline points="${places.join(" ")}" fill="none" stroke="${ink}" stroke-width="1.5"${dashes}/>`;
  const [x, y] = places[Math.round(at * (places.length - 1))] ?? [0, 0];
  return text
    ? `${line}<text x="${Number(x) - 8}" y="${Number(y) + 4}" text-anchor="end">${escaped(text)}</text>`
    : line;
}

/** @param {Scatter} state */
function wordsOf({ view, data }) {
  return data.words.map(({ text, x, y, end, low }) => {
    const [across, down] = onScreen(view, x, y);
    const anchor = end ? "end" : "start";
    return `<text x="${across + (end ? -8 : 8)}" y="${down + (low ? -8 : 18)}" text-anchor="${anchor}">${escaped(text)}</text>`;
  });
}

/**
 * @param {Scatter} state
 * @param {string} ink
 */
function axesOf({ view, data: { axes } }, ink) {
  if (!axes.x || !axes.y) return [];
  const frame = `<rect x="${view.left}" y="0.5" width="${view.width}" height="${view.height - 1}" fill="none" stroke="${ink}"/>`;
  const across = axes.x.ticks.map(([share, text]) => {
    const x = view.left + onScreen(view, share, 0)[0];
    return `<text x="${x}" y="${view.height + 18}" text-anchor="middle">${escaped(text)}</text>`;
  });
  const up = axes.y.ticks.map(
    ([share, text]) =>
      `<text x="${view.left - 8}" y="${onScreen(view, 0, share)[1] + 4}" text-anchor="end">${escaped(text)}</text>`,
  );
  const middle = [view.left + view.width / 2, view.height / 2];
  const titles = [
    `<text x="${middle[0]}" y="${view.height + 40}" text-anchor="middle">${escaped(axes.x.title)}</text>`,
    `<text transform="translate(14 ${middle[1]}) rotate(-90)" text-anchor="middle">${escaped(axes.y.title)}</text>`,
  ];
  return [frame, ...across, ...up, ...titles];
}

/**
 * @param {Scatter} state
 * @param {number} height
 */
function legendOf(state, height) {
  const { shade } = state.data;
  const y = height + 18;
  if (shade.kind !== "classes")
    return `<text x="8" y="${y}">${escaped(`${shade.title}: ${shade.ticks.join(" to ")}`)}</text>`;
  let x = 8;
  const named = state.named?.map((code) => shade.names[code]);
  const entries = named ? [...named, `${shade.names.length - named.length} others`] : shade.names;
  return entries
    .map((name, at) => {
      const slot = at === named?.length ? OTHERS : at;
      const mark = markAt(x + 5, y - 4, 5, slot, classColour(state, slot), 1);
      const entry = `${mark}<text x="${x + 16}" y="${y}">${escaped(name)}</text>`;
      x += 32 + 7 * name.length;
      return entry;
    })
    .join("");
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
