// Views of one page: links side by side, the open one marked.

import { make } from "../dom/dom.js";

/** @import { TabsBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {TabsBlock} data
 */
export function drawTabs(root, data) {
  const nav = make("nav", "tabs");
  nav.setAttribute("aria-label", data.label);
  for (const { label, href, open } of data.tabs) {
    const link = make("a", "tab", nav, label);
    link.dataset.label = label;
    link.href = href;
    if (open) link.setAttribute("aria-current", "page");
  }
  root.replaceChildren(nav);
}
