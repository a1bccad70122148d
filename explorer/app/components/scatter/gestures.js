// What a hand and a keyboard do to a scatter.

import { childrenOf, pageOf } from "../dom/dom.js";
import { lookOf, partAt } from "./crowd.js";
import { repaint, restyle } from "./drawing.js";
import { hiddenRow, inPlace, nearest, neighbour, placeOf, within } from "./geometry.js";
import { packed } from "./packing.js";
import { fillTip, showPart } from "./tooltip.js";

/** @import { Inside, Place, Scatter } from "./types.d.ts" */

const DEEPEST = 60; // times; sixteen bits a place are still 20 steps a pixel there
const STEP = 0.12; // of the field, that a key moves the map by
/** @type {Record<string, Place>} */
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {Scatter} state
 * @param {MouseEvent} event
 * @returns {Place}
 */
function at(state, event) {
  const box = state.field.getBoundingClientRect();
  return [event.clientX - box.left - state.view.left, event.clientY - box.top];
}

/**
 * @param {Scatter} state
 * @param {string} name
 */
export function useTool(state, name) {
  const { view } = state;
  if (name === "in" || name === "out")
    return zoomBy(state, name === "in" ? 1.5 : 1 / 1.5, view.width / 2, view.height / 2);
  if (name === "whole") Object.assign(view, { x: 0.5, y: 0.5, zoom: 1 });
  if (name === "seen" && state.crowd) return tellCrowd(state, { line: cornersOf(state) });
  if (name === "clear" && state.crowd) return tellCrowd(state, { line: [] });
  if (name === "seen") return tell(state, (x, y) => x >= 0 && y >= 0 && x <= view.width && y <= view.height);
  if (name === "clear") return tell(state, () => false);
  if (name === "lasso" || name === "move") state.tool = name;
  for (const button of childrenOf(state.bar)) {
    const { tool } = button.dataset;
    if (tool === "lasso" || tool === "move") button.setAttribute("aria-pressed", String(tool === state.tool));
  }
  state.field.classList.toggle("moving", state.tool === "move");
  repaint(state);
}

/**
 * @param {Scatter} state
 * @param {Inside} inside
 */
function tell(state, inside) {
  const mask = new Uint8Array(state.count);
  for (let row = 0; row < state.count; row++)
    mask[row] = Number(!hiddenRow(state, row) && inside(...placeOf(state, row), row));
  state.chosen = mask;
  restyle(state);
  pageOf(state.root).tell("lasso", { frame: state.data.frame, rows: packed(mask) });
}

/**
 * Say what is chosen of a crowd: a line in shares of the frame, or one image; the server finds out which images it means.
 *
 * @param {Scatter} state
 * @param {{ line: Place[] } | { row: number }} chosen
 */
function tellCrowd(state, chosen) {
  pageOf(state.root).tell("lasso", { frame: state.data.frame, ...lookOf(state), ...chosen });
  state.said.textContent = "Finding the images …";
}

/**
 * Return the corners of what is seen, in shares of the frame.
 *
 * @param {Scatter} state
 * @returns {Place[]}
 */
function cornersOf({ view }) {
  const [width, height] = [view.width, view.height];
  return [inPlace(view, 0, 0), inPlace(view, width, 0), inPlace(view, width, height), inPlace(view, 0, height)];
}

/**
 * @param {Scatter} state
 * @param {PointerEvent} event
 */
export function press(state, event) {
  if (event.button) return;
  event.preventDefault();
  state.field.focus({ preventScroll: true });
  state.field.setPointerCapture(event.pointerId);
  state.line = [at(state, event)];
  show(state, -1);
}

/**
 * @param {Scatter} state
 * @param {PointerEvent} event
 */
export function drag(state, event) {
  const here = at(state, event);
  if (!state.line) {
    state.hover = here;
    const part = partAt(state, here);
    return part ? showPart(state, here, part) : show(state, nearest(state, ...here));
  }
  const last = state.line.at(-1);
  const [x, y] = [here[0] - last[0], here[1] - last[1]];
  if (Math.hypot(x, y) < 3) return;
  state.line.push(here);
  if (state.tool === "move") moveBy(state, x, y);
  repaint(state);
}

/**
 * @param {Scatter} state
 * @param {PointerEvent} event
 */
export function release(state, event) {
  const { line } = state;
  state.line = null;
  if (!line) return;
  repaint(state);
  if (line.length < 3) return choose(state, nearest(state, ...at(state, event)));
  if (state.tool !== "lasso") return;
  if (state.crowd) tellCrowd(state, { line: line.map((corner) => inPlace(state.view, ...corner)) });
  else tell(state, within(line));
}

/**
 * @param {Scatter} state
 * @param {number} row
 */
function choose(state, row) {
  if (row >= 0 && state.crowd) tellCrowd(state, { row: state.rows[row] });
  else if (row >= 0) tell(state, (_x, _y, other) => other === row);
}

/**
 * @param {Scatter} state
 * @param {number} x
 * @param {number} y
 */
function moveBy(state, x, y) {
  state.view.x -= x / state.view.across;
  state.view.y += y / state.view.up;
  repaint(state);
}

/**
 * @param {Scatter} state
 * @param {number} times
 * @param {number} x
 * @param {number} y
 */
function zoomBy(state, times, x, y) {
  const { view } = state;
  const [fixedX, fixedY] = inPlace(view, x, y);
  const zoom = Math.min(DEEPEST, Math.max(0.8, view.zoom * times));
  const change = zoom / view.zoom;
  Object.assign(view, { zoom, x: fixedX + (view.x - fixedX) / change, y: fixedY + (view.y - fixedY) / change });
  repaint(state);
}

/**
 * @param {Scatter} state
 * @param {WheelEvent} event
 */
export function wheel(state, event) {
  event.preventDefault();
  zoomBy(state, Math.exp(-event.deltaY / 400), ...at(state, event));
}

/**
 * @param {Scatter} state
 * @param {KeyboardEvent} event
 */
export function steer(state, event) {
  const { view } = state;
  const arrow = ARROWS[event.key];
  if (arrow && event.shiftKey) moveBy(state, -arrow[0] * STEP * view.width, -arrow[1] * STEP * view.height);
  else if (arrow) show(state, neighbour(state, arrow));
  else if (event.key === "+" || event.key === "=") useTool(state, "in");
  else if (event.key === "-") useTool(state, "out");
  else if (event.key === "Enter") choose(state, state.at);
  else if (event.key === "Escape") letGo(state);
  else return;
  event.preventDefault();
}

/** @param {Scatter} state */
function letGo(state) {
  state.line = null;
  show(state, -1);
  repaint(state);
}

/**
 * @param {Scatter} state
 * @param {number} row
 */
export function show(state, row) {
  if (row === state.at && (row >= 0 || state.tip.hidden)) return;
  state.at = row;
  state.tip.hidden = row < 0;
  if (row >= 0) fillTip(state, row);
  repaint(state);
}
