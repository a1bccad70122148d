// Shares in percent: the same cases as those of the Python function, in tests/unit/core/test_captions.py.

import assert from "node:assert/strict";
import { test } from "node:test";
import { percent, probability } from "../../../explorer/app/components/dom/percent.js";

test("a probability has one digit after the point, and is never 0 or 100", () => {
  const said = [0.98105, 0.0189, 0.00049, 0.9997, 0.5].map(probability);
  assert.deepEqual(said, ["98.1\u00a0%", "1.9\u00a0%", "<\u00a00.1\u00a0%", ">\u00a099.9\u00a0%", "50.0\u00a0%"]);
});

test("how far something is has no digit after the point", () => {
  assert.equal(percent(0.424, 0), "42\u00a0%");
});
