// The list of runs: a table whose columns sort it, and whose rows are searched where there are many.

import { make } from "../../components/dom/dom.js";

/** @import { RunRow, RunsBlock } from "../../components/blocks.d.ts" */

const MANY = 20; // rows from which a search field is drawn

/**
 * Return the rows in the order of a column; equal ones stay in theirs.
 *
 * @param {RunRow[]} rows
 * @param {number} column
 * @param {boolean} falling
 */
export function sorted(rows, column, falling) {
  const sign = falling ? -1 : 1;
  return [...rows].sort(({ keys: a }, { keys: b }) => sign * compared(a[column], b[column]));
}

/**
 * @param {string | number} a
 * @param {string | number} b
 */
function compared(a, b) {
  return typeof a === "number" ? a - Number(b) : a.localeCompare(String(b), "en", { numeric: true });
}

/**
 * Return the rows that hold these words somewhere; case does not matter.
 *
 * @param {RunRow[]} rows
 * @param {string} words
 */
export function matching(rows, words) {
  const text = words.trim().toLowerCase();
  return rows.filter(({ name, words: cells }) => [name, ...cells].some((cell) => cell.toLowerCase().includes(text)));
}

/**
 * @param {HTMLElement} root
 * @param {RunsBlock} data
 */
function drawRuns(root, data) {
  const frame = make("div", "scrolled runs");
  Object.assign(frame, { tabIndex: 0, role: "region", ariaLabel: "Runs" });
  const table = make("table", "", frame);
  const heads = make("tr", "", make("thead", "", table));
  const body = make("tbody", "", table);
  const state = { column: -1, falling: false, words: "" };
  const fill = () => {
    const found = matching(data.rows, state.words);
    const rows = state.column < 0 ? found : sorted(found, state.column, state.falling);
    body.replaceChildren(...rows.map(rowOf));
    childHeads(heads, state);
  };
  data.columns.forEach((title, column) => {
    const button = make("button", "", make("th", "", heads), title);
    button.onclick = () => {
      state.falling = state.column === column ? !state.falling : typeof data.rows[0]?.keys[column] === "number";
      state.column = column;
      fill();
    };
  });
  make("span", "unseen", make("th", "", heads), "Change");
  fill();
  root.replaceChildren(...(data.rows.length > MANY ? [searchFor(state, fill)] : []), frame);
}

/**
 * @param {HTMLElement} heads
 * @param {{ column: number, falling: boolean }} state
 */
function childHeads(heads, { column, falling }) {
  [...heads.children].forEach((head, place) => {
    if (place === column) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}

/** @param {RunRow} run */
function rowOf(run) {
  const row = make("tr", run.open ? "open" : "");
  const head = make("th", "", row);
  head.scope = "row";
  const link = make("a", "", head, run.name);
  link.href = run.href;
  if (run.open) link.setAttribute("aria-current", "true");
  for (const words of run.words) make("td", "", row, words);
  const change = make("a", "", make("td", "", row), "Rename or delete");
  change.href = run.manage;
  change.setAttribute("aria-label", `Rename or delete ${run.name}`);
  return row;
}

/**
 * @param {{ words: string }} state
 * @param {() => void} fill
 */
function searchFor(state, fill) {
  const label = make("label", "menu search");
  make("span", "", label, "Search");
  const field = Object.assign(make("input", "", label), { type: "search", placeholder: "name, data set or network" });
  field.oninput = () => {
    state.words = field.value;
    fill();
  };
  return label;
}

export const kinds = { runs: drawRuns };
