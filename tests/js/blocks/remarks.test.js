// Who hid a remark is not told again, and a browser without storage is no error.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hiddenRemarks, hideRemark } from "../../../explorer/app/components/blocks/remarks.js";

/** @param {object} localStorage */
const browser = (localStorage) => Object.assign(globalThis, { window: { localStorage } });

test("what was hidden stays hidden, each once", () => {
  /** @type {Map<string, string>} */
  const stored = new Map();
  browser({ getItem: stored.get.bind(stored), setItem: stored.set.bind(stored) });
  assert.deepEqual(hiddenRemarks(), []);
  for (const key of ["a-0", "b-0", "a-0"]) hideRemark(key);
  assert.deepEqual(hiddenRemarks(), ["a-0", "b-0"]);
});

test("a browser that keeps no storage, or has something else there, hides nothing", () => {
  browser({});
  hideRemark("a-0");
  assert.deepEqual(hiddenRemarks(), []);
  for (const strange of ["{", "3", "null"]) {
    browser({ getItem: () => strange });
    assert.deepEqual(hiddenRemarks(), []);
  }
});
