// The teacher's table of a class; drawn anew only where something changed, so that it stays scrolled where it was.

import { make } from "../../../components/dom/dom.js";

/** @import { ClassBlock, ClassRow } from "../../../components/blocks.d.ts" */

const HEADS = ["Name", "", "Flags", "Found", "False alarms"];

/**
 * @param {HTMLElement & { said?: string }} root
 * @param {ClassBlock} data
 */
export function drawClass(root, data) {
  const said = JSON.stringify(data);
  if (root.said === said) return;
  root.said = said;
  const table = root.querySelector("table") ?? frameOf(root);
  table.tBodies[0].replaceChildren(...data.rows.map((row) => rowOf(row, data.planted)));
}

/** @param {HTMLElement} root */
function frameOf(root) {
  const frame = make("div", "class-frame", root);
  Object.assign(frame, { tabIndex: 0, role: "region", ariaLabel: "The class" });
  const table = make("table", "class-table", frame);
  const line = make("tr", "", make("thead", "", table));
  for (const head of HEADS) make("th", "", line, head || "State").scope = "col";
  make("tbody", "", table);
  return table;
}

/**
 * @param {ClassRow} row
 * @param {number} planted
 */
function rowOf(row, planted) {
  const line = make("tr", row.handed ? "handed" : "");
  make("th", "", line, row.name).scope = "row";
  make("td", "", line, row.state);
  make("td", "", line, row.flagged);
  make("td", "", line, `${row.found} of ${planted}`);
  make("td", "", line, row.false);
  return line;
}
