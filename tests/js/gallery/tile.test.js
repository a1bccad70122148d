// How much of a gallery and of a file's name is shown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shownCount } from "../../../explorer/app/components/gallery/rows.js";
import { nameParts } from "../../../explorer/app/components/gallery/tile.js";

test("a short name of a file stands whole, a long one keeps its end, and folders are left out", () => {
  assert.deepEqual(nameParts("train/cat/0012.jpg"), ["0012.jpg", ""]);
  assert.deepEqual(nameParts("a-cat-in-high-grass-0012.jpg"), ["a-cat-in-high-grass", "-0012.jpg"]);
  assert.equal(nameParts(`x/${"a".repeat(70)}.png`).join(""), `${"a".repeat(70)}.png`);
});

test("so many rows are shown as fit the width, and all where there are fewer", () => {
  assert.equal(shownCount(24, 5, 2), 10);
  assert.equal(shownCount(24, 3, 2), 6);
  assert.equal(shownCount(7, 5, 2), 7);
  assert.equal(shownCount(24, 5, 0), 24);
  assert.equal(shownCount(24, 0, 2), 24);
});
