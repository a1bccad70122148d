// The line below a Plotly chart: the chart stands in the page beside this component, and Plotly keeps its numbers at it.

import { csvOf, drawFiles } from "./files.js";

/**
 * @import { PictureBlock } from "../blocks.d.ts"
 * @typedef {ArrayLike<string | number>} Values
 * @typedef {{ name?: string, x?: Values, y?: Values, xaxis?: string, yaxis?: string }} Trace
 * @typedef {{ _fullData: Trace[], layout: Record<string, { title?: { text?: string } }> }} Plot
 */

/**
 * Return the numbers of a chart, a line a point: series, x and y under the titles of the axes.
 *
 * @param {Plot} plot
 */
export function numbersOf({ _fullData: traces, layout }) {
  const drawn = traces.filter(({ x, y }) => x && y);
  const title = (/** @type {"x" | "y"} */ axis) => {
    const names = new Set(drawn.map((trace) => (trace[`${axis}axis`] ?? axis).replace(axis, `${axis}axis`)));
    const titles = new Set([...names].map((name) => layout[name]?.title?.text ?? ""));
    return (titles.size === 1 && [...titles][0]) || axis;
  };
  const rows = drawn.flatMap(({ name, x, y }) => Array.from(x ?? [], (value, at) => [name, value, y?.[at]]));
  return csvOf([["series", title("x"), title("y")], ...rows]);
}

/**
 * Return a chart as one SVG: Plotly draws it as several that lie on one another.
 *
 * @param {Element} plot
 */
function svgOf(plot) {
  const [first, ...more] = [...plot.querySelectorAll("svg.main-svg")].map((layer) => layer.cloneNode(true));
  const whole = /** @type {SVGSVGElement} */ (first);
  for (const layer of more) whole.append(...layer.childNodes);
  for (const part of whole.querySelectorAll(".hoverlayer, .draglayer, .zoomlayer")) part.remove();
  whole.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  whole.style.background = getComputedStyle(document.body).backgroundColor;
  return new XMLSerializer().serializeToString(whole);
}

/**
 * @param {HTMLElement} root
 * @param {PictureBlock} data
 */
function drawPicture(root, data) {
  const found = () => {
    const plot = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
    if (!plot) throw new Error("The chart is not drawn yet.");
    return plot;
  };
  root.replaceChildren();
  const csv = () => numbersOf(/** @type {Plot} */ (/** @type {unknown} */ (found())));
  drawFiles(root, data.name, { svg: () => svgOf(found()), csv });
}

export const kinds = { picture: drawPicture };
