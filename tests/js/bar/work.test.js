// What the strip says of long work.

import assert from "node:assert/strict";
import { test } from "node:test";

import { duration, sentence } from "../../../explorer/app/components/bar/work.js";

/** @import { WorkEntry } from "../../../explorer/app/components/blocks.d.ts" */

/** @type {WorkEntry} */
const RUNNING = {
  id: "0f3a",
  kind: "trust",
  title: "Trust report",
  run: "default",
  stage: "Refits",
  share: 0.424,
  left: 41.2,
  starts: 0,
  turn: 1,
  background: false,
  href: "/trust?run=default",
};

test("a work is said with its share and the time that is left", () => {
  assert.equal(
    sentence({ running: RUNNING, waiting: [], paused: false, done: {} }),
    "Trust report 42\u00a0%, about 41 s left",
  );
});

test("those that wait are counted, and what nobody asked for is said to be in the background", () => {
  /** @type {WorkEntry} */
  const running = { ...RUNNING, left: null, background: true };
  /** @type {(waiting: WorkEntry[], paused: boolean) => string} */
  const said = (waiting, paused) => sentence({ running, waiting, paused, done: {} });
  assert.equal(said([RUNNING], false), "Trust report 42\u00a0%, 1 more waits (in the background)");
  assert.equal(said([RUNNING, RUNNING], true), "Trust report 42\u00a0%, 2 more wait (pauses while you work)");
});

test("nothing is said where nothing runs", () => {
  assert.equal(sentence({ running: null, waiting: [], paused: false, done: {} }), "");
});

test("durations have one unit", () => {
  assert.deepEqual([0.2, 89, 95, 5000, 7300].map(duration), ["1 s", "89 s", "2 min", "83 min", "2 h"]);
});
