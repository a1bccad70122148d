// Quiet buttons that write edits, what was saved, and where to go on.

import { drawSaid, post, settle } from "../blocks/outbox.js";
import { childrenOf, focusedNear, make } from "../dom/dom.js";

/**
 * @import { ActButton, ActsBlock } from "../blocks.d.ts"
 * @import { SettledAction } from "../component.d.ts"
 */

/** @type {Map<string, HTMLElement>} Where the answer to an action is shown, by its name: beside the button that was pressed. */
const places = new Map();

/**
 * @param {HTMLElement} root
 * @param {ActsBlock} data
 */
export function drawActs(root, data) {
  if (!root.querySelector(".acts")) {
    root.setAttribute("role", "group");
    make("div", "acts", root);
    make("p", "said", root).setAttribute("role", "status");
  }
  const [row, said] = childrenOf(root);
  root.setAttribute("aria-label", data.label);
  const focused = [...row.children].indexOf(focusedNear(root));
  row.replaceChildren(
    make("span", "acts-label", null, data.label),
    ...data.buttons.map((item) => actOf(root, said, data, item)),
  );
  for (const { label, href, next } of data.links) make("a", next ? "act way" : "act", row, label).href = href;
  childrenOf(row)[focused]?.focus();
  for (const [place, answers] of byPlace(said, settle(root, data.answers))) drawSaid(place, root, answers);
}

/**
 * @param {HTMLElement} otherwise
 * @param {SettledAction[]} settled
 */
function byPlace(otherwise, settled) {
  /** @type {Map<HTMLElement, SettledAction[]>} */
  const found = new Map();
  for (const answer of settled) {
    const pressed = places.get(answer.item.id);
    const place = pressed?.isConnected ? pressed : otherwise;
    found.set(place, [...(found.get(place) ?? []), answer]);
    places.delete(answer.item.id);
  }
  return found;
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} said
 * @param {ActsBlock} data
 * @param {ActButton} button
 */
function actOf(root, said, data, { label, action, rows, value, on, said: title }) {
  const button = make("button", `act${on ? " on" : ""}`, null, on ? `✓ ${label}` : label);
  Object.assign(button, { type: "button", title: data.waits || title, disabled: Boolean(data.waits) });
  button.setAttribute("aria-pressed", String(on));
  button.onclick = () => {
    said.classList.remove("failed");
    said.textContent = "Saving …";
    places.set(post(root, { run: data.run, action, rows, value }), said);
  };
  return button;
}
