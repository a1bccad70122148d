// A small chart that is drawn again in a millisecond: axes, lines, dots, marks, rules. Its width is the panel's.

import { drawFiles } from "../../../../components/chart/files.js";
import { make } from "../../../../components/dom/dom.js";
import { setAttributes, svg } from "../../../../components/dom/svg.js";
import { chartCsv, fileName, standaloneSvg } from "./as_files.js";
import { drawAxes, EDGE, ticksOf } from "./chart_axes.js";
import { drawArrow, drawCurve, drawDots, drawMark, drawRule } from "./chart_marks.js";

/** @import { Chart, Drawing, Lesson } from "./types.d.ts" */

let charts = 0;

/**
 * An empty chart; `x` and `y` are the titles of its axes.
 * @param {Lesson} lesson
 * @param {HTMLElement} parent
 * @param {{ label: string, x: string, y: string, height?: number }} looks
 */
export function makeChart(lesson, parent, { label, x, y, height = 240 }) {
  const figure = svg("svg", "chart", parent, { role: "img", "aria-label": label });
  const clip = `plane-clip-${charts++}`;
  const opening = svg("rect", "", svg("clipPath", "", svg("defs", "", figure), { id: clip }));
  const axes = svg("g", "axes", figure);
  const inside = svg("g", "", figure, { "clip-path": `url(#${clip})` });
  const over = svg("g", "", figure);
  /** @type {Chart} */
  const chart = {
    figure,
    opening,
    axes,
    inside,
    over,
    titles: { x, y },
    height,
    width: 0,
    drawn: new Map(),
    ticks: "",
  };
  followWidth(lesson, chart, parent);
  const files = { svg: () => standaloneSvg(figure), csv: () => chartCsv(chart) };
  drawFiles(make("div", "files", parent), fileName(label), files);
  return chart;
}

/**
 * @param {Lesson} lesson
 * @param {Chart} chart
 * @param {HTMLElement} parent
 */
function followWidth(lesson, chart, parent) {
  const fitWidth = () => {
    const width = Math.max(240, Math.round(parent.clientWidth));
    if (width === chart.width) return false;
    chart.width = width;
    setAttributes(chart.figure, { viewBox: `0 0 ${width} ${chart.height}`, width, height: chart.height });
    return true;
  };
  fitWidth();
  lesson.watch.observe(parent);
  lesson.fitters.set(parent, fitWidth);
}

/**
 * Draw `{ x, y, lines, arrows, dots, marks, rules }`: what was there and is not named any more goes.
 * @param {Chart} chart
 * @param {Drawing} drawing
 */
export function drawChart(chart, drawing) {
  const { x, y, lines = [], arrows = [], dots = [], marks = [], rules = [], xTicks, yTicks } = drawing;
  chart.drawing = drawing;
  chart.ends = { x, y };
  const box = { left: EDGE.left, right: chart.width - EDGE.right, top: EDGE.top, bottom: chart.height - EDGE.bottom };
  chart.box = box;
  chart.at = ([a, b]) => [
    box.left + ((a - x[0]) / (x[1] - x[0])) * (box.right - box.left),
    box.bottom - ((b - y[0]) / (y[1] - y[0])) * (box.bottom - box.top),
  ];
  setAttributes(chart.opening, {
    x: box.left - 1,
    y: box.top - 1,
    width: box.right - box.left + 2,
    height: box.bottom - box.top + 2,
  });
  drawAxes(chart, xTicks ?? ticksOf(x, chart.width > 380 ? 6 : 4), yTicks ?? ticksOf(y, 4));
  const named = new Set();
  for (const rule of rules) drawRule(chart, rule, named);
  for (const line of lines) drawCurve(chart, line, named);
  for (const arrow of arrows) drawArrow(chart, arrow, named);
  for (const group of dots) drawDots(chart, group, named);
  for (const mark of marks) drawMark(chart, mark, named);
  for (const [name, element] of chart.drawn) if (!named.has(name)) forget(chart, name, element);
}

/**
 * Empty axes, where there is no point to draw anything of.
 * @param {Chart} chart
 */
export function drawNothing(chart) {
  drawChart(chart, { x: [-1, 1], y: [-1, 1] });
}

/**
 * @param {Chart} chart
 * @param {string} name
 * @param {{ remove(): void }} element
 */
function forget(chart, name, element) {
  element.remove();
  chart.drawn.delete(name);
}

/**
 * Let a hand pull the chart's x: `told(x)` on press and on every move, `began` before the first.
 * @param {Chart} chart
 * @param {() => void} began
 * @param {(x: number) => void} told
 */
export function pullChart(chart, began, told) {
  const tell = (/** @type {MouseEvent} */ event) => {
    const { left } = chart.figure.getBoundingClientRect();
    const share = (event.clientX - left - chart.box.left) / (chart.box.right - chart.box.left);
    told(chart.ends.x[0] + Math.min(1, Math.max(0, share)) * (chart.ends.x[1] - chart.ends.x[0]));
  };
  chart.figure.classList.add("pulled");
  chart.figure.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    chart.figure.setPointerCapture(event.pointerId);
    began();
    tell(event);
  });
  chart.figure.addEventListener(
    "pointermove",
    (event) => chart.figure.hasPointerCapture(event.pointerId) && tell(event),
  );
}
