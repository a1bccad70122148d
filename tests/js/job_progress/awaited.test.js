// When a page that waits for a result is drawn again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { hasChanged } from "../../../explorer/app/components/job_progress/awaited.js";

/** @import { AwaitedBlock, WorkEntry, WorkSummary } from "../../../explorer/app/components/blocks.d.ts" */

/** @type {AwaitedBlock} */
const PLACE = { kind: "awaited", text: "Soon.", works: ["flip:default", "flip:mine"], done: 1, active: false };
const FLIP = /** @type {WorkEntry} */ ({ kind: "flip", run: "mine" });
const AUDIT = /** @type {WorkEntry} */ ({ kind: "audit", run: "mine" });

/** @type {(done: Record<string, number>, running?: WorkEntry | null, waiting?: WorkEntry[]) => WorkSummary} */
const summary = (done, running = null, waiting = []) => ({ running, waiting, paused: false, done });

test("a page stays as it is while nothing happens to what it waits for", () => {
  assert.equal(hasChanged(PLACE, summary({ "flip:default": 1 })), false);
  assert.equal(hasChanged(PLACE, summary({ "flip:default": 1, "flip:mine": 0 }, AUDIT, [AUDIT])), false);
  assert.equal(hasChanged({ ...PLACE, active: true }, summary({ "flip:default": 1 }, AUDIT, [FLIP])), false);
});

test("it is drawn again when the work begins to wait or run, when it is done, and when it is given up", () => {
  assert.equal(hasChanged(PLACE, summary({ "flip:default": 1 }, AUDIT, [FLIP])), true);
  assert.equal(hasChanged(PLACE, summary({ "flip:default": 1 }, FLIP)), true);
  assert.equal(hasChanged(PLACE, summary({ "flip:default": 1, "flip:mine": 1 })), true);
  assert.equal(hasChanged({ ...PLACE, active: true }, summary({ "flip:default": 1 })), true);
});
