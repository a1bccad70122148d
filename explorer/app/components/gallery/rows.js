// The first rows of a gallery, and a button that shows all of it.

import { childrenOf } from "../dom/dom.js";
import { oneStop } from "./stop.js";

/** Sections whose galleries are shown whole, by their labels, until the page is loaded again. @type {Set<string>} */
const whole = new Set();
/** How many tiles stood beside one another where they were counted last: a new gallery is laid out by it, and not whole first. */
let usual = 0;

/**
 * Return how many tiles are shown.
 *
 * @param {number} count of all
 * @param {number} columns beside one another
 * @param {number} rows to show, 0 for all
 */
export function shownCount(count, columns, rows) {
  return rows && columns ? Math.min(count, columns * rows) : count;
}

/**
 * A gallery whose rows are counted whenever its width changes.
 *
 * @typedef {HTMLElement & { rows?: number, columns?: number, observer?: ResizeObserver }} Rowed
 */

/**
 * @param {Rowed} gallery
 * @param {HTMLElement} place of the button
 * @param {number} rows
 * @param {string} label of the gallery
 */
export function showRows(gallery, place, rows, label) {
  gallery.rows = rows;
  place.dataset.label = label;
  if (rows && !gallery.observer) {
    // It is called after the layout and before anything is painted, so that nothing flashes.
    gallery.observer = new ResizeObserver(() => countColumns(gallery));
    gallery.observer.observe(gallery);
  }
  hideRest(gallery, place);
}

/**
 * Count the tiles beside one another again, and show so many rows of them.
 *
 * @param {Rowed} gallery
 */
export function countColumns(gallery) {
  if (!gallery.rows) return;
  const columns = getComputedStyle(gallery).gridTemplateColumns.split(" ").length;
  if (columns === gallery.columns) return;
  usual = gallery.columns = columns;
  hideRest(gallery, /** @type {HTMLElement} */ (gallery.nextElementSibling));
}

/**
 * @param {Rowed} gallery
 * @param {HTMLElement} place
 */
function hideRest(gallery, place) {
  const tiles = childrenOf(gallery);
  const { label } = place.dataset;
  const few = shownCount(tiles.length, gallery.columns ?? usual, gallery.rows);
  const open = whole.has(label);
  for (const [index, tile] of tiles.entries()) tile.hidden = !open && index >= few;
  oneStop(gallery);
  const button = /** @type {HTMLElement} */ (place.firstElementChild);
  button.hidden = few === tiles.length;
  button.textContent = open ? "Show fewer" : `Show all ${tiles.length.toLocaleString("en")}`;
  button.setAttribute("aria-expanded", String(open));
  button.setAttribute("aria-label", `${button.textContent}: ${label}`);
  button.onclick = () => {
    open ? whole.delete(label) : whole.add(label);
    hideRest(gallery, place);
    if (!open) /** @type {HTMLElement} */ (tiles[few].firstElementChild).focus();
  };
}
