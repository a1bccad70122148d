// How the points look and when they are painted.

import { askCrowd, paintCrowd, pictureOf } from "./crowd.js";
import { drawOver } from "./overlay.js";
import { BIGGER, HOLLOW, MARKS, NOTHING, OTHERS, slotOf, tintOf } from "./palette.js";

/** @import { CrowdAnswer, Scatter } from "./types.d.ts" */

const STRENGTHS = 2 ** 30; // that are told apart between two neighbouring ranks
const ROWS = 2 ** 20; // more than are ever drawn at once; with four ranks of strengths they fill the 52 bits of a number

/**
 * Return points in the order of their strengths, the strongest last and on top.
 *
 * Each number has its place in its lowest bits: sorting plain numbers takes a tenth of the time of comparing two by two.
 *
 * @param {Float64Array} strengths from −1 to less than 3; they are overwritten
 */
export function inStrength(strengths) {
  for (let row = 0; row < strengths.length; row++)
    strengths[row] = Math.floor((strengths[row] + 1) * STRENGTHS) * ROWS + row;
  strengths.sort();
  const order = new Uint32Array(strengths.length);
  for (let at = 0; at < order.length; at++) order[at] = strengths[at] % ROWS;
  return order;
}

/**
 * Return how every point of a class or level looks: colour, hidden or of no colour of its own, form, and its rank among the others.
 *
 * @param {Scatter} state
 * @param {number} code
 */
function lookOf(state, code) {
  const classes = state.data.shade.kind === "classes";
  const slot = classes ? slotOf(state, code) : 0;
  const [red, green, blue] = tintOf(state, code);
  const grown = code === NOTHING ? 0 : BIGGER * Math.floor(code / 100);
  return {
    ink: red + 256 * green + 65536 * blue,
    seen: classes && state.hidden.has(slot) ? 0 : slot === OTHERS ? 110 : 205,
    form: classes ? Math.max(0, slot) % MARKS.length : grown,
    rank: Math.min(0, slot) + (classes || code === NOTHING ? 0 : code / NOTHING),
  };
}

/** @param {Scatter} state */
export function restyle(state) {
  const { count, codes, chosen, tests } = state;
  const inks = new Uint32Array(count); // red is the lowest byte, as in a picture
  const forms = new Uint8Array(count);
  const strengths = new Float64Array(count);
  /** @type {ReturnType<typeof lookOf>[]} */
  const looks = [];
  const any = state.crowd ? state.data.found > 0 : chosen.includes(1);
  for (let row = 0; row < count; row++) {
    const code = codes[row];
    looks[code] ??= lookOf(state, code);
    const { ink, seen, form, rank } = looks[code];
    inks[row] = ink + 16777216 * (seen && any && !chosen[row] ? 40 : seen);
    forms[row] = form + (tests[row] ? HOLLOW : 0);
    // No class lies on top of another: within what is equally strong the order is as good as random.
    strengths[row] = 2 * chosen[row] + rank + ((row * 7919) % 65521) / 65521 / 300;
  }
  state.painter.style(state.places, new Uint8Array(inks.buffer), forms, inStrength(strengths));
  state.said.textContent = saidOf(state);
  if (!state.crowd || state.crowd.answer)
    Object.assign(state.root.dataset, { shown: state.crowd?.answer.density ? "density" : "points", points: count });
  repaint(state);
}

/** @param {Scatter} state */
function saidOf({ data, chosen, crowd }) {
  const found = crowd ? data.found : chosen.reduce((sum, bit) => sum + bit, 0);
  const every = data.images.toLocaleString("en");
  if (found) return `${found.toLocaleString("en")} of ${every} images chosen.`;
  const counted = crowd?.answer?.density
    ? " A spot is as strong as it has images; zoom in until each of them is a point."
    : "";
  return `${every} images.${counted} Draw a line around some of them${counted ? "" : ", or click one"}.`;
}

/**
 * Return which points are test images.
 *
 * @param {Uint32Array} rows of a crowd
 * @param {[string, number][]} sides in order, with how many images each has
 */
export function testsAmong(rows, sides) {
  const place = sides.findIndex(([side]) => side === "test");
  const first = sides.slice(0, Math.max(0, place)).reduce((sum, [, count]) => sum + count, 0);
  const end = place < 0 ? 0 : first + sides[place][1];
  const tests = new Uint8Array(rows.length);
  for (let point = 0; point < rows.length; point++) tests[point] = Number(rows[point] >= first && rows[point] < end);
  return tests;
}

/**
 * Show what the server says of a window.
 *
 * @param {Scatter} state
 * @param {CrowdAnswer} answer
 */
function takeCrowd(state, answer) {
  const { crowd } = state;
  crowd.answer = answer;
  const none = {
    rows: new Uint32Array(0),
    places: new Uint16Array(0),
    codes: new Uint16Array(0),
    chosen: new Uint8Array(0),
  };
  Object.assign(state, none, answer.points);
  state.count = state.rows.length;
  state.tests = testsAmong(state.rows, state.data.sides);
  if (answer.density) answer.picture = pictureOf(state, answer.density);
  if (answer.density && answer.window[2] - answer.window[0] === 1) crowd.whole = answer;
  Object.assign(state, { at: -1 });
  state.tip.hidden = true;
  restyle(state);
}

/**
 * Ask for what is seen of a crowd, anew where colours or the choice changed.
 *
 * @param {Scatter} state
 * @param {boolean} [anew]
 */
export function refresh(state, anew = false) {
  askCrowd(state, (answer) => takeCrowd(state, answer), anew);
}

/** @param {Scatter} state */
export function resize(state) {
  if (!state.data || !state.field.clientWidth) return;
  const density = window.devicePixelRatio || 1;
  const titled = Object.keys(state.data.axes).length > 0;
  const [left, below] = titled ? [64, 52] : [0, 0];
  const [width, height] = [state.field.clientWidth - left, state.field.clientHeight - below];
  Object.assign(state.view, { width, height, density, left, below });
  state.canvas.style.left = state.under.style.left = `${left}px`;
  fit(state.under, width, height, density);
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
    view.size = sizeOf(state);
    refresh(state);
    paintCrowd(state);
    state.painter.paint(view);
    drawOver(state);
  });
}

/**
 * Return how wide a point is, in pixels: in a crowd by how many are there, else by how near one looks.
 *
 * @param {Scatter} state
 */
function sizeOf({ crowd, count, view }) {
  if (crowd) return count > 30000 ? 3 : count > 5000 ? 5 : 8;
  const base = count > 20000 ? 4 : count > 3000 ? 6 : 8;
  return Math.min(20, base * Math.sqrt(view.zoom));
}
