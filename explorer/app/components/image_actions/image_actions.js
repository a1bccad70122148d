// Quiet buttons that write edits, what was saved, and where to go on.

import { drawSaid, post, settle } from "../blocks/outbox.js";
import { childrenOf, focusedNear, make } from "../dom/dom.js";

/** @import { ActButton, ActsBlock } from "../blocks.d.ts" */

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
  drawSaid(said, root, settle(root, data.answers));
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} said
 * @param {ActsBlock} data
 * @param {ActButton} button
 */
function actOf(root, said, data, { label, action, rows, value, on, said: title }) {
  const button = make("button", `act${on ? " on" : ""}`, null, on ? `✓ ${label}` : label);
  Object.assign(button, { type: "button", title });
  button.setAttribute("aria-pressed", String(on));
  button.onclick = () => {
    said.classList.remove("failed");
    said.textContent = "Saving …";
    post(root, { run: data.run, action, rows, value });
  };
  return button;
}
