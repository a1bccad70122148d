// The classes that a check found: a table with three small pictures in each row, fetched when they come into view.

import { make } from "../../components/dom/dom.js";

/** @import { FoundClass, ClassesBlock } from "../../components/blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {ClassesBlock} data
 */
function drawClasses(root, data) {
  const frame = make("div", "scrolled classes");
  Object.assign(frame, { tabIndex: 0, role: "region", ariaLabel: "Pictures of each class" });
  const table = make("table", "", frame);
  const heads = make("tr", "", make("thead", "", table));
  for (const title of data.columns) make("th", "", heads, title).scope = "col";
  make("tbody", "", table).append(...data.rows.map(rowOf));
  root.replaceChildren(frame);
}

/** @param {FoundClass} found */
function rowOf(found) {
  const row = make("tr", "");
  make("th", "", row, found.name).scope = "row";
  for (const words of found.words) make("td", "", row, words);
  const cell = make("td", "samples", row);
  found.pictures.forEach((src, place) => {
    const picture = make("img", "", cell);
    Object.assign(picture, { loading: "lazy", width: 44, height: 44, alt: `${found.name}, picture ${place + 1}`, src });
  });
  return row;
}

export const kinds = { classes: drawClasses };
