// Menus whose value lives in the address: choosing is visiting, so that the back button and a sent link know it too.

import { make } from "../dom/dom.js";
import { visit } from "../dom/navigation.js";

/** @import { Menu, MenusBlock } from "../blocks.d.ts" */

// More choices than a person reads through are typed: the browser's own list shows those that fit.
const FEW = 20;

/** @param {Menu} item */
function menuOf(item) {
  const label = make("label", "menu");
  make("span", "", label, item.label);
  if (Object.keys(item.options).length > FEW && !Object.keys(item.groups).length) return typedIn(label, item);
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
  select.onchange = () => visitValue(item, select.value);
  return label;
}

/**
 * Return a menu into which a person types; while it is empty it says what is chosen, so that the list shows everything.
 *
 * @param {HTMLElement} label
 * @param {Menu} item
 */
function typedIn(label, item) {
  const field = Object.assign(make("input", "", label), { type: "search", autocomplete: "off" });
  const choices = make("datalist", "", label);
  choices.id = `choices-of-${item.name}`;
  field.setAttribute("list", choices.id);
  field.dataset.name = item.name;
  for (const text of Object.values(item.options)) make("option", "", choices).value = text;
  field.placeholder = item.options[item.value];
  const choose = () => {
    const value = meantValue(item.options, field.value);
    if (value !== undefined && value !== item.value) visitValue(item, value);
  };
  field.oninput = () => {
    if (Object.values(item.options).includes(field.value)) choose(); // taken from the list
  };
  field.onchange = choose;
  field.onblur = () => {
    field.value = "";
  };
  return label;
}

/**
 * Return the value that some words mean: the option called so, else the only one whose name holds them; upper case or not.
 *
 * @param {Record<string, string>} options
 * @param {string} words
 */
export function meantValue(options, words) {
  const sought = words.trim().toLowerCase();
  if (!sought) return undefined;
  const named = Object.entries(options).map(([value, text]) => [value, text.toLowerCase()]);
  const near = named.filter(([, text]) => text.includes(sought));
  const [value] = near.find(([, text]) => text === sought) ?? (near.length === 1 ? near[0] : []);
  return value;
}

/**
 * @param {Menu} item
 * @param {string} value
 */
function visitValue(item, value) {
  if (item.addresses[value]) return visit(item.addresses[value]);
  const address = new URL(window.location.href);
  address.searchParams.set(item.name, value);
  address.searchParams.delete("page");
  visit(address.href);
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
