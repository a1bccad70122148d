// The bar above every page: doors, the pages behind the open one, and the case in hand with its keys.

import { childrenOf, make } from "../dom/dom.js";
import { isPlainKey } from "../dom/focus.js";
import { begin, end, visit } from "../dom/navigation.js";
import { describeKeys, keepKeys, keysAreShown, showKeys } from "../keys/keys.js";
import { watchMoves } from "./answers.js";
import { aimAt, drawn, moved } from "./landing.js";
import { culprit, drawSkips } from "./skips.js";
import { drawStrip } from "./strip.js";
import { askNow } from "./work.js";

/** @import { BarBlock, CaseStrip, Link, Tab } from "../blocks.d.ts" */

/** @type {Record<string, string>} */
let moves = {}; // key to the address where it leads, as the bar was last drawn
let hasKeys = false; // whether the page leaves these keys to the bar
/** @type {HTMLElement | null} */
let block = null; // the bar's own, which holds the sheet of keys
/** What each key does, where it does something. */
const MEANINGS = [
  ["j", "the next wrong prediction of this class"],
  ["k", "the one before"],
  ["p", "prove it: leave out the strongest image against it and fit the model again"],
  ["w", "the strongest image against it, large, and where its score lies"],
];
const READY = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]";
let again = false; // whether a move is sent again
/** @type {number | undefined} */
let timer;

const watch = watchMoves({
  address: () => window.location.href,
  ready: () => document.querySelector(READY) !== null,
  send: () => {
    again = true;
    window.dispatchEvent(new PopStateEvent("popstate"));
    again = false;
  },
  later: (act, wait) => {
    clearTimeout(timer);
    timer = window.setTimeout(act, wait);
  },
});

/**
 * Draw the links of a part of the bar; where they are the same as before, each stays the same element, so that neither the focus
 * nor a press in the middle of a drawing is lost.
 *
 * @param {HTMLElement} nav
 * @param {Tab[]} tabs
 */
function drawLinks(nav, tabs) {
  const labels = childrenOf(nav).map((link) => link.dataset.label);
  if (labels.join("\n") !== tabs.map((tab) => tab.label).join("\n")) nav.replaceChildren(...tabs.map(linkOf));
  for (const [row, link] of childrenOf(nav).entries()) {
    /** @type {HTMLAnchorElement} */ (link).href = tabs[row].href;
    link.className = "way";
    link.removeAttribute("aria-current");
    if (tabs[row].open) link.setAttribute("aria-current", nav.matches(".doors-of-bar") ? "true" : "page");
  }
}

/** @param {Tab} tab */
function linkOf(tab) {
  const link = make("a", "way", null, tab.label);
  link.dataset.label = tab.label;
  return link;
}

/** @param {Element} root */
function barIn(root) {
  const bar = make("div", "bar", root);
  drawSkips(bar);
  make("nav", "doors-of-bar", bar).setAttribute("aria-label", "What you want to do");
  make("nav", "pages-of-bar", bar).setAttribute("aria-label", "Pages");
  return bar;
}

/**
 * @param {HTMLElement} root
 * @param {BarBlock} data
 */
export function drawBar(root, data) {
  const [doors, pages] = childrenOf(root.querySelector(".bar") ?? barIn(root)).slice(-2);
  block = root;
  drawLinks(doors, data.doors);
  pages.hidden = data.pages.length < 2;
  drawLinks(pages, pages.hidden ? [] : data.pages);
  data.case ? drawStrip(root, data.case) : root.querySelector(".case")?.remove();
  hasKeys = data.case?.keys ?? false;
  moves = hasKeys ? keysOf(data.case) : {};
  watch.answered(data.address);
  keepKeys(root);
  drawn();
}

/** @param {CaseStrip} data */
function keysOf({ previous, next, prove }) {
  /** @type {[string, Link | null][]} */
  const links = [
    ["j", next],
    ["k", previous],
    ["p", prove],
  ];
  return Object.fromEntries(links.flatMap(([key, link]) => (link ? [[key, link.href]] : [])));
}

/** Rows of the sheet for the keys that lead somewhere. */
function caseKeys() {
  const known = MEANINGS.filter(([key]) => key in moves || (key === "w" && culprit()));
  return known.map(([key, words]) => [key.toUpperCase(), words]);
}

/** Show the strongest image and where its score lies: the key of a tile, from anywhere on the page. */
function showWhere() {
  const tile = culprit();
  tile?.focus();
  tile?.dispatchEvent(new KeyboardEvent("keydown", { key: "w", bubbles: true, cancelable: true }));
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const key = event.key.toLowerCase();
  if (!isPlainKey(event) || keysAreShown()) return;
  if (!(key === "?" || key in moves || (key === "w" && hasKeys))) return;
  event.preventDefault();
  if (key === "?") showKeys(block);
  else if (key === "w") showWhere();
  else {
    aimAt(key === "p" ? "proof" : "culprit");
    visit(moves[key]);
  }
}

describeKeys({ title: "The case in hand", rows: caseKeys, here: () => hasKeys });
document.addEventListener("keydown", pressed);
document.addEventListener("visibilitychange", askNow);
document.addEventListener("pointerdown", begin, true);
document.addEventListener("pointerup", end, true);
window.addEventListener("popstate", () => {
  if (again) return;
  watch.moved();
  moved();
});

export const kinds = { bar: drawBar };
