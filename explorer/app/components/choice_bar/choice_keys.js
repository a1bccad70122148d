// The way by keyboard from a gallery into the bar for the chosen images, and back.

import { childrenOf } from "../dom/dom.js";
import { focused, isPlainKey } from "../dom/focus.js";

/** @import { ChoiceBar } from "./types.d.ts" */

/** The bar that was drawn last: a page has one for each of its elements. @type {ChoiceBar | null} */
let latest = null;

/**
 * Let keys lead to a bar from now on.
 *
 * @param {ChoiceBar} state
 */
export function attend(state) {
  latest = state;
}

/**
 * Give the focus back to where it was before it came into the bar.
 *
 * @param {ChoiceBar} state
 */
export function leave({ from, after }) {
  const place = from?.isConnected ? from : childrenOf(after).at(-1);
  place?.focus({ preventScroll: true });
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (!latest?.bar.isConnected || !latest.bar.matches(":popover-open")) return;
  const inside = latest.bar.contains(focused());
  if (event.key === "Escape" && inside) leave(latest);
  else if (event.key.toLowerCase() === "a" && !inside && isPlainKey(event)) enter(latest);
  else return;
  event.preventDefault();
}

/** @param {ChoiceBar} state */
function enter(state) {
  const controls = /** @type {HTMLElement[]} */ ([...state.bar.querySelectorAll("button, select, input")]);
  state.from = focused();
  controls.find((each) => each.getClientRects().length)?.focus();
}

document.addEventListener("keydown", pressed);
