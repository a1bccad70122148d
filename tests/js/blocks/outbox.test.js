// What a person decides is sent until it is answered, once, and survives a reload and a browser without storage.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

/** @import { Answer } from "../../../explorer/app/components/blocks.d.ts" */

const EDIT = { run: "r", action: "exclude", rows: [7], value: "" };
const KEY = "influence-explorer-outbox";
/** @type {Map<string, string>} */
const stored = new Map();
let refused = false;
const refuse = () => {
  if (refused) throw new Error("no storage here");
};
const sessionStorage = {
  /** @param {string} name */
  getItem(name) {
    refuse();
    return stored.get(name) ?? null;
  },
  /**
   * @param {string} name
   * @param {string} value
   */
  setItem(name, value) {
    refuse();
    stored.set(name, value);
  },
};
mock.timers.enable({ apis: ["setTimeout"] });
const window = {
  sessionStorage,
  addEventListener() {},
  setTimeout: (/** @type {() => void} */ act, /** @type {number} */ ms) => setTimeout(act, ms),
};
Object.assign(globalThis, { window });
const { ownAnswers, post, settle } = await import("../../../explorer/app/components/blocks/outbox.js");

/** A page's root that writes down what it is told, as the element that asks stands in it. */
function opened() {
  /** @type {string[][]} */
  const sent = [];
  const root = {
    sent,
    isConnected: true,
    closest: () => root,
    /**
     * @param {string} _name
     * @param {{ items: { id: string }[] }} told
     */
    tell: (_name, told) => sent.push(told.items.map((item) => item.id)),
  };
  return /** @type {HTMLElement & typeof root} */ (/** @type {unknown} */ (root));
}

/**
 * @param {string} id
 * @returns {Answer}
 */
const done = (id) => ({ id, text: "Saved", done: true, row: null, spared: [] });

beforeEach(() => {
  stored.clear();
  refused = false;
});

test("an action has a name of its own and is sent at once, with all that has no answer yet", () => {
  const page = opened();
  const names = [post(page, EDIT), post(page, EDIT)];
  const [first, both] = page.sent;
  assert.deepEqual(both, names);
  assert.match(first[0], /^[0-9a-f]{24}$/);
  assert.equal(both[0], first[0]);
  assert.notEqual(both[1], first[0]);
  settle(page, both.map(done));
});

test("an action without an answer is sent again under the same name, and not after its answer", () => {
  const page = opened();
  post(page, EDIT);
  const [[name]] = page.sent;
  mock.timers.tick(4000);
  assert.deepEqual(page.sent, [[name], [name]]);
  const settled = settle(page, [done(name)]);
  assert.deepEqual(settled, [{ ...done(name), item: { ...EDIT, id: name } }]);
  mock.timers.tick(20000);
  assert.equal(page.sent.length, 2);
  assert.deepEqual(JSON.parse(stored.get(KEY) ?? ""), []);
});

test("an answer that comes twice settles once, and one to another tab's action settles nothing", () => {
  const page = opened();
  post(page, EDIT);
  const [[name]] = page.sent;
  assert.deepEqual(settle(page, [done("another")]), []);
  assert.equal(settle(page, [done(name)]).length, 1);
  assert.deepEqual(settle(page, [done(name)]), []);
});

test("an element of the page takes the answers to what it asked for, and leaves those of others", () => {
  const [one, other] = [opened(), opened()];
  const [name, theirs] = [post(one, EDIT), post(other, EDIT)];
  const answers = [done(name), done(theirs)];
  assert.deepEqual(
    ownAnswers(/** @type {any} */ (one), answers).map(({ id }) => id),
    [name],
  );
  settle(one, answers);
});

test("what was left over from before a reload is sent by the next drawing", () => {
  stored.set(KEY, JSON.stringify([{ ...EDIT, id: "left" }]));
  const page = opened();
  assert.deepEqual(settle(page, []), []);
  assert.deepEqual(page.sent, [["left"]]);
  settle(page, [done("left")]);
});

test("a page that is gone sends nothing any more", () => {
  const page = opened();
  post(page, EDIT);
  page.isConnected = false;
  mock.timers.tick(20000);
  assert.equal(page.sent.length, 1);
  page.isConnected = true;
  settle(page, page.sent[0].map(done));
});

test("where the browser keeps no storage the tab's memory does", () => {
  refused = true;
  const page = opened();
  post(page, EDIT);
  post(page, EDIT);
  assert.equal(page.sent[1].length, 2);
  assert.equal(settle(page, page.sent[1].map(done)).length, 2);
  assert.deepEqual(settle(page, page.sent[1].map(done)), []);
});
