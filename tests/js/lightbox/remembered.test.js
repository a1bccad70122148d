// The large picture in the address: written and read again, and nothing else that stands there is taken for one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { remembered, withLarge } from "../../../explorer/app/components/lightbox/remembered.js";

/** @import { Tile } from "../../../explorer/app/components/blocks.d.ts" */

const HERE = "http://127.0.0.1:8501/explain?run=default&test=665";
const TILE = /** @type {Tile} */ ({ src: "/thumbs/ab12/train/539" });

test("what was written is read again, and nothing else of the address changes", () => {
  const open = withLarge(HERE, TILE, true);
  assert.deepEqual(remembered(open), { side: "train", index: 539, where: true });
  assert.deepEqual(remembered(withLarge(open, TILE, false)), { side: "train", index: 539, where: false });
  assert.equal(withLarge(open, null, false), HERE);
});

test("what is no picture of a run is not wanted", () => {
  for (const said of ["", "train", "train--1", "both-3", "train-3-", "constructor"])
    assert.equal(remembered(`${HERE}&large=${said}`), null, said);
  assert.equal(remembered(HERE), null);
});
