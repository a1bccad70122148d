// The flags of the game in an address.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsOf, flagsText } from "../../../explorer/app/pages/learn/game/flags.js";

test("flags come back from their text in order, however they were set", () => {
  const rows = [9999, 3, 0, 36, 4];
  const text = flagsText(new Set(rows));
  assert.equal(text, "0.3.1.w.7or");
  assert.deepEqual([...flagsOf(text)], [0, 3, 4, 36, 9999]);
});

test("no flag is no text", () => {
  assert.equal(flagsText(new Set()), "");
  assert.deepEqual([...flagsOf("")], []);
  assert.deepEqual([...flagsOf(null)], []);
});
