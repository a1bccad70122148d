// Links side by side.

import { make } from "../dom/dom.js";

/** @import { LinksBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {Pick<LinksBlock, "links">} data
 */
export function drawDoors(root, data) {
  root.classList.add("doors");
  root.replaceChildren();
  for (const { label, href } of data.links) {
    const link = /** @type {HTMLAnchorElement} */ (make(href ? "a" : "span", "door", root, label));
    if (href) link.href = href;
    else link.setAttribute("aria-disabled", "true");
  }
}
