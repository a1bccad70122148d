// Which images are chosen, and ranges of them.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  between,
  choice,
  choose,
  clearChoice,
  counted,
  isChosen,
} from "../../../explorer/app/components/choice_bar/choice.js";

/** @import { Tile } from "../../../explorer/app/components/blocks.d.ts" */

/**
 * @param {string} side
 * @param {number} row
 * @param {string} [run]
 */
const tile = (side, row, run = "ab") =>
  /** @type {Tile} */ ({ src: `/thumbs/${run}/${side}/${row}`, alt: "", href: "" });

beforeEach(clearChoice);

test("images of both sides are chosen by what they are, however often they stand on the page", () => {
  choose([tile("train", 5), tile("test", 5), tile("train", 5)], true);
  assert.deepEqual(choice(), { run: "ab", train: [5], test: [5] });
  assert.equal(isChosen(tile("train", 5)), true);
  assert.equal(isChosen(tile("train", 6)), false);
  choose([tile("train", 5)], false);
  assert.deepEqual(choice(), { run: "ab", train: [], test: [5] });
});

test("a choice is of one run, and of what no run has nothing is chosen", () => {
  choose([tile("train", 5)], true);
  choose([tile("train", 7, "cd")], true);
  assert.deepEqual(choice(), { run: "cd", train: [7], test: [] });
  assert.equal(isChosen(tile("train", 7)), false);
  choose([{ ...tile("train", 1), src: "data:image/png;base64,AA" }], true);
  assert.deepEqual(choice().train, [7]);
});

test("a range has both ends, in whichever order, and without a beginning it is one image", () => {
  const items = ["a", "b", "c", "d"];
  assert.deepEqual(between(items, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(between(items, "d", "b"), ["b", "c", "d"]);
  assert.deepEqual(between(items, undefined, "c"), ["c"]);
  assert.deepEqual(between(items, "z", "c"), ["c"]);
});

test("what is chosen is counted in words", () => {
  assert.equal(counted({ train: [1, 2], test: [] }), "2 chosen");
  assert.equal(counted({ train: Array(1234), test: [3] }), "1,234 training and 1 test image chosen");
});
