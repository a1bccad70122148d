// Links in an order, each with a bar; the list scrolls by itself where it is long.

import { make } from "../dom/dom.js";

/** @import { Ranked, RankingBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {RankingBlock} data
 */
function drawRanking(root, { label, rows, note }) {
  const heading = make("h3", "sentence", null, label);
  const list = make("ol", "ranking");
  list.setAttribute("aria-label", label);
  list.append(...rows.map(entryOf));
  root.replaceChildren(heading, list, make("p", "small", null, note));
}

/** @param {Ranked} ranked */
function entryOf({ name, share, numbers, href }) {
  const entry = make("li", "");
  const link = Object.assign(make("a", "ranked", entry), { href });
  Object.assign(make("span", "ranked-name", link, name), { title: name });
  const bar = make("span", "ranked-bar", link);
  make("span", "", bar).style.width = `${100 * share}%`;
  make("span", "ranked-numbers", link, numbers);
  return entry;
}

export const kinds = { ranking: drawRanking };
