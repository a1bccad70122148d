// Round ends and ticks of an axis.

import assert from "node:assert/strict";
import { test } from "node:test";
import { roundEnds, roundStep, ticksOf, tickText } from "../../../explorer/app/pages/learn/lesson/plane/chart_axes.js";

test("a step is 1, 2 or 5 times a power of ten and not smaller than asked", () => {
  assert.deepEqual([0.9, 1, 1.1, 3, 6, 0.012].map(roundStep), [1, 1, 2, 5, 10, 0.02]);
});

test("ends enclose what they are of, also where that is one number", () => {
  for (const [low, high] of [
    [0.13, 0.97],
    [-3.2, 11],
    [5, 5],
  ]) {
    const [from, to] = roundEnds(low, high);
    assert.ok(from <= low && to >= high && to > from);
  }
});

test("ticks are even, inside, and written with as many decimals as their neighbours", () => {
  const ticks = ticksOf([0, 1], 4);
  assert.deepEqual(ticks, [0, 0.5, 1]);
  assert.deepEqual(
    ticks.map((tick) => tickText(tick, ticks)),
    ["0.0", "0.5", "1.0"],
  );
});
