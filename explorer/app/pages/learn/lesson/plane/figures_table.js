// Small tables whose cells are filled again and again, and sentences that are spoken once the hand rests.

import { make } from "../../../../components/dom/dom.js";
import { put } from "./marks.js";

const SPEAK_MS = 400; // a screen reader that hears every step of a drag says none to its end

/**
 * A table with heads and named rows; returns its cells `[row][column]`.
 * @param {HTMLElement} parent
 * @param {string} caption
 * @param {string[]} heads
 * @param {string[]} rows
 */
export function makeTable(parent, caption, heads, rows) {
  const table = make("table", "figures", parent);
  make("caption", "unseen", table, caption);
  const line = make("tr", "", make("thead", "", table));
  for (const head of heads) make("th", "", line, head).scope = "col";
  const body = make("tbody", "", table);
  return rows.map((name) => makeRow(body, name, heads.length - 1));
}

/**
 * @param {HTMLElement} body
 * @param {string} name
 * @param {number} count
 */
export function makeRow(body, name, count) {
  const row = make("tr", "", body);
  make("th", "", row, name).scope = "row";
  return Array.from({ length: count }, () => make("td", "", row));
}

/**
 * Let a lesson speak its last sentence when nothing has changed for a while.
 * @param {HTMLElement} line
 * @returns {(sentence: string) => void}
 */
export function speaker(line) {
  /** @type {number | undefined} */
  let waiting;
  return (sentence) => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => put(line, sentence), SPEAK_MS);
  };
}
