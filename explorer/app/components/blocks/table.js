// A table of texts that scrolls by itself where it is long, by keyboard too.

import { make } from "../dom/dom.js";

/** @import { TableBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} parent
 * @param {"td" | "th"} tag
 * @param {string[]} texts
 */
function rowOf(parent, tag, texts) {
  const row = make("tr", "", parent);
  texts.forEach((text, place) => {
    const cell = make(place ? tag : "th", "", row, text);
    if (cell.tagName === "TH") cell.scope = tag === "th" ? "col" : "row";
  });
}

/**
 * @param {HTMLElement} root
 * @param {TableBlock} data
 */
function drawTable(root, data) {
  const frame = make("div", data.columns.length ? "scrolled long" : "scrolled");
  Object.assign(frame, { tabIndex: 0, role: "region", ariaLabel: data.label });
  const table = make("table", "", frame);
  if (data.columns.length) rowOf(make("thead", "", table), "th", data.columns);
  const body = make("tbody", "", table);
  for (const row of data.rows) rowOf(body, "td", row);
  root.replaceChildren(frame);
}

export const kinds = { table: drawTable };
