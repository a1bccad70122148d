// Round ends, ticks and titles of a chart's axes.

import { svg } from "../../../../components/dom/svg.js";
import { shown } from "./notation.js";

/** @import { Box, Chart, Range } from "./types.d.ts" */

export const EDGE = { left: 52, right: 14, top: 14, bottom: 42 };

/**
 * Ends of an axis on round numbers, so that it does not creep while a hand drags: `[low, high]`.
 * @param {number} low
 * @param {number} high
 */
export function roundEnds(low, high) {
  if (!(high > low)) [low, high] = [low - 0.5, high + 0.5];
  const step = roundStep((high - low) / 4);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/** @param {number} size */
export function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * [1, 2, 5, 10].find((times) => times * power >= size * (1 - 1e-9));
}

/**
 * @param {Range} ends
 * @param {number} about
 */
export function ticksOf([low, high], about) {
  const step = roundStep((high - low) / about);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/**
 * Ranges of both axes with one scale, around all places given.
 * @param {Chart} chart
 * @param {number[][]} places
 */
export function equalEnds(chart, places) {
  const [xs, ys] = [0, 1].map((k) => places.map((place) => place[k]));
  const middle = (/** @type {number[]} */ values) => (Math.min(...values) + Math.max(...values)) / 2;
  const half = (/** @type {number[]} */ values) => (Math.max(...values) - Math.min(...values)) / 2;
  const [across, up] = [chart.width - EDGE.left - EDGE.right, chart.height - EDGE.top - EDGE.bottom];
  const unit = 1.12 * Math.max(half(xs) / across, half(ys) / up, 1e-9);
  return {
    x: [middle(xs) - unit * across, middle(xs) + unit * across],
    y: [middle(ys) - unit * up, middle(ys) + unit * up],
  };
}

/**
 * @param {Chart} chart
 * @param {number[]} xs
 * @param {number[]} ys
 */
export function drawAxes(chart, xs, ys) {
  const { box, ends, titles } = chart;
  const asked = JSON.stringify([xs, ys, ends, chart.width]);
  if (asked === chart.ticks) return;
  chart.ticks = asked;
  chart.axes.replaceChildren();
  svg("rect", "ground", chart.axes, {
    x: box.left,
    y: box.top,
    width: box.right - box.left,
    height: box.bottom - box.top,
  });
  for (const x of xs) {
    const [across] = chart.at([x, 0]);
    svg("line", "tick", chart.axes, { x1: across, x2: across, y1: box.top, y2: box.bottom });
    svg("text", "number", chart.axes, { x: across, y: box.bottom + 15, "text-anchor": "middle" }).textContent =
      tickText(x, xs);
  }
  for (const y of ys) {
    const [, down] = chart.at([0, y]);
    svg("line", "tick", chart.axes, { x1: box.left, x2: box.right, y1: down, y2: down });
    svg("text", "number", chart.axes, { x: box.left - 6, y: down + 4, "text-anchor": "end" }).textContent = tickText(
      y,
      ys,
    );
  }
  drawTitles(chart, box, titles);
}

/**
 * @param {Chart} chart
 * @param {Box} box
 * @param {{ x: string, y: string }} titles
 */
export function drawTitles(chart, box, titles) {
  const [across, down] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  svg("text", "axis", chart.axes, { x: across, y: chart.height - 6, "text-anchor": "middle" }).textContent = titles.x;
  const turned = { x: 0, y: 0, "text-anchor": "middle", transform: `translate(12 ${down}) rotate(-90)` };
  svg("text", "axis", chart.axes, turned).textContent = titles.y;
}

/**
 * A number at an axis, with as many decimals as the longest of its neighbours.
 * @param {number} value
 * @param {number[]} all
 */
export function tickText(value, all) {
  const largest = Math.max(...all.map(Math.abs));
  if (value && (largest < 1e-4 || largest >= 1e5))
    return value.toExponential(0).replaceAll("-", "−").replace("e+", "e");
  return shown(value, Math.max(...all.map((one) => (String(one).split(".")[1] ?? "").length)));
}
