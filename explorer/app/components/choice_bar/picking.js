// How images are chosen in a gallery: a click on the corner of a tile, with Shift a range, and keys.

import { childrenOf, pageOf } from "../dom/dom.js";
import { itemOf } from "../gallery/tile.js";
import { drawChoiceBar } from "./bar.js";
import { between, choose, isChosen, keyOf } from "./choice.js";

/** The cell that was chosen last: a range begins there. @type {HTMLElement | undefined} */
let last;

/**
 * Choose the image of a cell, or end that; with `range` all from the one before.
 *
 * @param {HTMLElement} cell
 * @param {boolean} range
 */
export function pick(cell, range) {
  const cells = childrenOf(cell.parentElement).filter((each) => !each.hidden);
  const picked = range ? between(cells, last, cell) : [cell];
  choose(picked.map(tileItem), range || !isChosen(tileItem(cell)));
  last = cell;
  drawChoice(cell);
}

/**
 * Show on all tiles of a page which are chosen, and the bar for them.
 *
 * @param {Element} near an element of the page
 */
export function drawChoice(near) {
  const page = pageOf(near);
  for (const cell of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(".cell"))) drawPicked(cell);
  drawChoiceBar(page, () => drawChoice(page));
}

/** @param {HTMLElement} cell */
export function drawPicked(cell) {
  const item = tileItem(cell);
  const check = /** @type {HTMLElement} */ (cell.querySelector(".check"));
  check.hidden = !keyOf(item);
  const on = isChosen(item);
  cell.classList.toggle("picked", on);
  check.setAttribute("aria-pressed", String(on));
}

/** @param {HTMLElement} cell */
function tileItem(cell) {
  return itemOf(cell.firstElementChild);
}
