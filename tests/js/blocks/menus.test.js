// What a person types into a menu of many choices means one of them, or none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { meantValue } from "../../../explorer/app/components/blocks/menus.js";

const options = { "any class": "any class", seal: "seal", "sea lion": "sea lion", Sealyham: "Sealyham" };

test("the whole name is meant, upper case or not, even where it begins another", () => {
  assert.equal(meantValue(options, "Seal "), "seal");
});

test("a part of one name means it; a part of several, of none, or nothing means nothing", () => {
  assert.equal(meantValue(options, "lion"), "sea lion");
  for (const words of ["sea", "dog", " "]) assert.equal(meantValue(options, words), undefined);
});
