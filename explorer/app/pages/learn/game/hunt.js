// The game's pictures: every one can be flagged, and the flags live in the address, so that a link carries them and
// pupils on one server never mix. A flag needs no round trip.

import { childrenOf, focusedNear, make, pageOf } from "../../../components/dom/dom.js";
import { allShown } from "../../../components/dom/focus.js";
import { keyOnTile } from "../../../components/gallery/cells.js";
import { drawGallery } from "../../../components/gallery/gallery.js";
import { fillTile, tileOf } from "../../../components/gallery/tile.js";
import { describeKeys } from "../../../components/keys/keys.js";
import { flagsOf, withFlags } from "./flags.js";
import { drawShare } from "./share.js";
import { drawStanding } from "./standing.js";

/**
 * @import { HuntBlock, Section } from "../../../components/blocks.d.ts"
 * @import { HuntRoot } from "./types.d.ts"
 */

describeKeys({
  title: "On a picture that can be flagged",
  rows: () => [
    ["← → ↑ ↓", "the picture beside it"],
    ["Enter or Space", "flag it, or take the flag off"],
  ],
  here: () => allShown(".flaggable").length > 0,
});

/**
 * @param {HuntRoot} root
 * @param {HuntBlock} data
 */
function drawHunt(root, data) {
  if (!root.querySelector(".hunt")) {
    const hunt = make("div", "hunt", root);
    for (const part of ["hunt-this", "hunt-galleries", "hunt-flags"]) make("div", part, hunt);
    makeTray(childrenOf(hunt)[2]);
    makeForm(root, make("form", "hunt-form", hunt));
  }
  root.data = data;
  root.flags = flagsOf(new URL(window.location.href).searchParams.get("flags"));
  const [shown, galleries] = childrenOf(root.firstElementChild);
  drawGallery(shown, { sections: [data.image] });
  galleries.replaceChildren(...data.sides.map((side) => sideOf(root, side)));
  galleries.onkeydown = keyOnTile;
  queueMicrotask(() => paintFlags(root)); // the links below this block are drawn after it
}

/**
 * @param {HuntRoot} root
 * @param {Section} side
 */
function sideOf(root, side) {
  const section = make("section", "section");
  make("h3", "title", section, side.title);
  make("p", "text", section, side.text);
  const gallery = make("div", "gallery", section);
  section.style.setProperty("--tile", `${side.tile}px`);
  gallery.setAttribute("role", "group");
  gallery.setAttribute("aria-label", side.label);
  for (const item of side.tiles) {
    const tile = make("button", "tile flaggable", gallery);
    Object.assign(tile, { type: "button", onclick: () => toggleFlag(root, Number(item.id)) });
    tile.append(...tileOf(false).children);
    fillTile(tile, item);
    tile.dataset.id = item.id;
    make("span", "flag-word", tile).setAttribute("aria-hidden", "true");
  }
  if (!side.tiles.length) make("p", "empty", section, side.empty);
  return section;
}

/** @param {HTMLElement} tray */
function makeTray(tray) {
  make("h3", "title", tray).setAttribute("role", "status");
  make("div", "hunt-tray", tray).setAttribute("role", "group");
  tray.lastElementChild.setAttribute("aria-label", "Your flags");
  make("a", "act hand-in", tray, "Hand in");
}

/**
 * @param {HuntRoot} root
 * @param {HTMLFormElement} form
 */
function makeForm(root, form) {
  const label = make("label", "", form, "Found a training picture elsewhere? Its number:");
  const input = make("input", "", label);
  Object.assign(input, { type: "number", min: 0, required: true });
  make("button", "act", form, "Flag it").type = "submit";
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!root.flags.has(Number(input.value))) toggleFlag(root, Number(input.value));
    input.value = "";
  };
}

/**
 * @param {HuntRoot} root
 * @param {number} row
 */
function toggleFlag(root, row) {
  root.flags.delete(row) || root.flags.add(row);
  window.history.replaceState(window.history.state, "", withFlags(window.location.href, root.flags));
  paintFlags(root);
}

/** @param {HuntRoot} root */
function paintFlags(root) {
  const { flags, data } = root;
  for (const tile of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".flaggable"))) {
    const on = flags.has(Number(tile.dataset.id));
    tile.setAttribute("aria-pressed", String(on));
    tile.querySelector(".flag-word").textContent = on ? "⚑ flagged" : "⚐ flag it";
  }
  const [title, tray, hand] = childrenOf(root.querySelector(".hunt-flags"));
  const words = flags.size
    ? `${flags.size} ${flags.size === 1 ? "picture" : "pictures"} flagged`
    : "No picture flagged yet";
  if (title.textContent !== `⚑ ${words}`) title.textContent = `⚑ ${words}`;
  /** @type {HTMLAnchorElement} */ (hand).href = data.hand;
  root.querySelector("input").max = String(data.n - 1);
  const focused = [...tray.children].indexOf(focusedNear(root));
  tray.replaceChildren(...[...flags].sort((a, b) => a - b).map((row) => flagOf(root, row)));
  (childrenOf(tray)[focused] ?? (focused < 0 ? null : childrenOf(tray).at(-1)))?.focus();
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = pageOf(root).querySelectorAll("a[href*='view=game']");
  for (const link of links) link.href = withFlags(link.href, flags);
}

/**
 * @param {HuntRoot} root
 * @param {number} row
 */
function flagOf(root, row) {
  const button = make("button", "flag-taken");
  const image = make("img", "small", button);
  Object.assign(image, { src: `${root.data.thumbs}/${row}`, alt: `training picture ${row}` });
  Object.assign(button, {
    type: "button",
    title: `Take the flag off picture ${row}`,
    onclick: () => toggleFlag(root, row),
  });
  button.setAttribute("aria-label", button.title);
  return button;
}

export const kinds = { hunt: drawHunt, share: drawShare, standing: drawStanding };
