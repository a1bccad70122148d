// Galleries of pictures side by side: sections and tiles are reused from one drawing to the next, so nothing flashes.

import { joinChoice } from "../choice_bar/picking.js";
import { childrenOf, make, pageOf, showText, targetElement } from "../dom/dom.js";
import { drawActs } from "../image_actions/image_actions.js";
import { refreshLightbox, reopenLightbox } from "../lightbox/lightbox.js";
import { prepareMaps } from "../lightbox/warm.js";
import { fillTiles, keyOnTile } from "./cells.js";
import { chosenTiles, drawOrder } from "./order.js";
import { showRows } from "./rows.js";
import { drawSizes, sizedTile } from "./sizes.js";
import { oneStop } from "./stop.js";
import { setAbout } from "./tile.js";

/** @import { GalleryBlock, Section } from "../blocks.d.ts" */

function sectionOf() {
  const section = make("section", "section");
  make("h3", "title", section);
  make("p", "text", section);
  const gallery = make("div", "gallery", section);
  gallery.setAttribute("role", "group");
  gallery.addEventListener("focusin", (event) => oneStop(gallery, targetElement(event).closest(".tile")));
  const more = make("div", "more-place", section);
  make("button", "act more", more).type = "button";
  make("div", "order", more);
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
  const [title, text, gallery, more, , facts, beside] = childrenOf(section);
  showText(title, data.title);
  showText(text, data.text);
  section.style.setProperty("--tile", `${data.tile}px`);
  gallery.style.setProperty("--tile", `${data.single ? data.tile : sizedTile(data.tile)}px`);
  gallery.dataset.tile = String(data.tile);
  gallery.classList.toggle("single", data.single);
  gallery.setAttribute("aria-label", data.label);
  setAbout(gallery, data.about);
  fillGallery(section, data);
  drawOrder(/** @type {HTMLElement} */ (more.lastElementChild), data, () => fillGallery(section, data));
  facts.hidden = !data.facts.length;
  facts.replaceChildren();
  for (const [name, value, sign = ""] of data.facts) {
    make("dt", "", facts).textContent = name;
    make("dd", sign, facts).textContent = value;
  }
  data.acts ? drawActs(beside, data.acts) : beside.replaceChildren();
  section.classList.toggle("narrow", data.single);
}

/**
 * @param {HTMLElement} section
 * @param {Section} data
 */
function fillGallery(section, data) {
  const [, , gallery, more, empty] = childrenOf(section);
  const tiles = chosenTiles(data);
  fillTiles(gallery, tiles);
  showRows(gallery, more, data.rows, data.label);
  showText(empty, data.tiles.length ? (tiles.length ? "" : "Nothing here fits.") : data.empty);
}

/**
 * @param {HTMLElement} root
 * @param {Pick<GalleryBlock, "sections">} data
 */
export function drawGallery(root, data) {
  root.classList.add("sections");
  const known = childrenOf(root).filter((each) => each.matches(".section"));
  for (const section of known.splice(data.sections.length)) section.remove();
  for (const [index, section] of data.sections.entries()) {
    fillSection(known[index] ?? root.appendChild(sectionOf()), section);
  }
  drawSizes(root);
  root.onkeydown = keyOnTile;
  joinChoice(root);
  refreshLightbox(pageOf(root));
  reopenLightbox(root);
  prepareMaps(root);
}
