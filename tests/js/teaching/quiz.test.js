// Answers in the address, the keys of a presentation, and the tasks that the figures check.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tasksDone } from "../../../explorer/app/pages/learn/lesson/plane/tasks.js";
import { answersOf, answersText } from "../../../explorer/app/pages/learn/teaching/quiz.js";

// The keys are listened to as soon as the module is there.
globalThis.window = /** @type {any} */ ({ addEventListener() {} });
globalThis.document = /** @type {any} */ ({ addEventListener() {} });
const { asked } = await import("../../../explorer/app/pages/learn/teaching/present.js");

test("answers come back from the address, and what is none is none", () => {
  assert.deepEqual(answersOf(answersText([2, -1, 0]), 3), [2, -1, 0]);
  assert.equal(answersText([-1, -1]), "");
  assert.deepEqual(answersOf(null, 2), [-1, -1]);
  assert.deepEqual(answersOf("x.<b>.12", 3), [-1, -1, -1]);
});

const key = (/** @type {string} */ name, more = {}) =>
  /** @type {any} */ ({ key: name, defaultPrevented: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
const focus = (/** @type {boolean} */ own) => /** @type {any} */ ({ matches: () => own });

test("arrows and a presenter's remote go on, Escape leaves", () => {
  const ways = ["ArrowRight", "PageDown", "ArrowLeft", "PageUp", "Escape", "a"].map((name) => asked(key(name), null));
  assert.deepEqual(ways, ["after", "after", "before", "before", "leave", null]);
});

test("a point, a slider and a field keep their arrows, but not the remote's keys", () => {
  assert.equal(asked(key("ArrowRight"), focus(true)), null);
  assert.equal(asked(key("ArrowRight"), focus(false)), "after");
  assert.equal(asked(key("PageDown"), focus(true)), "after");
  assert.equal(asked(key("ArrowRight", { defaultPrevented: true }), null), null);
  assert.equal(asked(key("ArrowLeft", { altKey: true }), null), null);
});

const lesson = (/** @type {number} */ step, /** @type {object} */ more) =>
  /** @type {any} */ ({ data: { step }, gesture: null, facts: {}, past: [], state: { values: {} }, ...more });

test("tasks are done by what the figure shows, not while a hand drags", () => {
  assert.deepEqual(tasksDone(lesson(2, { facts: { fitted: 0.3, yours: 0.61 } })), ["twice"]);
  assert.deepEqual(tasksDone(lesson(2, { facts: { fitted: 0.3, yours: 0.59 } })), []);
  assert.deepEqual(tasksDone(lesson(3, { facts: { before: 0.6, without: 0.8 } })), ["flips"]);
  assert.deepEqual(tasksDone(lesson(3, { facts: { before: 0.6, without: 0.6 } })), []);
  assert.deepEqual(tasksDone(lesson(3, { facts: { before: 0.6, without: 0.8 }, gesture: {} })), []);
  assert.deepEqual(tasksDone(lesson(4, { facts: { real: 1, linear: 1.001 }, state: { values: { eps: 0.5 } } })), [
    "agrees",
  ]);
  assert.deepEqual(tasksDone(lesson(4, { facts: { real: 1, linear: 1 }, state: { values: { eps: 0 } } })), []);
  assert.deepEqual(tasksDone(lesson(4, { state: { values: { eps: 1 } } })), []);
  assert.deepEqual(tasksDone(lesson(5, { state: { values: { stretch: 1 } }, past: [{}] })), ["round"]);
  assert.deepEqual(tasksDone(lesson(6, { prompts: [{ done: true }, { done: true }, { done: false }] })), ["cases"]);
  assert.deepEqual(tasksDone(lesson(6, { prompts: [{ done: true }] })), []);
});
