// How the points look and when they are painted.

import { hiddenRow } from "./geometry.js";
import { drawOver } from "./overlay.js";
import { BIGGER, HOLLOW, MARKS, NOTHING, OTHERS, slotOf, tintOf } from "./palette.js";

/** @import { Scatter } from "./types.d.ts" */

/** @param {Scatter} state */
export function restyle(state) {
  const { count, codes, chosen } = state;
  const classes = state.data.shade.kind === "classes";
  const tints = new Uint8Array(4 * count);
  const forms = new Uint8Array(count);
  const weights = new Float64Array(count);
  const palette = new Map();
  const any = chosen.includes(1);
  for (let row = 0; row < count; row++) {
    const code = codes[row];
    const slot = classes ? slotOf(state, code) : 0;
    if (!palette.has(code)) palette.set(code, tintOf(state, code));
    tints.set(palette.get(code), 4 * row);
    tints[4 * row + 3] = hiddenRow(state, row) ? 0 : any && !chosen[row] ? 40 : slot === OTHERS ? 110 : 205;
    forms[row] =
      (classes ? Math.max(0, slot) % MARKS.length : code === NOTHING ? 0 : BIGGER * Math.floor(code / 100)) +
      (state.tests[row] ? HOLLOW : 0);
    // No class lies on top of another: within what is equally strong the order is as good as random.
    weights[row] =
      2 * chosen[row] +
      Math.min(0, slot) +
      (classes || code === NOTHING ? 0 : code / NOTHING) +
      ((row * 7919) % 65521) / 65521 / 300;
  }
  const order = Uint32Array.from(weights.keys()).sort((one, other) => weights[one] - weights[other]);
  state.painter.style(state.places, tints, forms, order);
  const found = chosen.reduce((sum, bit) => sum + bit, 0);
  state.said.textContent = found
    ? `${found.toLocaleString("en")} of ${count.toLocaleString("en")} images chosen.`
    : `${count.toLocaleString("en")} images. Draw a line around some of them, or click one.`;
  repaint(state);
}

/** @param {Scatter} state */
export function resize(state) {
  if (!state.data || !state.field.clientWidth) return;
  const density = window.devicePixelRatio || 1;
  const titled = Object.keys(state.data.axes).length > 0;
  const [left, below] = titled ? [64, 52] : [0, 0];
  const [width, height] = [state.field.clientWidth - left, state.field.clientHeight - below];
  Object.assign(state.view, { width, height, density, left, below });
  state.canvas.style.left = `${left}px`;
  fit(state.canvas, width, height, density);
  fit(state.over, state.field.clientWidth, state.field.clientHeight, density);
  repaint(state);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {number} density
 */
function fit(canvas, width, height, density) {
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const [across, up] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== up) canvas.height = up;
}

/** @param {Scatter} state */
export function repaint(state) {
  state.pending ??= requestAnimationFrame(() => {
    state.pending = null;
    const { view } = state;
    if (!view.width) return;
    const square = !Object.keys(state.data.axes).length;
    const least = Math.min(view.width, view.height);
    const room = 0.94; // a margin, so that points at the edge are whole
    view.across = view.zoom * room * (square ? least : view.width);
    view.up = view.zoom * room * (square ? least : view.height);
    const base = state.count > 20000 ? 4 : state.count > 3000 ? 6 : 8;
    view.size = Math.min(20, base * Math.sqrt(view.zoom));
    state.painter.paint(view);
    drawOver(state);
  });
}
