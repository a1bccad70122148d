// "As a table": numbers that stand in a page, drawn when somebody opens them, and as files.

import { csvOf, save } from "../chart/files.js";
import { make } from "../dom/dom.js";

/**
 * @import { AsTableBlock } from "../blocks.d.ts"
 * @typedef {AsTableBlock["rows"][number][number]} Value
 */

const DIGITS = 4; // significant ones on the screen; the files have all

/**
 * Return a value as a person reads it.
 *
 * @param {Value} value
 */
export function shownValue(value) {
  if (value === null) return "";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(DIGITS))).replace("-", "−");
}

/**
 * Return the places of the columns that say something of any row; the files have all.
 *
 * @param {Pick<AsTableBlock, "headings" | "rows">} data
 */
export function toldColumns({ headings, rows }) {
  return [...headings.keys()].filter((at) => rows.some((row) => row[at] !== null && row[at] !== ""));
}

/**
 * Return the rows as JSON: a list of objects by column.
 *
 * @param {Pick<AsTableBlock, "headings" | "rows">} data
 */
export function jsonOf({ headings, rows }) {
  const named = rows.map((row) => Object.fromEntries(headings.map((column, at) => [column, row[at]])));
  return `${JSON.stringify(named, null, 1)}\n`;
}

/**
 * @param {HTMLElement} root
 * @param {AsTableBlock} data
 */
function drawAsTable(root, data) {
  const known = /** @type {HTMLDetailsElement} */ (root.querySelector("details"));
  const open = known?.open ?? false;
  const details = make("details", "as-table");
  make("summary", "", details, `As a table: ${data.label} (${data.rows.length.toLocaleString("en")})`);
  Object.assign(details, { open });
  details.ontoggle = () => details.open && fill(details, data);
  if (open) fill(details, data);
  const focused = known?.querySelector("summary")?.matches(":focus");
  root.replaceChildren(details);
  if (focused) details.querySelector("summary").focus();
}

/**
 * @param {HTMLElement} details
 * @param {AsTableBlock} data
 */
function fill(details, data) {
  if (details.querySelector("table")) return;
  const frame = make("div", "numbers", details);
  Object.assign(frame, { tabIndex: 0, role: "region", ariaLabel: data.label });
  const table = make("table", "", frame);
  const head = make("tr", "", make("thead", "", table));
  const told = toldColumns(data);
  for (const at of told) make("th", "", head, data.headings[at]).scope = "col";
  const body = make("tbody", "", table);
  for (const row of data.rows) {
    const line = make("tr", "", body);
    for (const value of told.map((at) => row[at]))
      make("td", typeof value === "number" ? "number" : "", line, shownValue(value));
  }
  drawForms(make("p", "take", details), data);
}

/**
 * @param {HTMLElement} line
 * @param {AsTableBlock} data
 */
function drawForms(line, data) {
  make("span", "", line, "Take along:");
  /** @type {[string, string, () => string][]} */
  const forms = [
    ["CSV", "text/csv", () => csvOf([data.headings, ...data.rows])],
    ["JSON", "application/json", () => jsonOf(data)],
  ];
  for (const [label, type, text] of forms) {
    const button = make("button", "as-link", line, label);
    button.setAttribute("aria-label", `Take along ${data.label} as ${label}`);
    const name = `${data.name}.${label.toLowerCase()}`;
    Object.assign(button, { type: "button", onclick: () => save(name, new Blob([text()], { type })) });
  }
}

export const kinds = { astable: drawAsTable };
