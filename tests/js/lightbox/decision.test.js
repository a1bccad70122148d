// Which picture a decision in the lightbox is about, and what its keys ask for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { askedBy, decidedPlace } from "../../../explorer/app/components/lightbox/decision.js";

/** @import { Tile } from "../../../explorer/app/components/blocks.d.ts" */

const [TEST, TRAIN, OTHER] = ["test/3", "train/7", "train/9"].map(
  (place) => /** @type {Tile} */ ({ src: `/thumbs/ab12/${place}` }),
);

test("a decision is about the training picture that is looked at, else the one beside it, else about none", () => {
  assert.equal(decidedPlace(TRAIN, TEST).index, 7);
  assert.equal(decidedPlace(TEST, TRAIN).index, 7);
  assert.equal(decidedPlace(OTHER, TRAIN).index, 9);
  assert.equal(decidedPlace(TEST, null), null);
});

test("O leaves out, digits relabel, U takes back, and no other key decides anything", () => {
  const names = ["cat", "dog"];
  assert.deepEqual(askedBy("o", names), { action: "exclude", value: "" });
  assert.deepEqual(askedBy("2", names), { action: "relabel", value: "dog" });
  assert.deepEqual(askedBy("u", names), { action: "undo", value: "" });
  for (const key of ["3", "0", "x", "k", "Enter"]) assert.equal(askedBy(key, names), null);
});
