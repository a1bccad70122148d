// Galleries sorted and searched in the browser: by what their tiles say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { arranged, ordersOf } from "../../../explorer/app/components/gallery/order.js";

/** @import { Tile } from "../../../explorer/app/components/blocks.d.ts" */

/**
 * @param {string} id
 * @param {string} label
 * @param {string} file
 * @param {string[]} [marks]
 */
const tile = (id, label, file, marks = []) =>
  /** @type {Tile} */ ({ id, alt: `training image ${id}, labelled ${label}`, lines: [label, "+0.1"], file, marks });

const TILES = [
  tile("12", "dog", "b/10.png", ["suspect 20"]),
  tile("7", "cat", "b/9.png", ["left out", "suspect 3"]),
  tile("100", "dog", "", ["blurred"]),
];

/** @param {Tile[]} tiles */
const ids = (tiles) => tiles.map(({ id }) => id);

test("tiles come by number, file, label or suspect rank, and those that have none come last", () => {
  assert.deepEqual(ids(arranged(TILES, "number", "")), ["7", "12", "100"]);
  assert.deepEqual(ids(arranged(TILES, "file", "")), ["7", "12", "100"], "9 comes before 10");
  assert.deepEqual(ids(arranged(TILES, "class", "")), ["7", "12", "100"]);
  assert.deepEqual(ids(arranged(TILES, "suspect", "")), ["7", "12", "100"]);
  assert.deepEqual(ids(arranged(TILES, "", "")), ["12", "7", "100"], "no order is that of the page");
});

test("words are sought in labels, marks and files; a number means that image, or a part of a file's name", () => {
  assert.deepEqual(ids(arranged(TILES, "", " DOG ")), ["12", "100"]);
  assert.deepEqual(ids(arranged(TILES, "", "left out")), ["7"]);
  assert.deepEqual(ids(arranged(TILES, "", "10")), ["12"], "image 100 is another");
  assert.deepEqual(ids(arranged(TILES, "", "12")), ["12"]);
});

test("only orders in which the tiles differ are offered", () => {
  assert.deepEqual(ordersOf(TILES), ["file", "number", "class", "suspect", "marks"]);
  assert.deepEqual(ordersOf([tile("1", "cat", ""), tile("2", "cat", "")]), ["number"]);
});
