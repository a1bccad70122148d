// The sheet of the keys that do something on the page: each part of the page describes its own.

import { make } from "../dom/dom.js";
import { allShown } from "../dom/focus.js";

/**
 * Keys of one part of a page: where they work, and what each does.
 *
 * @typedef {{ title: string, rows: () => string[][], here: () => boolean }} KeyGroup
 */

const EVERYWHERE = [
  ["Tab", "to the next; the first ones skip to the page and to its pictures"],
  ["Esc", "closes what is open"],
  ["?", "shows these keys"],
];
/** @type {Map<string, KeyGroup>} */
const groups = new Map();

/**
 * Say what keys do in a part of the page; the part that says it last under one title counts.
 *
 * @param {KeyGroup} group
 */
export function describeKeys(group) {
  groups.set(group.title, group);
}

/** @returns {[string, string[][]][]} titles and rows of what works on the page that is open */
export function keysHere() {
  const here = [...groups.values()].filter((group) => group.here());
  return [
    ...here.map(({ title, rows }) => /** @type {[string, string[][]]} */ ([title, rows()])),
    ["Everywhere", EVERYWHERE],
  ];
}

/** @type {HTMLDialogElement | null} */
let sheet = null;
let openedAt = ""; // path of the page

/** Whether the sheet is open, or will be again once its place is drawn: no other key acts meanwhile. */
export function keysAreShown() {
  return Boolean(sheet?.open);
}

/**
 * Show the sheet again where the place that it was open in has been drawn anew; on another page it is closed.
 *
 * @param {Element} root of the component that is drawn: of the bar, or of blocks
 */
export function keepKeys(root) {
  if (!sheet?.open || sheet.matches(":modal")) return;
  if (openedAt === window.location.pathname) showKeys(root);
  else sheet.close();
}

/**
 * Show the sheet.
 *
 * @param {Element} root of the component that shall have it
 */
export function showKeys(root) {
  // A presentation hides the bar; beside the blocks of its page, since what is drawn anew removes what it has not drawn.
  const isBar = root.getClientRects().length && !root.matches(".blocks");
  const place = isBar ? root : (allShown(".blocks")[0] ?? root).parentNode;
  if (!sheet || sheet.parentNode !== place) {
    sheet?.remove();
    sheet = make("dialog", "key-sheet");
    place?.append(sheet);
    sheet.setAttribute("aria-label", "Keys");
    const dialog = sheet;
    dialog.onclick = ({ target }) => target === dialog && dialog.close(); // beside the sheet
    dialog.onkeydown = (event) => event.stopPropagation(); // no key of the page below is meant
  } else if (sheet.open) sheet.close(); // taken out and put back: open, and no longer above the page
  fill(sheet);
  openedAt = window.location.pathname;
  sheet.showModal();
}

/** @param {HTMLDialogElement} dialog */
function fill(dialog) {
  const box = make("div", "key-groups");
  for (const [title, rows] of keysHere()) {
    const part = make("section", "", box);
    make("h3", "title", part, title);
    const list = make("dl", "facts", part);
    for (const [key, words] of rows) {
      make("dt", "", list).append(
        ...key.split(" ").map((word) => make(/^(or|with)$/.test(word) ? "span" : "kbd", "", null, word)),
      );
      make("dd", "", list, words);
    }
  }
  const close = make("button", "act", null, "Close");
  Object.assign(close, { type: "button", onclick: () => dialog.close() });
  dialog.replaceChildren(box, close);
}
