// A move that Streamlit does not answer is sent again, and no other.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PATIENCE, watchMoves } from "../../../explorer/app/components/bar/answers.js";

/** A browser tab without a browser: where it is, what was sent again, and a clock that is turned by hand. */
function tab() {
  const state = {
    address: "/explain?test=1",
    ready: true,
    sent: 0,
    wait: 0,
    /** @type {(() => void) | null} */
    act: null,
  };
  const watch = watchMoves({
    address: () => state.address,
    ready: () => state.ready,
    send: () => {
      state.sent += 1;
    },
    later: (act, wait) => Object.assign(state, { act, wait }),
  });
  watch.answered("explain 1");
  return {
    state,
    watch,
    /** @param {string} address */
    move: (address) => {
      state.address = address;
      watch.moved();
    },
    pass: () => {
      const { act } = state;
      state.act = null;
      act?.();
    },
  };
}

test("an answered move is not sent again", () => {
  const { state, watch, move, pass } = tab();
  move("/map?test=1");
  watch.answered("map 1");
  pass();
  assert.equal(state.sent, 0);
});

test("a lost move is sent again, later each time, and at last no more", () => {
  const { state, watch, move, pass } = tab();
  move("/map?test=1");
  watch.answered("explain 1"); // the page of before is drawn to its end
  const waits = PATIENCE.map(() => {
    const { wait } = state;
    pass();
    return wait;
  });
  assert.deepEqual(waits, PATIENCE);
  assert.equal(state.sent, PATIENCE.length);
  pass();
  assert.equal(state.act, null);
});

test("one answer is enough, also to the second sending", () => {
  const { state, watch, move, pass } = tab();
  move("/map?test=1");
  pass();
  watch.answered("map 1");
  pass();
  assert.equal(state.sent, 1);
});

test("a page that is still drawn, or a server that is away, is waited for", () => {
  const { state, move, pass } = tab();
  state.ready = false;
  move("/map?test=1");
  for (let i = 0; i < 5; i++) pass();
  assert.equal(state.sent, 0);
  state.ready = true;
  pass();
  assert.equal(state.sent, 1);
});

test("a move to where the page stands already needs no answer", () => {
  const { state, watch, move, pass } = tab();
  move("/explain?test=1");
  pass();
  move("/map?test=1");
  move("/explain?test=1"); // and back, before the answer
  watch.answered("explain 1");
  pass();
  assert.equal(state.sent, 0);
});
