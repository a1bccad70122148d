// What is drawn over the points: axes, curves, words, the drawn line and the ring around one point.

import { childrenOf } from "../dom/dom.js";
import { onScreen, placeOf } from "./geometry.js";
import { place } from "./tooltip.js";

/**
 * @import { Axis, Curve } from "../blocks.d.ts"
 * @import { Place, Scatter, View } from "./types.d.ts"
 */

/** @param {Scatter} state */
export function drawOver(state) {
  const { over, view, data } = state;
  const pen = over.getContext("2d");
  pen.setTransform(view.density, 0, 0, view.density, 0, 0);
  pen.clearRect(0, 0, over.width, over.height);
  pen.strokeStyle = pen.fillStyle = getComputedStyle(state.root).color;
  const paper = getComputedStyle(state.root).getPropertyValue("--st-background-color");
  pen.font = `12px ${getComputedStyle(state.root).fontFamily}`;
  drawTicks(pen, view, data.axes);
  pen.translate(view.left, 0);
  pen.beginPath();
  pen.rect(0, 0, view.width, view.height);
  pen.clip();
  for (const curve of data.curves) drawCurve(pen, view, curve, paper);
  drawRing(pen, state);
  drawLine(pen, state.line && state.tool === "lasso" ? state.line : []);
  placeWords(state);
  if (state.at >= 0) place(state);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {View} view
 * @param {Record<string, Axis>} axes
 */
function drawTicks(pen, view, axes) {
  pen.globalAlpha = 0.75;
  for (const [share, text] of axes.x?.ticks ?? []) {
    const [x] = onScreen(view, share, 0);
    pen.textAlign = "center";
    if (x >= 0 && x <= view.width) pen.fillText(text, view.left + x, view.height + 18);
  }
  for (const [share, text] of axes.y?.ticks ?? []) {
    const [, y] = onScreen(view, 0, share);
    pen.textAlign = "right";
    if (y >= 0 && y <= view.height) pen.fillText(text, view.left - 8, y + 4);
  }
  if (axes.x) pen.strokeRect(view.left + 0.5, 0.5, view.width - 1, view.height - 1);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {View} view
 * @param {Curve} curve
 * @param {string} paper
 */
function drawCurve(pen, view, { points, text, dashed, at }, paper) {
  pen.globalAlpha = 0.85;
  pen.lineWidth = 1.5;
  pen.setLineDash(dashed ? [3, 5] : []);
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(...onScreen(view, x, y));
  pen.stroke();
  pen.setLineDash([]);
  if (text && points.length)
    drawLabel(pen, text, ...onScreen(view, ...points[Math.round(at * (points.length - 1))]), paper);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} paper
 */
function drawLabel(pen, text, x, y, paper) {
  const ink = pen.strokeStyle;
  pen.textAlign = "right";
  pen.lineWidth = 4;
  pen.strokeStyle = paper; // a rim of the page's colour, so that words can be read on points
  pen.strokeText(text, x - 8, y + 4);
  pen.strokeStyle = ink;
  pen.fillText(text, x - 8, y + 4);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scatter} state
 */
function drawRing(pen, state) {
  if (state.at < 0) return;
  pen.globalAlpha = 1;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(...placeOf(state, state.at), state.view.size, 0, 7);
  pen.stroke();
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Place[]} line
 */
function drawLine(pen, line) {
  if (line.length < 2) return;
  pen.beginPath();
  for (const corner of line) pen.lineTo(...corner);
  pen.closePath();
  pen.globalAlpha = 0.08;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.setLineDash([5, 4]);
  pen.stroke();
  pen.setLineDash([]);
}

/** @param {Scatter} state */
function placeWords(state) {
  const { view, data, marks } = state;
  data.words.forEach((word, index) => {
    const [x, y] = onScreen(view, word.x, word.y);
    const element = childrenOf(marks)[index];
    element.hidden = x < 0 || y < 0 || x > view.width || y > view.height;
    Object.assign(element.style, {
      left: `${view.left + x}px`,
      top: `${y}px`,
      transform: `translate(${word.end ? "-100%" : "0"}, ${word.low ? "-100%" : "0"})`,
    });
  });
}
