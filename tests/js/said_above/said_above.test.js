// The whole of a sentence stands in its place, whether that is drawn before it or after.

import assert from "node:assert/strict";
import { test } from "node:test";

/** An element as said_above.js needs it. */
const made = () => ({ className: "", textContent: "", dataset: {}, append() {}, hidden: false });
/** @type {ReturnType<typeof made>[]} */
const standing = [];
// As on a page: a component's elements stand in a tree of their own.
const host = { shadowRoot: { querySelectorAll: () => standing } };
/** @param {string} selector */
const querySelectorAll = (selector) => (selector === "*" ? [host] : []);
const document = { createElement: made, querySelectorAll };
Object.assign(globalThis, { document });
const { drawRest, drawSaid } = await import("../../../explorer/app/components/said_above/said_above.js");

/** @param {string} of */
function drawn(of) {
  /** @param {any[]} shown */
  const replaceChildren = (...shown) => standing.splice(0, standing.length, ...shown);
  drawSaid(/** @type {any} */ ({ replaceChildren }), { kind: "said", of, text: "alone" });
  return standing[0];
}

test("what comes later fills the sentence of the same picture", () => {
  const [cat, rest] = [drawn("cat"), /** @type {any} */ (made())];
  drawRest(rest, { kind: "rest", of: "dog", text: "of a dog" });
  assert.equal(cat.textContent, "alone");
  drawRest(rest, { kind: "rest", of: "cat", text: "alone, together" });
  assert.equal(cat.textContent, "alone, together");
  assert.ok(rest.hidden);
});

test("a sentence that is drawn again, or after its rest, is whole at once", () => {
  assert.equal(drawn("cat").textContent, "alone, together");
  assert.equal(drawn("dog").textContent, "of a dog");
  assert.equal(drawn("fox").textContent, "alone");
});
