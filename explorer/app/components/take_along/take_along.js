// The quiet line of downloads: what a page shows, as tables.

import { make } from "../dom/dom.js";

/** @import { TakeBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {TakeBlock} data
 */
export function drawTake(root, data) {
  const line = make("p", "take");
  make("span", "", line, "Take along:");
  for (const { said, links } of data.tables) {
    const table = make("span", "taken", line, said);
    for (const { label, href } of links) {
      table.append(" ");
      const link = make("a", "", table, label);
      Object.assign(link, { href, download: "" });
      link.setAttribute("aria-label", `Take along ${said} as ${label}`);
    }
  }
  root.replaceChildren(line);
}
