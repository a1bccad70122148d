// The time machine: who leads at an epoch, by its own part or by the sum up to its end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { largest, leading, placeWords, scoreAt, signed } from "../../../explorer/app/components/time_machine/sums.js";

/**
 * @import { EpochTile, Tile, TimeMachineBlock } from "../../../explorer/app/components/blocks.d.ts"
 */

/**
 * @param {string} id
 * @param {number[]} added
 */
const entry = (id, added) => ({ tile: /** @type {Tile} */ ({ id }), added });
/** @type {EpochTile[]} */
const TILES = [entry("1", [0.3, -0.1, 0]), entry("2", [0.1, 0.4, -0.6]), entry("3", [-0.2, 0.1, 0.05])];

/**
 * @param {number} epoch
 * @param {boolean} alone
 * @param {1 | -1} sign
 */
const ids = (epoch, alone, sign) => leading(TILES, epoch, alone, sign, 2).map(({ entry }) => entry.tile.id);

test("a score is the sum up to an epoch, or what that epoch added", () => {
  assert.equal(scoreAt([1, 2, 4], 2, false), 3);
  assert.equal(scoreAt([1, 2, 4], 2, true), 2);
});

test("galleries are sorted anew at each epoch, the strongest first, and hold one sign only", () => {
  assert.deepEqual(ids(1, false, 1), ["1", "2"]);
  assert.deepEqual(ids(2, false, 1), ["2", "1"]);
  assert.deepEqual(ids(3, false, 1), ["1"], "the third epoch took away what the first two had given to 2");
  assert.deepEqual(ids(3, true, -1), ["2"]);
  assert.deepEqual(ids(1, true, -1), ["3"]);
});

test("bars have one scale for all epochs", () => {
  assert.equal(largest(TILES, false), 0.5);
  assert.equal(largest(TILES, true), 0.6);
});

test("scores are written as on every page", () => {
  assert.equal(signed(0.05271, 4), "▲ +0.0527");
  assert.equal(signed(-0.05271, 3), "▼ −0.053");
});

test("the slider says in words which epoch it is at", () => {
  const data = /** @type {TimeMachineBlock} */ ({
    totals: [
      [1, -1],
      [1, -1],
    ],
  });
  assert.equal(placeWords(data, { epoch: 1, alone: false }), "What had been added by the end of epoch 1 of 2");
  assert.equal(placeWords(data, { epoch: 2, alone: true }), "What epoch 2 of 2 alone added");
});
