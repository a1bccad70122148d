// The list of decisions: a picture, what was decided, who and when, and a button that takes just this one back.

import { post } from "../../components/blocks/outbox.js";
import { focusedNear, make } from "../../components/dom/dom.js";
import { ready } from "../../components/gallery/tile.js";

/** @import { Decision, DecisionsBlock } from "../../components/blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {DecisionsBlock} data
 */
function drawDecisions(root, data) {
  const focused = [...root.querySelectorAll("button, a")].indexOf(focusedNear(root));
  const list = make("ul", "decisions");
  list.append(...data.items.map((item) => decisionOf(root, data, item)));
  root.replaceChildren(list);
  /** @type {NodeListOf<HTMLElement>} */
  const controls = root.querySelectorAll("button, a");
  if (focused >= 0) controls[Math.min(focused, controls.length - 1)]?.focus();
}

/**
 * @param {HTMLElement} root
 * @param {DecisionsBlock} data
 * @param {Decision} item
 */
function decisionOf(root, data, item) {
  const row = make("li", item.later ? "decision later" : "decision");
  pictureOf(row, item);
  const words = make("div", "decision-words", row);
  make("span", "decision-what", words, item.what);
  const name = item.file ? `${item.picture}, ${item.file}` : item.picture;
  make("span", "decision-which", words, name).title = name;
  const later = item.later ? ", replaced by a later one" : "";
  make("span", "decision-who", row, `${item.who}, ${item.when}${later}`);
  const button = make("button", "act", row, "Take back");
  Object.assign(button, { type: "button", title: `Take back: ${item.said}`, ariaLabel: `Take back: ${item.said}` });
  button.onclick = () => {
    button.textContent = "Taking back …";
    post(root, { run: data.run, action: "take-back", rows: [item.id], value: "" });
  };
  return row;
}

/**
 * @param {HTMLElement} row
 * @param {Decision} item
 */
function pictureOf(row, item) {
  const frame = make(item.href ? "a" : "div", "frame decision-picture", row);
  if (frame instanceof HTMLAnchorElement) frame.href = item.href;
  if (!item.src) return;
  const image = make("img", "", frame);
  image.onload = () => ready(image);
  Object.assign(image, { alt: item.picture, decoding: "async", loading: "lazy", src: item.inline || item.src });
}

export const kinds = { decisions: drawDecisions };
