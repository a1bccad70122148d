// Menus whose value lives in the address: choosing is visiting, so that the back button and a sent link know it too.

import { make } from "../dom/dom.js";
import { visit } from "../dom/navigation.js";

/** @import { Menu, MenusBlock } from "../blocks.d.ts" */

/** @param {Menu} item */
function menuOf(item) {
  const label = make("label", "menu");
  make("span", "", label, item.label);
  const select = make("select", "", label);
  select.dataset.name = item.name;
  const parts = new Map(
    Object.entries(item.groups).flatMap(([label, values]) => {
      const part = Object.assign(make("optgroup", ""), { label });
      return values.map((value) => [value, part]);
    }),
  );
  for (const [value, text] of Object.entries(item.options))
    make("option", "", parts.get(value) ?? select, text).value = value;
  select.append(...new Set(parts.values()));
  select.value = item.value;
  select.onchange = () => {
    if (item.addresses[select.value]) return visit(item.addresses[select.value]);
    const address = new URL(window.location.href);
    address.searchParams.set(item.name, select.value);
    address.searchParams.delete("page");
    visit(address.href);
  };
  return label;
}

/**
 * @param {HTMLElement} root
 * @param {Pick<MenusBlock, "menus"> & { low?: boolean }} data
 */
export function drawMenus(root, { menus, low = false }) {
  root.classList.add("menus");
  root.classList.toggle("low", low);
  const labels = menus.map(menuOf);
  root.replaceChildren(...labels);
  for (const [at, { note }] of menus.entries())
    if (note) make("span", "small menu-note", low ? root : labels[at], note);
}
