// A field of points: hover shows the picture, a drawn line chooses, the wheel and a drag move. What is chosen goes to
// Python as one bit a point. Names reach the page as text only.

import { drawFiles } from "../chart/files.js";
import { make } from "../dom/dom.js";
import { allShown } from "../dom/focus.js";
import { describeKeys } from "../keys/keys.js";
import { cloudCsv, cloudSvg } from "./as_files.js";
import { beginCrowd } from "./crowd.js";
import { refresh, resize, restyle } from "./drawing.js";
import { imageAt } from "./geometry.js";
import { drag, press, release, show, steer, useTool, wheel } from "./gestures.js";
import { drawLegend } from "./legend.js";
import { unpack, unpackedMask } from "./packing.js";
import { cardPainter, handPainter } from "./painters.js";
import { pixelPainter } from "./pixels.js";

/**
 * @import { ScatterBlock } from "../blocks.d.ts"
 * @import { Parts, Scatter, ScatterRoot } from "./types.d.ts"
 */

const TOOLS = [
  ["lasso", "Draw around", "Draw a line around images to choose them"],
  ["move", "Move", "Drag to move the map"],
  ["in", "+", "Zoom in"],
  ["out", "−", "Zoom out"],
  ["whole", "Show all", "Show the whole map"],
  ["seen", "Choose all shown", "Choose every image that is in view"],
  ["clear", "Clear", "Choose nothing"],
];

describeKeys({
  title: "On the map, once it has the focus",
  rows: () => [
    ["← → ↑ ↓", "the image beside it"],
    ["Enter", "choose it"],
    ["+ or −", "closer, farther"],
    ["Shift with ←→", "move the map"],
    ["Esc", "let go"],
  ],
  here: () => allShown(".scatter-field").length > 0,
});

/**
 * @param {ScatterRoot} root
 * @returns {Parts}
 */
function fieldOf(root) {
  const bar = make("div", "scatter-tools", root);
  const field = make("div", "scatter-field", root);
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Tools");
  for (const [name, text, title] of TOOLS) {
    const button = make("button", "scatter-tool", bar, text);
    Object.assign(button, { type: "button", title, onclick: () => useTool(root.scatter, name) });
    button.dataset.tool = name;
    button.setAttribute("aria-label", title);
  }
  field.tabIndex = 0;
  field.setAttribute("role", "application");
  return { bar, field, ...layersOf(field), ...wordsBelow(root) };
}

/** @param {HTMLElement} field */
function layersOf(field) {
  const under = make("canvas", "scatter-points", field);
  const canvas = make("canvas", "scatter-points", field);
  const over = make("canvas", "scatter-over", field);
  const marks = make("div", "scatter-marks", field);
  const tip = make("div", "scatter-tip", field);
  tip.hidden = true;
  return { under, canvas, over, marks, tip, picture: make("img", "", tip), lines: make("div", "", tip) };
}

/** @param {HTMLElement} root */
function wordsBelow(root) {
  const legend = make("div", "scatter-legend", root);
  const said = make("p", "small", root);
  said.setAttribute("role", "status");
  const keys =
    "Keys: arrows go from image to image, Shift and arrows move the map, + and − zoom, Enter chooses, Escape lets go.";
  make("p", "small scatter-keys", root, keys);
  return { legend, said };
}

/** @param {ScatterRoot} root */
function scatterOf(root) {
  const parts = fieldOf(root);
  const view = { x: 0.5, y: 0.5, zoom: 1 };
  /** @type {Partial<Scatter>} */
  const rest = {
    tool: "lasso",
    line: null,
    at: -1,
    hidden: new Set(),
    named: null,
    crowd: null,
    rows: null,
    painter: null,
  };
  const initial = { root, ...parts, view, ...rest };
  const state = /** @type {Scatter} */ (/** @type {unknown} */ (initial));
  paintBy(state, "webgl");
  const { field } = parts;
  field.onpointerdown = (event) => press(state, event);
  field.onpointermove = (event) => drag(state, event);
  field.onpointerup = (event) => release(state, event);
  field.onpointerleave = () => show(state, -1);
  field.onkeydown = (event) => steer(state, event);
  field.addEventListener("wheel", (event) => wheel(state, event), { passive: false });
  new ResizeObserver(() => resize(state)).observe(field);
  drawFiles(root, "map", { svg: () => cloudSvg(state), csv: () => cloudCsv(state) });
  return state;
}

/** @param {Scatter} state */
function byHand(state) {
  replaceCanvas(state, "canvas");
  resize(state);
  restyle(state);
}

/**
 * Give a scatter another painter, on a canvas of its own: a canvas never changes what it is drawn with.
 *
 * @param {Scatter} state
 * @param {"webgl" | "canvas" | "pixels"} kind
 */
function replaceCanvas(state, kind) {
  const fresh = make("canvas", "scatter-points");
  state.canvas.replaceWith(fresh);
  state.canvas = fresh;
  paintBy(state, kind);
}

/**
 * @param {Scatter} state
 * @param {"webgl" | "canvas" | "pixels"} kind
 */
function paintBy(state, kind) {
  const { canvas } = state;
  state.painter = kind === "webgl" ? cardPainter(canvas) : kind === "pixels" ? pixelPainter(canvas) : null;
  state.root.dataset.painter = state.painter ? kind : "canvas";
  state.painter ??= handPainter(canvas);
  if (kind === "webgl") canvas.addEventListener("webglcontextlost", () => byHand(state));
}

/**
 * @param {ScatterRoot} root
 * @param {ScatterBlock} data
 */
function drawScatter(root, data) {
  root.classList.add("scatter");
  root.scatter ??= scatterOf(root);
  const state = root.scatter;
  if (state.token !== data.token) load(state, data);
  const changed = state.data?.selected !== data.selected;
  state.data = data;
  if (!state.crowd) state.chosen = unpackedMask(data.chosen, state.count);
  state.field.setAttribute("aria-label", data.label);
  useTool(state, state.tool);
  resize(state);
  drawLegend(state);
  restyle(state);
  refresh(state, changed);
}

/**
 * @param {Scatter} state
 * @param {ScatterBlock} data
 */
function load(state, data) {
  const legend = state.data?.shade.title === data.shade.title && state.data.run === data.run;
  const fresh = state.data?.run !== data.run || state.data?.frame !== data.frame;
  if (fresh) Object.assign(state.view, { x: 0.5, y: 0.5, zoom: 1 });
  if (!legend) state.hidden.clear();
  state.token = data.token;
  state.places = unpack(data.places, Uint16Array);
  for (const name of /** @type {const} */ (["codes", "labels", "predicted"])) {
    state[name] = unpack(data[name], Uint16Array);
  }
  for (const name of /** @type {const} */ (["sure", "values"])) state[name] = unpack(data[name], Float32Array);
  state.count = state.places.length / 2;
  beginCrowd(state, data);
  if (Boolean(state.crowd) !== (state.root.dataset.painter === "pixels"))
    replaceCanvas(state, state.crowd ? "pixels" : "webgl");
  if (state.crowd) state.chosen = new Uint8Array(0);
  if (data.shade.kind === "levels") state.named = null;
  else if (!legend || !state.named) state.named = data.named.length ? data.named : null;
  state.tests = Uint8Array.from({ length: state.count }, (_, row) => Number(imageAt(state, row, data).side === "test"));
  Object.assign(state, { at: -1, line: null });
  state.tip.hidden = true;
  state.marks.replaceChildren(...data.words.map((word) => make("span", "scatter-word", null, word.text)));
  for (const [name, axis] of Object.entries(data.axes)) make("span", `scatter-title ${name}`, state.marks, axis.title);
}

export const kinds = { scatter: drawScatter };
