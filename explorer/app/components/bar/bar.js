// The bar above every page: doors, the pages behind the open one, and the case in hand with its keys.

import { make, targetElement } from "../dom/dom.js";
import { visit } from "../dom/navigation.js";
import { askNow, showWork } from "./work.js";

/** @import { BarBlock, CaseStrip, Link, Tab } from "../blocks.d.ts" */

/** @type {Record<string, string>} */
let moves = {}; // key to the address where it leads, as the bar was last drawn

/**
 * @param {Element} root
 * @param {string} className
 * @param {string} label
 * @param {Tab[]} tabs
 */
function drawLinks(root, className, label, tabs) {
  const nav = make("nav", className, root);
  nav.setAttribute("aria-label", label);
  for (const tab of tabs) {
    const link = make("a", "way", nav, tab.label);
    link.href = tab.href;
    link.dataset.label = tab.label;
    if (tab.open) link.setAttribute("aria-current", className === "doors-of-bar" ? "true" : "page");
  }
}

/**
 * @param {Element} parent
 * @param {string} sign
 * @param {string} key
 * @param {Link | null} move
 */
function drawMove(parent, sign, key, move) {
  const link = make(move ? "a" : "span", "move", parent, sign);
  if (!move) return link.setAttribute("aria-hidden", "true");
  /** @type {HTMLAnchorElement} */ (link).href = move.href;
  link.title = key ? `${move.label} (${key})` : move.label;
  link.setAttribute("aria-label", move.label);
  if (key) link.setAttribute("aria-keyshortcuts", key);
}

/**
 * @param {Element} root
 * @param {CaseStrip} data
 */
function drawCase(root, data) {
  const strip = make("div", "case", root);
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "The case in hand");
  const link = make("a", "case-image", strip);
  link.href = data.href;
  link.title = "Explain this prediction";
  const picture = make("img", "", link);
  picture.src = data.picture;
  picture.alt = data.alt;
  make("span", "case-words", link, data.words);
  make("span", "case-run", strip, `run ${data.run}`);
  const work = make("a", "work", strip);
  work.hidden = true;
  showWork(work);
  const ways = make("span", "moves", strip);
  drawMove(ways, "←", data.keys ? "K" : "", data.previous);
  make("span", "position", ways, data.position);
  drawMove(ways, "→", data.keys ? "J" : "", data.next);
}

/** @param {ParentNode} root */
function everyRoot(root) {
  /** @type {ParentNode[]} */
  const roots = [root];
  for (const element of root.querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
  return roots;
}

function toTheTitle() {
  for (const root of everyRoot(document)) {
    const title = root.querySelector("h1");
    if (!title) continue;
    title.tabIndex = -1;
    title.focus();
    title.scrollIntoView({ block: "center" });
    return;
  }
}

/** @param {HTMLElement} root */
function drawSkip(root) {
  const skip = make("button", "skip", root, "Skip to the page");
  Object.assign(skip, { type: "button", onclick: toTheTitle });
}

/**
 * @param {HTMLElement} root
 * @param {BarBlock} data
 */
export function drawBar(root, data) {
  root.replaceChildren();
  const bar = make("div", "bar", root);
  drawSkip(bar);
  drawLinks(bar, "doors-of-bar", "What you want to do", data.doors);
  if (data.pages.length > 1) drawLinks(bar, "pages-of-bar", "Pages", data.pages);
  if (data.case) drawCase(root, data.case);
  moves = data.case?.keys
    ? Object.fromEntries(
        [
          ["j", data.case.next],
          ["k", data.case.previous],
        ].flatMap(([key, link]) => (link ? [[key, /** @type {Link} */ (link).href]] : [])),
      )
    : {};
}

/**
 * Whether a key that a person presses here is meant as text, or as a key of a menu or a figure.
 *
 * @param {HTMLElement} target
 */
export function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const address = moves[event.key.toLowerCase()];
  const target = /** @type {HTMLElement} */ (event.composedPath()[0] ?? targetElement(event));
  if (!address || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(target)) return;
  event.preventDefault();
  visit(address);
}

document.addEventListener("keydown", pressed);
document.addEventListener("visibilitychange", askNow);

export const kinds = { bar: drawBar };
