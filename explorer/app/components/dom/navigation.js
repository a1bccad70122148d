// Moves within the program: a visit is a move in the browser's history.

import { targetElement } from "./dom.js";

/** @param {string} address */
export function visit(address) {
  // Streamlit answers a move in the history with one run of the page that the address names: the shortest way.
  window.history.pushState({}, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

/** @param {MouseEvent} event */
export function follow(event) {
  const link = /** @type {HTMLAnchorElement | null} */ (targetElement(event).closest("a:not([download])"));
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  link.classList.add("chosen");
  visit(link.href);
}
