// What a hand and a keyboard do to a scatter.

import { repaint, restyle } from "./drawing.js";
import { hiddenRow, inPlace, nearest, neighbour, placeOf, within } from "./geometry.js";
import { packed } from "./packing.js";
import { fillTip } from "./tooltip.js";

const DEEPEST = 60; // times; sixteen bits a place are still 20 steps a pixel there
const STEP = 0.12; // of the field, that a key moves the map by
const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function at(state, event) {
  const box = state.field.getBoundingClientRect();
  return [event.clientX - box.left - state.view.left, event.clientY - box.top];
}

export function useTool(state, name) {
  const { view } = state;
  if (name === "in" || name === "out")
    return zoomBy(state, name === "in" ? 1.5 : 1 / 1.5, view.width / 2, view.height / 2);
  if (name === "whole") Object.assign(view, { x: 0.5, y: 0.5, zoom: 1 });
  if (name === "seen") return tell(state, (x, y) => x >= 0 && y >= 0 && x <= view.width && y <= view.height);
  if (name === "clear") return tell(state, () => false);
  if (name === "lasso" || name === "move") state.tool = name;
  for (const button of state.bar.children) {
    const { tool } = button.dataset;
    if (tool === "lasso" || tool === "move") button.setAttribute("aria-pressed", tool === state.tool);
  }
  state.field.classList.toggle("moving", state.tool === "move");
  repaint(state);
}

function tell(state, inside) {
  const mask = new Uint8Array(state.count);
  for (let row = 0; row < state.count; row++) mask[row] = !hiddenRow(state, row) && inside(...placeOf(state, row), row);
  state.chosen = mask;
  restyle(state);
  state.root.closest(".blocks").tell("lasso", { frame: state.data.frame, rows: packed(mask) });
}

export function press(state, event) {
  if (event.button) return;
  event.preventDefault();
  state.field.focus({ preventScroll: true });
  state.field.setPointerCapture(event.pointerId);
  state.line = [at(state, event)];
  show(state, -1);
}

export function drag(state, event) {
  const here = at(state, event);
  if (!state.line) {
    state.hover = here;
    return show(state, nearest(state, ...here));
  }
  const last = state.line.at(-1);
  const [x, y] = [here[0] - last[0], here[1] - last[1]];
  if (Math.hypot(x, y) < 3) return;
  state.line.push(here);
  if (state.tool === "move") moveBy(state, x, y);
  repaint(state);
}

export function release(state, event) {
  const { line } = state;
  state.line = null;
  if (!line) return;
  repaint(state);
  if (line.length < 3) return choose(state, nearest(state, ...at(state, event)));
  if (state.tool === "lasso") tell(state, within(line));
}

function choose(state, row) {
  if (row >= 0) tell(state, (_x, _y, other) => other === row);
}

function moveBy(state, x, y) {
  state.view.x -= x / state.view.across;
  state.view.y += y / state.view.up;
  repaint(state);
}

function zoomBy(state, times, x, y) {
  const { view } = state;
  const [fixedX, fixedY] = inPlace(view, x, y);
  const zoom = Math.min(DEEPEST, Math.max(0.8, view.zoom * times));
  const change = zoom / view.zoom;
  Object.assign(view, { zoom, x: fixedX + (view.x - fixedX) / change, y: fixedY + (view.y - fixedY) / change });
  repaint(state);
}

export function wheel(state, event) {
  event.preventDefault();
  zoomBy(state, Math.exp(-event.deltaY / 400), ...at(state, event));
}

export function steer(state, event) {
  const { view } = state;
  const arrow = ARROWS[event.key];
  if (arrow && event.shiftKey) moveBy(state, -arrow[0] * STEP * view.width, -arrow[1] * STEP * view.height);
  else if (arrow) show(state, neighbour(state, arrow));
  else if (event.key === "+" || event.key === "=") useTool(state, "in");
  else if (event.key === "-") useTool(state, "out");
  else if (event.key === "Enter") choose(state, state.at);
  else if (event.key === "Escape") Object.assign(state, { line: null }), show(state, -1), repaint(state);
  else return;
  event.preventDefault();
}

export function show(state, row) {
  if (row === state.at) return;
  state.at = row;
  state.tip.hidden = row < 0;
  if (row >= 0) fillTip(state, row);
  repaint(state);
}
