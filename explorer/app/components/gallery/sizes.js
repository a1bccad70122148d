// How large tiles are: a choice of this browser, for all galleries with more than a few.

import { make } from "../dom/dom.js";
import { countColumns } from "./rows.js";

const STORED = "influence-explorer-tiles";
const FEW = 6; // tiles that need no choice of their size
/** @type {Record<string, number>} Share of the size that a page gives them. */
const FACTORS = { Small: 0.72, Middle: 1, Large: 1.7 };
let kept = ""; // where the browser keeps no storage for this page

function chosenSize() {
  try {
    kept = window.localStorage.getItem(STORED) ?? kept;
  } catch {
    // this tab remembers it
  }
  return kept in FACTORS ? kept : "Middle";
}

/** @param {string} size */
function keepSize(size) {
  kept = size;
  try {
    window.localStorage.setItem(STORED, size);
  } catch {
    // this tab remembers it
  }
}

/**
 * Return the least width of a tile in pixels, for the width that a page gives it.
 *
 * @param {number} width
 */
export function sizedTile(width) {
  return Math.round(width * FACTORS[chosenSize()]);
}

/**
 * Offer the sizes above galleries side by side, where one of them has more than a few tiles.
 *
 * @param {HTMLElement} root
 */
export function drawSizes(root) {
  const galleries = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".gallery:not(.single)")]);
  const known = root.querySelector(":scope > .sizes");
  if (!galleries.some((gallery) => gallery.children.length > FEW)) return known?.remove();
  const place = known ?? make("div", "sizes");
  if (!known) root.prepend(place);
  place.className = `sizes${root.querySelector(".title:not([hidden])") ? " beside-title" : ""}`;
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", "Size of the pictures");
  const buttons = Object.keys(FACTORS).map((size) => {
    const button = make("button", "size", null, "");
    make("span", `square square-${size.toLowerCase()}`, button);
    Object.assign(button, { type: "button", title: `${size} pictures` });
    button.setAttribute("aria-label", `${size} pictures`);
    button.setAttribute("aria-pressed", String(size === chosenSize()));
    button.onclick = () => {
      keepSize(size);
      resize(galleries);
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    };
    return button;
  });
  place.replaceChildren(...buttons);
}

/** @param {HTMLElement[]} galleries */
function resize(galleries) {
  for (const gallery of galleries) {
    gallery.style.setProperty("--tile", `${sizedTile(Number(gallery.dataset.tile))}px`);
    countColumns(gallery);
  }
}
