// A map as a file: the numbers along its axes, whatever the frame is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cloudCsv, valueAt } from "../../../explorer/app/components/scatter/as_files.js";

/** @import { Scatter } from "../../../explorer/app/components/scatter/types.d.ts" */

/** @type {import("../../../explorer/app/components/blocks.d.ts").Axis} */
const LEVERAGE = { title: "Leverage", ticks: [], low: -4, high: 0, log: true };

test("shares of an axis are numbers again, powers of ten where it is logarithmic", () => {
  assert.equal(valueAt(LEVERAGE, 0.5), 0.01);
  assert.equal(valueAt({ title: "", ticks: [], low: 0, high: 1.4, log: false }, 0.5), 0.7);
  assert.equal(valueAt(undefined, 1 / 3), 0.33333);
});

test("every point is a line, with what its colour stands for where that is known", () => {
  const state = /** @type {Scatter} */ (
    /** @type {unknown} */ ({
      data: {
        sides: [
          ["train", 1],
          ["test", 1],
        ],
        names: ["cat", "dog"],
        axes: { x: LEVERAGE },
        shade: { kind: "levels", title: "self-influence" },
      },
      count: 2,
      places: Uint16Array.of(65535, 0, 0, 65535),
      labels: [0, 1],
      predicted: [1, 1],
      sure: [0.75, 0.5],
      values: [0.25, Number.NaN],
    })
  );
  assert.deepEqual(cloudCsv(state).split("\n"), [
    "side,index,label,prediction,probability,Leverage,y,self-influence",
    "train,0,cat,dog,0.75,1,0,0.25",
    "test,0,dog,dog,0.5,0.0001,1,",
    "",
  ]);
});
