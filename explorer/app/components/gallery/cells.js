// The cells of a gallery: a tile each, and what can be pressed in its corners.

import { drawPicked, pick } from "../choice_bar/picking.js";
import { childrenOf, make, targetElement, trim } from "../dom/dom.js";
import { allShown } from "../dom/focus.js";
import { svg } from "../dom/svg.js";
import { describeKeys } from "../keys/keys.js";
import { openLightbox } from "../lightbox/lightbox.js";
import { fillTile, tileOf } from "./tile.js";

/** @import { Tile } from "../blocks.d.ts" */

describeKeys({
  title: "On a picture",
  rows: () => [
    ["← → ↑ ↓", "the picture beside it"],
    ["Home or End", "the first, the last"],
    ["Enter", "open it"],
    ["L or Space", "large; there ← and → go on"],
    ["W", "large, and where its score lies"],
    ["X", "choose it, or end that"],
    ["Shift with ←→", "choose several"],
    ["A", "what can be done with the chosen ones; Esc comes back"],
  ],
  here: () => allShown(".gallery .cell > a.tile").length > 0,
});

/**
 * @param {HTMLElement} gallery
 * @param {Tile[]} shown
 */
export function fillTiles(gallery, shown) {
  trim(gallery, shown.length);
  shown.forEach((item, index) => {
    let cell = childrenOf(gallery)[index];
    if (!cell || (cell.firstElementChild.tagName === "A") !== Boolean(item.href)) {
      const made = cellOf(Boolean(item.href));
      cell ? cell.replaceWith(made) : gallery.append(made);
      cell = made;
    }
    const [tile, magnify, check] = childrenOf(cell);
    fillTile(tile, item);
    magnify.setAttribute("aria-label", `Large: ${item.alt}`);
    check.setAttribute("aria-label", `Choose: ${item.alt}`);
    drawPicked(cell);
  });
}

/** @param {boolean} linked */
function cellOf(linked) {
  const cell = make("div", "cell");
  const tile = tileOf(linked);
  const magnify = make("button", "corner magnify");
  magnify.type = "button";
  magnify.title = "Large (L)";
  magnify.tabIndex = linked ? -1 : 0; // on a tile with the focus, L does the same
  const glass = svg("svg", "", magnify, { viewBox: "0 0 16 16", "aria-hidden": true });
  svg("path", "", glass, { d: "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM10 10l4 4" });
  magnify.onclick = () => openLightbox(tile);
  const check = make("button", "corner check", null, "✓");
  Object.assign(check, { type: "button", title: "Choose (X); with Shift all from the one before", tabIndex: -1 });
  check.onclick = (event) => pick(cell, event.shiftKey);
  cell.append(tile, magnify, check);
  return cell;
}

/**
 * Do what a key means on the tile that has the focus: move, show it large, show where its score lies, choose it.
 *
 * @param {KeyboardEvent} event
 */
export function keyOnTile(event) {
  const tile = /** @type {HTMLElement} */ (targetElement(event).closest(".tile"));
  if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = neighbour(tile, event.key);
  const key = event.key.toLowerCase();
  const cell = /** @type {HTMLElement} */ (tile.closest(".cell"));
  if (next) {
    if (event.shiftKey && cell) pickBoth(cell, next.closest(".cell"));
    next.focus();
  } else if (cell && [" ", "l", "w"].includes(key)) openLightbox(tile, key === "w");
  else if (cell && key === "x" && !cell.querySelector(".check[hidden]")) pick(cell, event.shiftKey);
  else return;
  event.preventDefault();
  event.stopPropagation(); // Streamlit has keys of its own
}

/**
 * @param {HTMLElement} cell
 * @param {HTMLElement} next
 */
function pickBoth(cell, next) {
  if (!cell.classList.contains("picked")) pick(cell, false);
  pick(next, true);
}

/**
 * @param {HTMLElement} tile
 * @param {string} key
 */
function neighbour(tile, key) {
  const tiles = /** @type {HTMLElement[]} */ ([...tile.closest(".gallery").querySelectorAll(".tile")]).filter(
    (each) => each.offsetParent, // those that are shown
  );
  const here = tiles.indexOf(tile);
  const columns = tiles.filter((each) => topOf(each) === topOf(tiles[0])).length;
  /** @type {Record<string, number>} */
  const steps = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -here,
    End: tiles.length - 1 - here,
  };
  return tiles[here + steps[key]];
}

/** @param {HTMLElement} tile */
function topOf(tile) {
  return tile.getBoundingClientRect().top;
}
