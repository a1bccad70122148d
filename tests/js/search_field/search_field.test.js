// A search lives in the address, and begins on the first page of what it finds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressWith } from "../../../explorer/app/components/search_field/search_field.js";

/** @param {string} href */
function at(href) {
  Object.assign(globalThis, { window: { location: { href } } });
}

test("words are kept in the address, what else it says stays, and the page begins anew", () => {
  at("http://here/predictions?run=pets&show=all&page=3");
  assert.equal(addressWith("find", "a cat & ä"), "http://here/predictions?run=pets&show=all&find=a+cat+%26+%C3%A4");
});

test("without words nothing is searched for", () => {
  at("http://here/predictions?find=cat&page=2");
  assert.equal(addressWith("find", ""), "http://here/predictions");
});
