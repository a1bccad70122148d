// Which of many classes have a colour of their own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withClass } from "../../../explorer/app/components/scatter/legend.js";
import { CLASS_COLOURS, classColour, MARKS, OTHERS, slotOf } from "../../../explorer/app/components/scatter/palette.js";

test("of few classes all have a colour, under their own number", () => {
  assert.equal(slotOf({ named: null }, 7), 7);
});

test("of many classes no two that have a colour look alike, and all others are grey", () => {
  const named = Array.from({ length: 12 }, (_, at) => 80 * at);
  const looks = named.map((_, slot) => classColour({ named }, slot) + MARKS[slot % MARKS.length]);
  assert.equal(new Set(looks).size, named.length);
  assert.equal(slotOf({ named }, 160), 2);
  assert.equal(slotOf({ named }, 500), OTHERS);
  assert.equal(classColour({ named }, OTHERS), CLASS_COLOURS.at(-1));
  assert.ok(!looks.some((look) => look.startsWith(CLASS_COLOURS.at(-1))));
});

test("a class that is asked for takes the first place, and the legend stays as long as it was", () => {
  assert.deepEqual(withClass([4, 2, 9], 7), [7, 4, 2]);
  assert.deepEqual(withClass([4, 2, 9], 9), [9, 4, 2]);
});
