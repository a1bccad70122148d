// Which picture a tile shows, and where the map of a pair is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mapAddress, placeOf } from "../../../explorer/app/components/lightbox/addresses.js";

/** @import { Tile } from "../../../explorer/app/components/blocks.d.ts" */

/**
 * @param {string} src
 * @param {string} [href]
 * @returns {Tile}
 */
const tile = (src, href = "") => ({
  id: "",
  src,
  alt: "",
  lines: [],
  href,
  sign: "",
  inline: "",
  bar: null,
  marks: [],
  file: "",
});
const TEST = tile("/thumbs/ab12/test/665");
const TRAIN = tile("/thumbs/ab12/train/539", "/training_image?run=default&train=539&method=influence");
const PAGE = new URLSearchParams("run=default&test=665");

test("a tile of a run says which picture it shows, another says nothing", () => {
  assert.deepEqual(placeOf(TRAIN), { run: "ab12", side: "train", index: 539 });
  for (const src of ["", "data:image/png;base64,AA", "/thumbs/ab12/both/3"]) assert.equal(placeOf(tile(src)), null);
  assert.equal(placeOf(null), null);
});

test("the map of a pair is that of its method and class, whichever picture comes first", () => {
  assert.equal(mapAddress([TEST, TRAIN], "train", PAGE), "/saliency/ab12/influence/665/539/train");
  assert.equal(mapAddress([TRAIN, TEST], "test", PAGE), "/saliency/ab12/influence/665/539/test");
  const other = new URLSearchParams("method=relatif&target=big dog");
  assert.equal(
    mapAddress([TEST, tile("/thumbs/ab12/train/7")], "test", other),
    "/saliency/ab12/relatif/665/7/test?target=big+dog",
  );
});

test("what is no test and training image of one run has no map", () => {
  assert.equal(mapAddress([TEST, null], "test", PAGE), "");
  assert.equal(mapAddress([tile("data:image/png;base64,AA"), TRAIN], "train", PAGE), "");
  assert.equal(mapAddress([TEST, tile("/thumbs/cd34/train/7")], "train", PAGE), "");
});
