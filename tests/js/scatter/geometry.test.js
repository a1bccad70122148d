// Which points a drawn line, a place and a direction mean.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  imageAt,
  inPlace,
  nearest,
  neighbour,
  onScreen,
  within,
} from "../../../explorer/app/components/scatter/geometry.js";

/** @import { Scatter, View } from "../../../explorer/app/components/scatter/types.d.ts" */

const view = /** @type {View} */ ({ x: 0.5, y: 0.5, width: 200, height: 100, across: 200, up: 100 });

/**
 * A scatter of points at these shares of the frame, of classes by their number.
 *
 * @param {[number, number][]} places
 */
function scatter(places, hidden = new Set()) {
  const numbers = Uint16Array.from(places.flat(), (share) => Math.round(65535 * share));
  const codes = Uint16Array.from(places, (_, row) => row);
  const data = {
    shade: { kind: "classes" },
    sides: [
      ["train", 2],
      ["test", 3],
    ],
  };
  const state = { view, places: numbers, codes, count: places.length, hidden, data, at: -1 };
  return /** @type {Scatter} */ (/** @type {unknown} */ (state));
}

test("a place on the screen and in the frame are one another's inverse", () => {
  assert.deepEqual(onScreen(view, 0.5, 0.5), [100, 50]);
  assert.deepEqual(onScreen(view, 0, 1), [0, 0]);
  const moved = { ...view, x: 0.3, y: 0.8, across: 730, up: 410 };
  const [x, y] = inPlace(moved, ...onScreen(moved, 0.21, 0.93));
  assert.ok(Math.abs(x - 0.21) < 1e-12 && Math.abs(y - 0.93) < 1e-12);
});

test("a line encloses what lies inside it, in the hollow of a U too", () => {
  const inside = within([
    [0, 0],
    [30, 0],
    [30, 30],
    [20, 30],
    [20, 10],
    [10, 10],
    [10, 30],
    [0, 30],
  ]);
  assert.equal(inside(5, 20), true);
  assert.equal(inside(25, 20), true);
  assert.equal(inside(15, 5), true);
  assert.equal(inside(15, 20), false);
  assert.equal(inside(31, 5), false);
});

test("a line that crosses itself encloses what is circled once, and not what is circled twice", () => {
  const inside = within([
    [0, 0],
    [20, 0],
    [20, 20],
    [0, 20],
    [0, 0],
    [15, 5],
    [15, 15],
    [5, 15],
    [5, 5],
    [15, 5],
  ]);
  assert.equal(inside(2, 18), true);
  assert.equal(inside(7, 14), false);
});

test("the nearest point is meant within 14 pixels, and hidden ones never", () => {
  const places = /** @type {[number, number][]} */ ([
    [0.5, 0.5],
    [0.55, 0.5],
    [0.9, 0.9],
  ]);
  assert.equal(nearest(scatter(places), 101, 50), 0);
  assert.equal(nearest(scatter(places, new Set([0])), 101, 50), 1);
  assert.equal(nearest(scatter(places), 100, 70), -1);
});

test("an arrow goes to the next point that way, one aside counting twice, and stays where there is none", () => {
  const state = scatter([
    [0.5, 0.5],
    [0.6, 0.5],
    [0.55, 0.9],
    [0.1, 0.5],
  ]);
  state.at = 0;
  assert.equal(neighbour(state, [1, 0]), 1);
  assert.equal(neighbour(state, [-1, 0]), 3);
  assert.equal(neighbour(state, [0, -1]), 2);
  assert.equal(neighbour(state, [0, 1]), 0);
});

test("rows count through the sides in order", () => {
  const state = scatter([[0, 0]]);
  assert.deepEqual(
    [0, 1, 2, 4].map((row) => imageAt(state, row)),
    [
      { side: "train", index: 0 },
      { side: "train", index: 1 },
      { side: "test", index: 0 },
      { side: "test", index: 2 },
    ],
  );
  assert.equal(imageAt(state, 5), null);
});
