// Numbers in words, points in links.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as notation from "../../../explorer/app/pages/learn/lesson/plane/notation.js";

test("a number has a true minus, no minus zero, and a dash where there is none", () => {
  assert.deepEqual(
    [-1.25, -0.0001, null, undefined, Number.NaN].map((value) => notation.shown(value, 2)),
    ["−1.25", "0.00", "–", "–", "–"],
  );
});

test("a score shows its sign as shape and character, a tiny one its power of ten", () => {
  assert.equal(notation.signedScore(0.5), "▲ +0.5000");
  assert.equal(notation.signedScore(-0.5), "▼ −0.5000");
  assert.equal(notation.signedScore(-0.00002), "▼ −2.0e−5");
  assert.equal(notation.signedScore(0), "0.0000");
  assert.deepEqual([1, -1, 0].map(notation.signClass), ["helpful", "harmful", ""]);
});

test("a duration has its two largest units", () => {
  assert.deepEqual([0.0012, 0.31, 2.4, 4200, 86400, 90061].map(notation.duration), [
    "1.2 ms",
    "310 ms",
    "2.4 seconds",
    "1 hour 10 minutes",
    "1 day",
    "1 day 1 hour",
  ]);
});

test("points lie on hundredths inside the field", () => {
  assert.deepEqual([5, -4.2, 0.126, -0.001].map(notation.snapped), [4, -4, 0.13, 0]);
});

test("a span of time that is estimated has one rounded unit", () => {
  assert.deepEqual([2, 45, 55, 600, 3229, 5000, 9000, 80000].map(notation.roughly), [
    "about 2 seconds",
    "about 45 seconds",
    "about a minute",
    "about 10 minutes",
    "about an hour",
    "about an hour",
    "about 3 hours",
    "about a day",
  ]);
});
