// Numbers as a table: short on the screen, whole in the files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonOf, shownValue, toldColumns } from "../../../explorer/app/components/as_table/as_table.js";

test("a person reads four digits, a true minus and words for truths; nothing stays empty", () => {
  const shown = [0.1 + 0.2, -0.00123456, 12, 123456, true, false, null, "cat"].map(shownValue);
  assert.deepEqual(shown, ["0.3", "−0.001235", "12", "123456", "yes", "no", "", "cat"]);
});

test("the file has all digits under the names of the columns", () => {
  const rows = [
    ["cat", 0.1 + 0.2, null],
    ["dog", -1, true],
  ];
  assert.deepEqual(JSON.parse(jsonOf({ headings: ["label", "score", "known"], rows })), [
    { label: "cat", score: 0.30000000000000004, known: null },
    { label: "dog", score: -1, known: true },
  ]);
});

test("a column that says nothing of any row is not shown", () => {
  const rows = [
    ["", 0, null],
    ["", 1, false],
  ];
  assert.deepEqual(toldColumns({ headings: ["file", "score", "known"], rows }), [1, 2]);
});
