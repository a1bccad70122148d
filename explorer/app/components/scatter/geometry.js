// Where points lie on the screen, and which of them a place, a direction or a drawn line means.

import { slotOf } from "./palette.js";

/**
 * @import { ScatterBlock } from "../blocks.d.ts"
 * @import { Place, Scatter, View } from "./types.d.ts"
 */

/**
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @returns {Place}
 */
export function onScreen(view, x, y) {
  return [view.width / 2 + (x - view.x) * view.across, view.height / 2 - (y - view.y) * view.up];
}

/**
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @returns {Place}
 */
export function inPlace(view, x, y) {
  return [view.x + (x - view.width / 2) / view.across, view.y - (y - view.height / 2) / view.up];
}

/**
 * @param {Scatter} state
 * @param {number} row
 * @returns {Place}
 */
export function placeOf(state, row) {
  return onScreen(state.view, state.places[2 * row] / 65535, state.places[2 * row + 1] / 65535);
}

/**
 * @param {Scatter} state
 * @param {number} point
 * @param {ScatterBlock} [data]
 */
export function imageAt(state, point, data = state.data) {
  const row = state.rows?.[point] ?? point;
  let first = 0;
  for (const [side, count] of data.sides) {
    if (row < first + count) return { side, index: row - first };
    first += count;
  }
  return null;
}

/**
 * @param {Scatter} state
 * @param {number} row
 */
export function hiddenRow(state, row) {
  return state.data.shade.kind === "classes" && state.hidden.has(slotOf(state, state.codes[row]));
}

const NEAR = 14; // pixels from the pointer within which a point is meant

/**
 * Return whether a place lies within a line that is closed by its ends.
 *
 * @param {Place[]} line
 * @returns {(x: number, y: number) => boolean}
 */
export function within(line) {
  const [xs, ys] = [0, 1].map((axis) => line.map((corner) => corner[axis]));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return (x, y) => {
    if (x < left || x > right || y < top || y > bottom) return false;
    let inside = false;
    for (let one = 0, other = xs.length - 1; one < xs.length; other = one++) {
      const between = ys[one] > y !== ys[other] > y;
      if (between && x < ((xs[other] - xs[one]) * (y - ys[one])) / (ys[other] - ys[one]) + xs[one]) inside = !inside;
    }
    return inside;
  };
}

/**
 * @param {Scatter} state
 * @param {number} x
 * @param {number} y
 */
export function nearest(state, x, y) {
  let [found, least] = [-1, NEAR * NEAR];
  for (let row = 0; row < state.count; row++) {
    const [px, py] = placeOf(state, row);
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least && !hiddenRow(state, row)) [found, least] = [row, far];
  }
  return found;
}

/**
 * @param {Scatter} state
 * @param {Place} direction
 */
export function neighbour(state, [right, down]) {
  const { view } = state;
  const [x, y] = state.at < 0 ? [view.width / 2, view.height / 2] : placeOf(state, state.at);
  let [found, least] = [state.at, Infinity];
  for (let row = 0; row < state.count; row++) {
    if (row === state.at || hiddenRow(state, row)) continue;
    const [px, py] = placeOf(state, row);
    const along = (px - x) * right + (py - y) * down;
    const aside = Math.abs((px - x) * down - (py - y) * right);
    const seen = px >= 0 && py >= 0 && px <= view.width && py <= view.height;
    if (seen && along > 0 && along + 2 * aside < least) [found, least] = [row, along + 2 * aside];
  }
  return found;
}
