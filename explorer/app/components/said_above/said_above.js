// A sentence above galleries, completed in place by a block further down, whichever of the two is drawn first.

import { make } from "../dom/dom.js";
import { everyRoot } from "../dom/focus.js";

/** @import { RestBlock, SaidBlock } from "../blocks.d.ts" */

const KEPT = 64; // completed sentences, for the pictures that a person comes back to
/** @type {Map<string, string>} */
const whole = new Map();

/**
 * @param {HTMLElement} root
 * @param {SaidBlock} data
 */
export function drawSaid(root, data) {
  const line = make("p", "small said-above", null, whole.get(data.of) ?? data.text);
  line.dataset.of = data.of;
  root.replaceChildren(line);
}

/**
 * @param {HTMLElement} root
 * @param {RestBlock} data
 */
export function drawRest(root, data) {
  root.hidden = true;
  whole.delete(data.of);
  whole.set(data.of, data.text);
  if (whole.size > KEPT) whole.delete(whole.keys().next().value);
  for (const within of everyRoot())
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (within.querySelectorAll(".said-above")))
      if (line.dataset.of === data.of) line.textContent = data.text;
}
