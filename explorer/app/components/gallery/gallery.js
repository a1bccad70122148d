// Galleries of pictures side by side: sections and tiles are reused from one drawing to the next, so nothing flashes.

import { joinChoice } from "../choice_bar/picking.js";
import { childrenOf, make, pageOf, showText } from "../dom/dom.js";
import { drawActs } from "../image_actions/image_actions.js";
import { refreshLightbox } from "../lightbox/lightbox.js";
import { prepareMaps } from "../lightbox/warm.js";
import { fillTiles, keyOnTile } from "./cells.js";
import { showRows } from "./rows.js";
import { drawSizes, sizedTile } from "./sizes.js";

/** @import { GalleryBlock, Section } from "../blocks.d.ts" */

function sectionOf() {
  const section = make("section", "section");
  make("h3", "title", section);
  make("p", "text", section);
  make("div", "gallery", section).setAttribute("role", "group");
  make("div", "more-place", section);
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
  const [title, text, gallery, more, empty, facts, beside] = childrenOf(section);
  showText(title, data.title);
  showText(text, data.text);
  showText(empty, data.tiles.length ? "" : data.empty);
  section.style.setProperty("--tile", `${data.tile}px`);
  gallery.style.setProperty("--tile", `${data.single ? data.tile : sizedTile(data.tile)}px`);
  gallery.dataset.tile = String(data.tile);
  gallery.classList.toggle("single", data.single);
  gallery.setAttribute("aria-label", data.label);
  fillTiles(gallery, data.tiles);
  showRows(gallery, more, data.rows, data.label);
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
  prepareMaps(root);
}
