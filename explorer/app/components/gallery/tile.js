// A tile: a picture, the link behind it, and what is known of it. Tiles are reused from one drawing to the next.

import { make } from "../dom/dom.js";

/** @import { Tile } from "../blocks.d.ts" */

const FILE_END = 9; // letters of a file's name that stay where it is too long: its number and its ending
/** @type {WeakMap<Element, Tile>} */
const items = new WeakMap();

/**
 * Return what a tile shows.
 *
 * @param {Element} tile
 */
export function itemOf(tile) {
  return items.get(tile);
}

/** The picture that all of a gallery are about, where it stands in another element of the page. @type {WeakMap<Element, Tile>} */
const abouts = new WeakMap();

/** @param {Element} gallery */
export function aboutOf(gallery) {
  return abouts.get(gallery) ?? null;
}

/**
 * @param {Element} gallery
 * @param {Tile | null} item
 */
export function setAbout(gallery, item) {
  item ? abouts.set(gallery, item) : abouts.delete(gallery);
}

/** @param {boolean} linked */
export function tileOf(linked) {
  const tile = make(linked ? "a" : "div", "tile");
  const frame = make("div", "frame", tile);
  const image = make("img", "", frame);
  image.decoding = "async";
  image.onload = () => ready(image);
  return tile;
}

/** @param {HTMLImageElement} image */
export function ready(image) {
  image.parentElement.classList.add("ready");
  image.classList.toggle("small", image.naturalWidth <= 64);
}

/**
 * @param {HTMLElement} tile
 * @param {Tile} item
 */
export function fillTile(tile, item) {
  const image = tile.querySelector("img");
  if (image.dataset.source !== item.src) {
    tile.firstElementChild.classList.toggle("ready", Boolean(item.inline));
    image.dataset.source = item.src;
    image.src = item.inline || item.src;
  }
  image.alt = [item.alt, ...item.marks].join(", ");
  tile.title = [image.alt, item.file].filter(Boolean).join("\n");
  tile.classList.remove("chosen");
  if (item.href) {
    /** @type {HTMLAnchorElement} */ (tile).href = item.href;
    tile.dataset.id = item.id;
  }
  items.set(tile, item);
  drawMarks(tile, item.marks);
  drawBar(tile, item.bar);
  drawLines(tile, item);
  drawFile(tile, item.file);
}

/**
 * @param {HTMLElement} tile
 * @param {string[]} marks
 */
function drawMarks(tile, marks) {
  const known = tile.querySelector(".knowns");
  if (!marks.length) return known?.remove();
  const place = known ?? make("span", "knowns", tile.firstElementChild);
  place.setAttribute("aria-hidden", "true"); // the picture's own words say them
  place.replaceChildren(...marks.map((mark) => make("span", "known", null, mark)));
}

/**
 * @param {HTMLElement} tile
 * @param {number | null} share
 */
function drawBar(tile, share) {
  const known = /** @type {HTMLElement} */ (tile.querySelector(".effect"));
  if (share === null) return known?.remove();
  const bar = known ?? make("span", "effect");
  if (!known) tile.firstElementChild.after(bar);
  bar.className = `effect ${share < 0 ? "harmful" : "helpful"}`;
  bar.style.setProperty("--share", `${100 * Math.min(1, Math.abs(share))}%`);
}

/**
 * @param {HTMLElement} tile
 * @param {Tile} item
 */
function drawLines(tile, item) {
  const lines = [...tile.querySelectorAll(".line")];
  item.lines.forEach((text, row) => {
    const line = lines[row] ?? make("span", "line", tile);
    line.className = `line${row === 0 ? " first" : row === 2 ? " words" : ""}${row === 1 && item.sign ? ` ${item.sign}` : ""}`;
    line.textContent = text;
  });
  for (const line of lines.slice(item.lines.length)) line.remove();
}

/**
 * @param {HTMLElement} tile
 * @param {string} file
 */
function drawFile(tile, file) {
  tile.querySelector(".file")?.remove();
  if (!file) return;
  const label = make("span", "file");
  label.append(...nameParts(file).map((part) => make("span", "", null, part)));
  const first = tile.querySelector(".line");
  first ? first.after(label) : tile.append(label);
}

/**
 * Return the name of a file without its folders in two parts; of a long one the first may be cut short.
 *
 * @param {string} file
 * @returns {[string, string]}
 */
export function nameParts(file) {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const letters = [...name];
  if (letters.length <= 2 * FILE_END) return [name, ""];
  return [letters.slice(0, -FILE_END).join(""), letters.slice(-FILE_END).join("")];
}
