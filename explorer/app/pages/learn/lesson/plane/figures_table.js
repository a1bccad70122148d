// Small tables whose cells are filled again and again, and sentences that are spoken once the hand rests.

import { make } from "../../../../components/dom/dom.js";
import { put } from "./marks.js";

const SPEAK_MS = 400; // a screen reader that hears every step of a drag says none to its end

/** A table with heads and named rows; returns its cells `[row][column]`. */
export function makeTable(parent, caption, heads, rows) {
  const table = make("table", "figures", parent);
  make("caption", "unseen", table, caption);
  const line = make("tr", "", make("thead", "", table));
  for (const head of heads) make("th", "", line, head).scope = "col";
  const body = make("tbody", "", table);
  return rows.map((name) => makeRow(body, name, heads.length - 1));
}

export function makeRow(body, name, count) {
  const row = make("tr", "", body);
  make("th", "", row, name).scope = "row";
  return Array.from({ length: count }, () => make("td", "", row));
}

/** Let a lesson speak its last sentence when nothing has changed for a while. */
export function speaker(line) {
  let waiting;
  return (sentence) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => put(line, sentence), SPEAK_MS);
  };
}
