// Which of many classes have a colour of their own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withClass } from "../../../explorer/app/components/scatter/legend.js";
import {
  CLASS_COLOURS,
  classColour,
  FEW,
  largestClasses,
  MARKS,
  NAMED,
  OTHERS,
  slotOf,
} from "../../../explorer/app/components/scatter/palette.js";

test("of few classes all have a colour, under their own number", () => {
  assert.equal(largestClasses([0, 1], FEW), null);
  assert.equal(slotOf({ named: null }, 7), 7);
});

test("of many classes the largest have one each, no two look alike, and all others are grey", () => {
  const codes = Uint16Array.from({ length: 5000 }, (_, row) => (row % 3 ? row % 1000 : 999 - (row % 14)));
  const named = largestClasses(codes, 1000);
  assert.equal(named.length, NAMED);
  const counts = new Map();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  const count = (/** @type {number} */ code) => counts.get(code) ?? 0;
  const least = Math.min(...named.map(count));
  for (let code = 0; code < 1000; code++) if (!named.includes(code)) assert.ok(count(code) <= least);
  const looks = named.map((_, slot) => classColour({ named }, slot) + MARKS[slot % MARKS.length]);
  assert.equal(new Set(looks).size, NAMED);
  assert.equal(slotOf({ named }, 500), named.includes(500) ? named.indexOf(500) : OTHERS);
  assert.equal(classColour({ named }, OTHERS), CLASS_COLOURS.at(-1));
  assert.ok(!looks.some((look) => look.startsWith(CLASS_COLOURS.at(-1))));
});

test("a class that is asked for takes the first place, and the legend stays as long as it was", () => {
  assert.deepEqual(withClass([4, 2, 9], 7), [7, 4, 2]);
  assert.deepEqual(withClass([4, 2, 9], 9), [9, 4, 2]);
});
