// Words of the glossary: the first occurrence of each is underlined, and says what it means on hover and on focus.

import { make, targetElement } from "../dom/dom.js";
import { built } from "../markdown/markdown_text.js";

/**
 * @import { Node } from "../blocks.d.ts"
 * @import { Hint, PageRoot } from "../component.d.ts"
 */

// The same places as term_hints.py reads, and within them what is no sentence or redraws itself.
const SENTENCES =
  ".question, .notice, .menu > span, .menu-note, .text, .empty, .facts dt, .tab, .caption, [data-kind=text] > p, [data-kind=tug] > p, .prose";
const NO_SENTENCES = "[data-kind=review], button, h2, h3, h4, code, pre, math, .word";
const WINDOW_EDGE = 8; // pixels between a meaning and the edge of the window
const LINGER = 150; // ms in which a hand gets from a word to its meaning

/**
 * @param {PageRoot} root
 * @param {Node[][]} words
 */
export function drawWords(root, words) {
  root.meanings = new Map(words.map(([form, ...meaning]) => [String(form), meaning]));
  const forms = [...root.meanings.keys()]
    .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .sort((one, other) => other.length - one.length);
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${forms.join("|")})(?![\\p{L}\\p{N}_-])`, "gu");
  const open = new Set(root.meanings.keys());
  if (open.size) for (const text of textsOf(root)) underline(text, pattern, open);
  if (!root.tip) attend(root);
  closeTip(root.tip);
}

/**
 * @param {HTMLElement} root
 * @returns {Text[]}
 */
function textsOf(root) {
  /** @type {Text[]} */
  const found = [];
  for (const sentence of root.querySelectorAll(SENTENCES)) {
    const texts = document.createTreeWalker(sentence, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
      if (!texts.currentNode.parentElement.closest(NO_SENTENCES)) found.push(/** @type {Text} */ (texts.currentNode));
  }
  return found;
}

/**
 * @param {Text} text
 * @param {RegExp} pattern
 * @param {Set<string>} open
 */
function underline(text, pattern, open) {
  for (const { 0: form, index } of text.data.matchAll(pattern)) {
    if (!open.delete(form)) continue;
    const said = text.splitText(index);
    const rest = said.splitText(form.length);
    const word = make("dfn", "word");
    if (!text.parentElement.closest("a")) word.tabIndex = 0; // a word of a link speaks when the link has the focus
    said.replaceWith(word);
    word.append(said);
    return underline(rest, pattern, open);
  }
}

/** @param {PageRoot} root */
function attend(root) {
  const tip = /** @type {Hint} */ (make("div", "meaning"));
  root.tip = tip;
  root.after(tip);
  Object.assign(tip, { id: "meaning", popover: "manual" });
  tip.setAttribute("role", "tooltip");
  root.addEventListener("focusin", (event) => {
    const target = targetElement(event);
    const word = /** @type {HTMLElement} */ (
      target.matches(".word, a") && (target.closest(".word") ?? target.querySelector(".word"))
    );
    if (word && target.matches(":focus-visible")) openTip(root, word, target);
  });
  root.addEventListener("focusout", () => closeTip(tip));
  root.addEventListener("pointerover", (event) => {
    const word = /** @type {HTMLElement} */ (targetElement(event).closest(".word"));
    if (word) openTip(root, word, word);
  });
  tip.addEventListener("pointerover", () => clearTimeout(tip.leaving));
  const leave = () => {
    clearTimeout(tip.leaving);
    tip.leaving = window.setTimeout(closeTip, LINGER, tip);
  };
  for (const place of [root, tip]) place.addEventListener("pointerout", leave);
}

/**
 * @param {PageRoot} root
 * @param {HTMLElement} word
 * @param {HTMLElement} described
 */
function openTip(root, word, described) {
  const { tip } = root;
  closeTip(tip);
  const [name, ...meaning] = root.meanings.get(word.textContent) ?? [];
  if (!name) return;
  tip.replaceChildren(make("strong", "", null, String(name)), " ", ...meaning.map(built));
  tip.showPopover();
  placeTip(tip, word);
  described.setAttribute("aria-describedby", tip.id);
  const ends = new AbortController();
  const closeByKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closeTip(tip);
  };
  window.addEventListener("keydown", closeByKey, { capture: true, signal: ends.signal });
  window.addEventListener("scroll", () => placeTip(tip, word), { capture: true, signal: ends.signal });
  tip.close = () => {
    ends.abort();
    described.removeAttribute("aria-describedby");
    tip.hidePopover();
  };
}

/**
 * @param {Hint} tip
 * @param {HTMLElement} word
 */
function placeTip(tip, word) {
  const [over, box] = [word.getClientRects()[0], tip.getBoundingClientRect()];
  if (over.bottom < 0 || over.top > window.innerHeight) return closeTip(tip);
  const below = over.bottom + box.height + WINDOW_EDGE <= window.innerHeight;
  tip.style.top = `${below ? over.bottom : Math.max(WINDOW_EDGE, over.top - box.height)}px`;
  tip.style.left = `${Math.max(WINDOW_EDGE, Math.min(over.left, document.documentElement.clientWidth - box.width - WINDOW_EDGE))}px`;
}

/** @param {Hint} tip */
function closeTip(tip) {
  clearTimeout(tip.leaving);
  tip.close?.();
  tip.close = null;
}
