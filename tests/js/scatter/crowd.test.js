// A crowd's answers: what their bytes say, and when a window needs another one; points as pixels.

import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, isEnough, partAt, unpackAnswer, windowOf } from "../../../explorer/app/components/scatter/crowd.js";
import { inStrength, testsAmong } from "../../../explorer/app/components/scatter/drawing.js";
import { imageAt } from "../../../explorer/app/components/scatter/geometry.js";
import { inOrder, setPixels } from "../../../explorer/app/components/scatter/pixels.js";

/** @import { CrowdAnswer, Scatter, View } from "../../../explorer/app/components/scatter/types.d.ts" */

/**
 * Bytes of an answer, written as Python writes them.
 *
 * @param {number[]} head
 * @param {number[]} window
 * @param {ArrayBufferView[]} arrays
 */
function bytes(head, window, ...arrays) {
  const parts = [Uint32Array.from([...head, 0, 0]), Float32Array.from(window), ...arrays];
  const all = parts.flatMap(({ buffer, byteOffset, byteLength }) => [
    ...new Uint8Array(buffer, byteOffset, byteLength),
  ]);
  return Uint8Array.from(all).buffer;
}

test("counts of a window are read back", () => {
  const { window, density, points } = unpackAnswer(
    bytes(
      [0, 6, 2, 0],
      [0, 0, 1, 0.5],
      Uint32Array.of(1, 2, 3, 0),
      Uint8Array.of(0, 1, 12, 255),
      Uint8Array.of(0, 9, 255, 0),
    ),
  );
  assert.deepEqual([window, points], [[0, 0, 1, 0.5], undefined]);
  assert.deepEqual(
    [density.bins, [...density.counts], [...density.shades], [...density.chosen]],
    [2, [1, 2, 3, 0], [0, 1, 12, 255], [0, 9, 255, 0]],
  );
});

test("points of a window are read back, with values and without, and keep their place among all images", () => {
  const short = [
    Uint16Array.of(1, 2, 3, 4),
    Uint16Array.of(5, 6),
    Uint16Array.of(0, 1),
    Uint16Array.of(1, 1),
    Uint8Array.of(0, 1),
  ];
  const [rows, sure] = [Uint32Array.of(7, 900), Float32Array.of(0.5, 1)];
  const valued = unpackAnswer(bytes([1, 2, 0, 1], [0, 0, 1, 1], rows, sure, Float32Array.of(0.25, 8), ...short)).points;
  const plain = unpackAnswer(bytes([1, 2, 0, 0], [0, 0, 1, 1], rows, sure, ...short)).points;
  assert.deepEqual([[...valued.values], [...plain.values]], [[0.25, 8], []]);
  for (const found of [valued, plain])
    assert.deepEqual(
      [[...found.places], [...found.codes], [...found.labels], [...found.predicted], [...found.chosen]],
      short.map((one) => [...one]),
    );
  const state = /** @type {Scatter} */ (
    /** @type {unknown} */ ({
      rows: plain.rows,
      data: {
        sides: [
          ["train", 800],
          ["test", 200],
        ],
      },
    })
  );
  assert.deepEqual(
    [imageAt(state, 0), imageAt(state, 1)],
    [
      { side: "train", index: 7 },
      { side: "test", index: 100 },
    ],
  );
});

test("a window needs another answer where it leaves the one that is there, or is much smaller than its counts", () => {
  const points = /** @type {CrowdAnswer} */ ({ window: [0.2, 0.2, 0.8, 0.8] });
  const counts = /** @type {CrowdAnswer} */ ({ window: [0.2, 0.2, 0.8, 0.8], density: {} });
  assert.equal(isEnough(null, [0, 0, 1, 1]), false);
  assert.equal(isEnough(points, [0.3, 0.3, 0.5, 0.5]), true);
  assert.equal(isEnough(counts, [0.3, 0.3, 0.7, 0.7]), true);
  assert.equal(isEnough(counts, [0.3, 0.3, 0.5, 0.5]), false);
  assert.equal(isEnough(points, [0.1, 0.3, 0.5, 0.5]), false);
});

const view = /** @type {View} */ ({ x: 0.5, y: 0.5, width: 200, height: 100, across: 200, up: 100 });

test("the window of a view ends where the frame ends", () => {
  assert.deepEqual(windowOf(view), [0, 0, 1, 1]);
  assert.deepEqual(windowOf({ ...view, x: 1, across: 400, up: 200 }), [0.75, 0.25, 1, 0.75]);
});

test("a place on the screen lies in a part; a class without a colour of its own is one of the others", () => {
  const density = { bins: 2, counts: [1, 2, 3, 4], shades: [0, 1, 2, 2] };
  const state = /** @type {Scatter} */ (
    /** @type {unknown} */ ({ view, named: [9, 7], crowd: { answer: { window: [0, 0, 1, 1], density } } })
  );
  assert.deepEqual(partAt(state, [150, 80]), { count: 2, code: 7 }); // at the right, below
  assert.deepEqual(partAt(state, [10, 10]), { count: 3, code: -1 }); // at the left, above
  assert.equal(partAt(state, [-5, 10]), null);
  assert.equal(codeOf({ ...state, named: null }, 1), 1);
});

test("points are set as pixels in their order; what is hidden or would leave the picture is not", () => {
  const places = Uint16Array.of(0, 0, 4, 2, 4, 2, 2, 2);
  const tints = new Uint8Array(Uint32Array.of(0xff0000aa, 0xff0000bb, 0xff0000cc, 0x000000dd).buffer);
  const points = inOrder(places, tints, new Uint8Array(4), Uint32Array.of(2, 0, 3, 1));
  const pixels = new Uint32Array(8 * 5);
  const frame = { left: 1, top: 4, across: 1, up: 1 };
  setPixels(pixels, 8, 5, points, frame, () => Int32Array.of(0, 1), 1);
  const set = [...pixels.entries()].filter(([, pixel]) => pixel);
  assert.deepEqual(set, [
    [2 * 8 + 5, 0xff0000bb],
    [2 * 8 + 6, 0xff0000bb],
  ]);
});

test("the order of strengths is that of comparing them two by two", () => {
  const strengths = Float64Array.from({ length: 500 }, (_, row) => ((row * 7919) % 3989) / 1000 - 1);
  strengths.set([2.9999, -1, 0.25, 0.25, -0.5], 3);
  const slow = Uint32Array.from(strengths.keys()).sort((one, other) => strengths[one] - strengths[other]);
  assert.deepEqual(inStrength(strengths), slow);
});

test("test images of a crowd are those that each point alone says", () => {
  const rows = Uint32Array.from({ length: 40 }, (_, point) => (point * 3) % 12);
  /** @type {[string, number][][]} */
  const orders = [[["train", 7], ["test", 5]], [["test", 4], ["train", 8]], [["train", 12]]]; // biome-ignore format: one line
  for (const sides of orders) {
    const slow = Array.from(rows, (_, point) => {
      const state = /** @type {Scatter} */ ({ rows, data: { sides } });
      return Number(imageAt(state, point).side === "test");
    });
    assert.deepEqual([...testsAmong(rows, sides)], slow);
  }
});
