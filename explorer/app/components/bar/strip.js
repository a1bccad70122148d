// The case in hand, below the doors: picture, words, run, what work runs, and the ways to the wrong predictions beside it.

import { childrenOf, make } from "../dom/dom.js";
import { showWork } from "./work.js";

/** @import { CaseStrip, Link } from "../blocks.d.ts" */

/** @param {Element} root */
function stripIn(root) {
  const strip = make("div", "case", root);
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "The case in hand");
  const link = make("a", "case-image", strip);
  link.title = "Explain this prediction";
  make("img", "", link);
  make("span", "case-words", link);
  make("span", "case-run", strip);
  const work = make("a", "work", strip);
  work.hidden = true;
  showWork(work);
  make("a", "prove-case", strip);
  make("span", "moves", strip);
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
  const [link, run, work, prove, ways] = childrenOf(strip);
  /** @type {HTMLAnchorElement} */ (link).href = data.href;
  const [picture, words] = childrenOf(link);
  if (picture.getAttribute("src") !== data.picture) picture.setAttribute("src", data.picture);
  picture.setAttribute("alt", data.alt);
  words.textContent = data.words;
  run.textContent = `run ${data.run}`;
  showWork(/** @type {HTMLAnchorElement} */ (work));
  /** @type {HTMLAnchorElement} */ (prove).href = data.prove.href;
  prove.textContent = data.prove.label;
  prove.title = `Leave out the strongest image against it and fit the model again${data.keys ? " (P)" : ""}`;
  data.keys ? prove.setAttribute("aria-keyshortcuts", "P") : prove.removeAttribute("aria-keyshortcuts");
  drawWays(ways, data);
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
  link.textContent = sign;
  if (!move) return link.setAttribute("aria-hidden", "true");
  /** @type {HTMLAnchorElement} */ (link).href = move.href;
  link.title = key ? `${move.label} (${key})` : move.label;
  link.setAttribute("aria-label", move.label);
  key ? link.setAttribute("aria-keyshortcuts", key) : link.removeAttribute("aria-keyshortcuts");
}
