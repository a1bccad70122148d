// Tug-of-war: what holds a prediction against what pulls at it, and where the rope is cut.

import { drawFiles } from "../chart/files.js";
import { make } from "../dom/dom.js";
import { tugCsv, tugSvg } from "./as_files.js";

/** @import { Rope, TugBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {Rope} side
 * @param {string} name
 */
function ropeOf(root, side, name) {
  const row = make("div", "rope", root);
  make("span", "rope-name", row, name);
  const rope = make("div", `strands ${side.sign}`, row);
  rope.style.width = `${100 * side.share}%`;
  for (const { share, title } of side.strands) {
    const strand = make("span", "strand", rope);
    strand.style.flexGrow = String(share);
    strand.title = title;
  }
  const rest = make("span", "strand rest", rope);
  rest.style.flexGrow = String(side.rest);
  rest.title = side.restTitle;
}

/**
 * @param {HTMLElement} root
 * @param {TugBlock} data
 */
export function drawTug(root, data) {
  root.classList.add("tug");
  root.replaceChildren();
  const picture = make("div", "", root);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", data.label);
  for (const side of data.sides) ropeOf(picture, side, side.name);
  make("p", "small", root, data.caption);
  const svg = () => tugSvg(data, getComputedStyle(root).color, getComputedStyle(document.body).backgroundColor);
  drawFiles(root, "tug-of-war", { svg, csv: () => tugCsv(data) });
}
