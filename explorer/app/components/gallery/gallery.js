// Galleries of pictures side by side: sections and tiles are reused from one drawing to the next, so nothing flashes.

import { childrenOf, make, showText, targetElement, trim } from "../dom/dom.js";
import { drawActs } from "../image_actions/image_actions.js";

/** @import { GalleryBlock, Section, Tile } from "../blocks.d.ts" */

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
  image.alt = item.alt;
  tile.title = item.alt;
  tile.classList.remove("chosen");
  if (item.href) {
    /** @type {HTMLAnchorElement} */ (tile).href = item.href;
    tile.dataset.id = item.id;
  }
  const lines = [...tile.querySelectorAll(".line")];
  item.lines.forEach((text, row) => {
    const line = lines[row] ?? make("span", "line", tile);
    line.className = `line${row === 0 ? " first" : row === 2 ? " words" : ""}${row === 1 && item.sign ? ` ${item.sign}` : ""}`;
    line.textContent = text;
  });
  for (const line of lines.slice(item.lines.length)) line.remove();
}

/**
 * @param {HTMLElement} gallery
 * @param {Tile[]} items
 */
export function fillTiles(gallery, items) {
  trim(gallery, items.length);
  items.forEach((item, index) => {
    let tile = childrenOf(gallery)[index];
    if (!tile || (tile.tagName === "A") !== Boolean(item.href)) {
      const made = tileOf(Boolean(item.href));
      tile ? tile.replaceWith(made) : gallery.append(made);
      tile = made;
    }
    fillTile(tile, item);
  });
}

function sectionOf() {
  const section = make("section", "section");
  make("h3", "title", section);
  make("p", "text", section);
  make("div", "gallery", section).setAttribute("role", "group");
  make("p", "empty", section);
  make("dl", "facts", section);
  make("div", "beside", section);
  return section;
}

/**
 * @param {HTMLElement} section
 * @param {Section} data
 */
function fillSection(section, data) {
  const [title, text, gallery, empty, facts, beside] = childrenOf(section);
  showText(title, data.title);
  showText(text, data.text);
  showText(empty, data.tiles.length ? "" : data.empty);
  section.style.setProperty("--tile", `${data.tile}px`);
  gallery.classList.toggle("single", data.single);
  gallery.setAttribute("aria-label", data.label);
  fillTiles(gallery, data.tiles);
  facts.hidden = !data.facts.length;
  facts.replaceChildren();
  for (const [name, value, sign = ""] of data.facts) {
    make("dt", "", facts).textContent = name;
    make("dd", sign, facts).textContent = value;
  }
  data.acts ? drawActs(beside, data.acts) : beside.replaceChildren();
  section.classList.toggle("narrow", data.single);
}

/** @param {KeyboardEvent} event */
export function move(event) {
  const chosen = targetElement(event).closest(".tile");
  if (!chosen) return;
  const tiles = childrenOf(chosen.parentElement);
  const here = tiles.indexOf(/** @type {HTMLElement} */ (chosen));
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  /** @type {Record<string, number>} */
  const steps = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -here,
    End: tiles.length - 1 - here,
  };
  const next = tiles[here + steps[event.key]];
  if (event.key in steps && next) {
    event.preventDefault();
    next.focus();
  }
}

/**
 * @param {HTMLElement} root
 * @param {Pick<GalleryBlock, "sections">} data
 */
export function drawGallery(root, data) {
  root.classList.add("sections");
  trim(root, data.sections.length);
  const known = childrenOf(root);
  for (const [index, section] of data.sections.entries()) {
    fillSection(known[index] ?? root.appendChild(sectionOf()), section);
  }
  root.onkeydown = move;
}
