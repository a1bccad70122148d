// The sheet of keys: what works on the page that is open, and what works everywhere last.

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeKeys, keysHere } from "../../../explorer/app/components/keys/keys.js";

test("only keys of parts that the page has are shown, as they are now, and those of everywhere last", () => {
  let queue = true;
  const rows = [["E", "exclude it"]];
  describeKeys({ title: "In the queue", rows: () => rows, here: () => queue });
  describeKeys({ title: "On the map", rows: () => [["+", "closer"]], here: () => false });
  rows.push(["C", "confirm it"]);
  assert.deepEqual(
    keysHere().map(([title]) => title),
    ["In the queue", "Everywhere"],
  );
  assert.deepEqual(keysHere()[0][1], [
    ["E", "exclude it"],
    ["C", "confirm it"],
  ]);
  queue = false;
  assert.deepEqual(
    keysHere().map(([title]) => title),
    ["Everywhere"],
  );
});
