// A dialog that fills the screen: a picture, and beside it the one that it is about. Arrows go through the page's gallery.

import { make, pageOf } from "../dom/dom.js";
import { aboutOf, itemOf } from "../gallery/tile.js";
import { placeOf } from "./addresses.js";
import { decideOf, press, showDecide } from "./decide.js";
import { fillPanel, panelOf } from "./panel.js";
import { remember, remembered } from "./remembered.js";
import { start } from "./warm.js";
import { hasMap, showWhere } from "./where.js";

/**
 * @import { PageRoot } from "../component.d.ts"
 * @import { Lightbox } from "./types.d.ts"
 */

/** The lightbox that was opened last: a page has one for each of its elements. @type {Lightbox | null} */
let latest = null;

/**
 * Open the lightbox on a tile; `where` also lays the map of its score over both pictures.
 *
 * @param {HTMLElement} tile
 * @param {boolean} [where]
 */
export function openLightbox(tile, where = false) {
  const page = pageOf(tile);
  page.lightbox ??= lightboxOf(page);
  const box = page.lightbox;
  latest = box;
  gather(box, tile);
  box.opened = tile;
  box.where = where;
  box.dialog.showModal();
  box.dialog.focus();
  show(box);
  const pair = hasMap(box) && placeOf(box.panels[1].item);
  if (pair && !where) start(pair.run);
}

/**
 * Show the open lightbox again after the page was drawn; it closes where its picture is gone.
 *
 * @param {PageRoot | null} page
 */
export function refreshLightbox(page) {
  const box = page?.lightbox;
  if (!box?.dialog.open) return;
  const tile = box.tiles[box.at];
  if (!tile.isConnected || itemOf(tile)?.src !== box.panels[box.anchor ? 1 : 0].item?.src) return box.dialog.close();
  gather(box, tile);
  show(box);
}

/**
 * Open the lightbox where the address wants one of these pictures large and none is open.
 *
 * @param {HTMLElement} galleries
 */
export function reopenLightbox(galleries) {
  const wanted = remembered(window.location.href);
  if (!wanted || (latest?.dialog.isConnected && latest.dialog.open)) return;
  const tiles = /** @type {HTMLElement[]} */ ([...galleries.querySelectorAll(".cell > .tile")]);
  const tile = tiles.find((each) => {
    const place = placeOf(itemOf(each));
    return place?.side === wanted.side && place.index === wanted.index;
  });
  if (tile) openLightbox(tile, wanted.where);
}

/**
 * @param {Lightbox} box
 * @param {HTMLElement} tile
 */
function gather(box, tile) {
  const block = tile.closest(".sections") ?? tile.closest(".gallery");
  const all = /** @type {HTMLElement[]} */ ([...block.querySelectorAll(".tile")]);
  const anchor = all.find((each) => each.closest(".gallery.single"));
  box.tiles = anchor === tile ? all : all.filter((each) => each !== anchor);
  box.at = box.tiles.indexOf(tile);
  const about = anchor ? null : aboutOf(tile.closest(".gallery"));
  box.anchor = anchor && anchor !== tile ? itemOf(anchor) : about;
}

/** @param {Lightbox} box */
function show(box) {
  const { anchor, tiles, at, buttons } = box;
  const item = itemOf(tiles[at]);
  const both = anchor ? [anchor, item] : [item, null];
  for (const [place, panel] of box.panels.entries()) fillPanel(panel, both[place]);
  const label = tiles[at].closest(".gallery").getAttribute("aria-label");
  box.place.textContent = `${(at + 1).toLocaleString("en")} of ${tiles.length.toLocaleString("en")} · ${label}`;
  box.dialog.setAttribute("aria-label", `Large picture: ${item.alt}`);
  buttons.previous.disabled = at === 0;
  buttons.next.disabled = at === tiles.length - 1;
  buttons.where.hidden = !hasMap(box);
  if (buttons.where.hidden) box.where = false;
  buttons.where.setAttribute("aria-pressed", String(box.where));
  buttons.where.classList.toggle("on", box.where);
  remember(item, box.where);
  showWhere(box);
  showDecide(pageOf(tiles[at]), box, item);
}

/**
 * @param {Lightbox} box
 * @param {number} at
 */
function goTo(box, at) {
  if (!(at in box.tiles) || at === box.at) return;
  gather(box, box.tiles[at]);
  show(box);
}

/** @param {Lightbox} box */
function toggleWhere(box) {
  if (box.buttons.where.hidden) return;
  box.where = !box.where;
  show(box);
}

/**
 * @param {PageRoot} page
 * @returns {Lightbox}
 */
function lightboxOf(page) {
  const dialog = make("dialog", "lightbox");
  page.after(dialog);
  dialog.tabIndex = -1;
  const head = make("div", "lightbox-head", dialog);
  const place = make("p", "lightbox-place", head);
  place.setAttribute("role", "status");
  const pictures = make("div", "lightbox-pictures", dialog);
  const decide = decideOf(make("div", "lightbox-foot", dialog));
  const note = make("p", "lightbox-note", dialog);
  note.setAttribute("role", "status");
  const buttons = {
    where: buttonOf(head, "Where in the picture? (W)"),
    previous: buttonOf(head, "← Previous"),
    next: buttonOf(head, "Next →"),
    close: buttonOf(head, "Close (Esc)"),
  };
  /** @type {Lightbox} */
  const box = {
    dialog,
    place,
    note,
    buttons,
    panels: [panelOf(pictures), panelOf(pictures)],
    decide,
    anchor: null,
    tiles: [],
    at: 0,
    opened: null,
    where: false,
  };
  attend(box);
  return box;
}

/**
 * @param {HTMLElement} parent
 * @param {string} label
 */
function buttonOf(parent, label) {
  const button = make("button", "act", parent, label);
  button.type = "button";
  return button;
}

/** @param {Lightbox} box */
function attend(box) {
  const { dialog, buttons } = box;
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => goTo(box, box.at - 1),
    ArrowRight: () => goTo(box, box.at + 1),
    Home: () => goTo(box, 0),
    End: () => goTo(box, box.tiles.length - 1),
    w: () => toggleWhere(box),
    l: () => dialog.close(),
  };
  buttons.where.onclick = keys.w;
  buttons.previous.onclick = keys.ArrowLeft;
  buttons.next.onclick = keys.ArrowRight;
  buttons.close.onclick = keys.l;
  dialog.onkeydown = (event) => {
    event.stopPropagation(); // no key of the page below is meant
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (keys[key]) keys[key]();
    else if (event.repeat || !press(pageOf(box.tiles[box.at]), box.decide, key)) return;
    event.preventDefault();
  };
  dialog.onclose = () => {
    if (dialog.open) return; // opened again meanwhile
    remember(null);
    if (box.tiles[box.at] !== box.opened) box.tiles[box.at]?.focus();
  };
}
