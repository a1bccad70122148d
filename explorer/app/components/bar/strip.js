// The case in hand, below the doors: picture, words, run, what work runs, and the ways to the wrong predictions beside it.

import { childrenOf, make, showText } from "../dom/dom.js";
import { everyRoot } from "../dom/focus.js";
import { showKeys } from "../keys/keys.js";
import { showWork } from "./work.js";

/** @import { CasePart, CaseStrip, Link } from "../blocks.d.ts" */

/** @param {Element} root */
function stripIn(root) {
  const strip = make("div", "case", root);
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "The case in hand");
  make("span", "case-about", strip);
  const link = make("a", "case-image", strip);
  link.title = "Explain this prediction";
  make("img", "", link);
  make("span", "case-words", link).setAttribute("aria-live", "polite"); // a key may change it from anywhere
  make("span", "case-run", strip);
  make("span", "case-parts", strip);
  const work = make("a", "work", strip);
  work.hidden = true;
  showWork(work);
  make("a", "prove-case", strip);
  make("span", "moves", strip);
  const keys = make("button", "keys", strip);
  keys.append(make("kbd", "", null, "?"), make("span", "keys-word", null, "Keys"));
  Object.assign(keys, { type: "button", title: "Keys that work on this page (?)", onclick: () => showKeys(root) });
  keys.setAttribute("aria-label", "Keys");
  keys.setAttribute("aria-keyshortcuts", "?");
  return strip;
}

/**
 * Draw the strip; what stands there already stays the same element, so that neither the focus nor a press in the middle of a
 * drawing is lost.
 *
 * @param {Element} root
 * @param {CaseStrip} data
 */
export function drawStrip(root, data) {
  const strip = root.querySelector(".case") ?? stripIn(root);
  const [about, link, run, parts, work, prove, ways] = childrenOf(strip);
  showText(about, data.about);
  strip.classList.toggle("bare", !data.words && !data.about);
  for (const part of [link, run]) part.hidden = !data.words;
  drawParts(parts, data.parts);
  /** @type {HTMLAnchorElement} */ (link).href = data.href;
  const [picture, words] = childrenOf(link);
  if (picture.getAttribute("src") !== data.picture) picture.setAttribute("src", data.picture);
  picture.setAttribute("alt", data.alt);
  words.textContent = data.words;
  run.textContent = `run ${data.run}`;
  showWork(/** @type {HTMLAnchorElement} */ (work));
  drawProof(/** @type {HTMLAnchorElement} */ (prove), data);
  ways.hidden = !(data.previous || data.next || data.position);
  drawWays(ways, data);
}

/**
 * @param {HTMLAnchorElement} link
 * @param {CaseStrip} data
 */
function drawProof(link, { prove, keys }) {
  showText(link, prove?.label ?? "");
  if (prove) link.append(...keyOf(keys ? "P" : ""));
  if (prove) link.href = prove.href;
  link.title = `Leave out the strongest image against it and fit the model again${keys ? " (P)" : ""}`;
  keys ? link.setAttribute("aria-keyshortcuts", "P") : link.removeAttribute("aria-keyshortcuts");
}

/**
 * @param {HTMLElement} place
 * @param {CasePart[]} parts
 */
function drawParts(place, parts) {
  place.hidden = !parts.length;
  while (place.children.length > parts.length) place.lastElementChild?.remove();
  for (const [at, part] of parts.entries()) {
    const link = /** @type {HTMLAnchorElement} */ (place.children[at] ?? make("a", "case-part", place));
    Object.assign(link, { textContent: part.label, title: part.title, href: part.href });
    link.onclick = (event) => part.menu && focusMenu(part.menu) && event.preventDefault();
  }
}

/**
 * Give the focus to the menu of this page that changes a part of the case; return whether it has one.
 *
 * @param {string} name
 */
function focusMenu(name) {
  const found = everyRoot().map((root) => root.querySelector(`select[data-name="${name}"]`));
  const menu = /** @type {HTMLElement | undefined} */ (found.find(Boolean));
  menu?.focus();
  menu?.scrollIntoView({ block: "center" });
  return menu !== undefined;
}

/**
 * @param {HTMLElement} ways
 * @param {CaseStrip} data
 */
function drawWays(ways, data) {
  if (!ways.children.length) {
    make("span", "move", ways);
    make("span", "position", ways);
    make("span", "move", ways);
  }
  const [before, position, after] = childrenOf(ways);
  position.textContent = data.position;
  drawMove(before, "←", data.keys ? "K" : "", data.previous);
  drawMove(after, "→", data.keys ? "J" : "", data.next);
}

/**
 * A key beside what it does; its name is said otherwise.
 *
 * @param {string} key
 */
function keyOf(key) {
  if (!key) return [];
  const shown = make("kbd", "", null, key);
  shown.setAttribute("aria-hidden", "true");
  return [shown];
}

/**
 * @param {HTMLElement} place
 * @param {string} sign
 * @param {string} key
 * @param {Link | null} move
 */
function drawMove(place, sign, key, move) {
  const kept = place.matches("a") === Boolean(move);
  const link = kept ? place : make(move ? "a" : "span", "move");
  if (!kept) place.replaceWith(link);
  link.className = "move";
  const parts = [sign, ...keyOf(move ? key : "")];
  link.replaceChildren(...(sign === "→" ? parts : parts.reverse()));
  if (!move) return link.setAttribute("aria-hidden", "true");
  /** @type {HTMLAnchorElement} */ (link).href = move.href;
  link.title = key ? `${move.label} (${key})` : move.label;
  link.setAttribute("aria-label", move.label);
  key ? link.setAttribute("aria-keyshortcuts", key) : link.removeAttribute("aria-keyshortcuts");
}
