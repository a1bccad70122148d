// How images are chosen in a gallery: a click on the corner of a tile, with Shift a range, and keys.

import { childrenOf, focusedNear, pageOf } from "../dom/dom.js";
import { itemOf } from "../gallery/tile.js";
import { placeOf } from "../lightbox/addresses.js";
import { drawChoiceBar, hideChoiceBar } from "./bar.js";
import { between, choice, choose, isChosen, keyOf } from "./choice.js";

/** @import { PageRoot } from "../component.d.ts" */

/** The elements of the page that have galleries: what is chosen is one choice over all of them. @type {Set<PageRoot>} */
const pages = new Set();
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
 * Let a gallery that was drawn just now take part: what was chosen before it stood, on another page too, is chosen still.
 *
 * @param {Element} gallery
 */
export function joinChoice(gallery) {
  const page = pageOf(gallery);
  for (const each of pages) if (!each.isConnected) pages.delete(each);
  pages.add(page);
  const { run, train, test } = choice();
  const shown = placeOf(itemOf(gallery.querySelector(".tile")))?.run;
  if (shown === run && train.length + test.length && ![...pages].some(isUsed)) drawChoice(page);
}

/**
 * Whether somebody types or tabs in the bar of a page's element: it stays where it is.
 *
 * @param {PageRoot} page
 */
function isUsed({ choice: known }) {
  return Boolean(known?.bar.matches(":popover-open")) && known.bar.contains(focusedNear(known.bar));
}

/**
 * Show on all tiles which are chosen, and the bar for them where the person is.
 *
 * @param {Element} near
 */
export function drawChoice(near) {
  const page = pageOf(near);
  for (const each of pages) {
    if (each !== page) hideChoiceBar(each);
    for (const cell of /** @type {NodeListOf<HTMLElement>} */ (each.querySelectorAll(".cell"))) drawPicked(cell);
  }
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
