// Moves within the program: a visit is a move in the browser's history.

import { targetElement } from "./dom.js";

/** @param {string} address */
export function visit(address) {
  // Streamlit answers a move in the history with one run of the page that the address names: the shortest way. Whoever presses
  // twice moves once.
  const here = new URL(address, window.location.href).href === window.location.href;
  if (!here) window.history.pushState({}, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

/**
 * Whether a press is meant for the browser: to open a window of its own, say.
 *
 * @param {MouseEvent} event
 */
function isSpecial(event) {
  return event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
}

/** @param {MouseEvent} event */
export function follow(event) {
  const link = /** @type {HTMLAnchorElement | null} */ (targetElement(event).closest("a:not([download])"));
  if (!link || isSpecial(event)) return;
  event.preventDefault();
  link.classList.add("chosen");
  visit(link.href);
}

/**
 * A link that a person presses, and where; a page that is drawn anew in between would lose the click.
 *
 * @typedef {{ link: HTMLElement, href: string, x: number, y: number }} Press
 */

/** Pixels that a hand may move between pressing and letting go. */
const STILL = 6;
/** @type {Press | null} */
let press = null;

/** @param {PointerEvent} event */
export function begin(event) {
  const link = /** @type {HTMLElement[]} */ (event.composedPath()).find((each) => each.localName === "a");
  press = null;
  if (!link?.matches(".blocks a[href]:not([download])") || isSpecial(event)) return;
  const { href } = /** @type {HTMLAnchorElement} */ (link);
  press = { link, href, x: event.clientX, y: event.clientY };
}

/** @param {PointerEvent} event */
export function end(event) {
  const begun = press;
  press = null;
  if (!begun || begun.link.isConnected) return;
  if (Math.hypot(event.clientX - begun.x, event.clientY - begun.y) <= STILL) visit(begun.href);
}
