// A search field whose words live in the address: Enter, or leaving the field, searches.

import { make } from "../dom/dom.js";
import { visit } from "../dom/navigation.js";

/** @import { SearchBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {SearchBlock} data
 */
export function drawSearch(root, data) {
  const field = root.querySelector("input") ?? fieldIn(root);
  const words = /** @type {HTMLElement} */ (root.querySelector("span"));
  words.textContent = data.label;
  field.placeholder = data.hint;
  field.value = data.value;
  field.onchange = () => {
    if (field.value.trim() !== data.value) visit(addressWith(data.name, field.value.trim()));
  };
  field.oninput = () => {
    if (!field.value && data.value) visit(addressWith(data.name, "")); // emptied by the cross in the field, say
  };
}

/**
 * Make the field once: while it is drawn again, the focus and what a person types stay.
 *
 * @param {HTMLElement} root
 */
function fieldIn(root) {
  const label = make("label", "menu search", root);
  make("span", "", label);
  return Object.assign(make("input", "", label), { type: "search", autocomplete: "off" });
}

/**
 * Return the present address with other words, on its first page.
 *
 * @param {string} name
 * @param {string} words
 */
export function addressWith(name, words) {
  const address = new URL(window.location.href);
  words ? address.searchParams.set(name, words) : address.searchParams.delete(name);
  address.searchParams.delete("page");
  return address.href;
}
