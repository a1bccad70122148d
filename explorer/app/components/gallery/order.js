// Galleries of many tiles are sorted and searched where they stand, without a round trip.

import { make } from "../dom/dom.js";

/** @import { Section, Tile } from "../blocks.d.ts" */

const MANY = 20; // tiles from which that is offered
/** What is chosen for a gallery, by its label, until the page is loaded again. @type {Map<string, { order: string, words: string }>} */
const choices = new Map();
const SUSPECT = /^suspect (\d+)$/;
/** @type {Record<string, { label: string, key: (item: Tile) => string | number | undefined }>} Each compares tiles by a key; those that have none come last. */
const ORDERS = {
  file: { label: "file name", key: ({ file }) => file || undefined },
  number: { label: "number", key: ({ id }) => Number(id) },
  class: { label: "label", key: ({ lines }) => lines[0] },
  suspect: { label: "suspect rank", key: suspectRank },
  marks: { label: "what is known", key: ({ marks }) => marks.join(", ") || undefined },
};

/** @param {Tile} item */
function suspectRank({ marks }) {
  const rank = marks.map((mark) => SUSPECT.exec(mark)).find(Boolean);
  return rank ? Number(rank[1]) : undefined;
}

/**
 * Return the tiles that hold these words somewhere, in an order; the one of the page where it is no other.
 *
 * @param {Tile[]} tiles
 * @param {string} order
 * @param {string} words
 */
export function arranged(tiles, order, words) {
  const text = words.trim().toLowerCase();
  const number = /^\d+$/.test(text);
  const found = tiles.filter(({ alt, file, marks, lines, id }) => {
    const parts = number ? [file] : [alt, file, ...marks, ...lines];
    return (number && id === text) || parts.some((part) => part.toLowerCase().includes(text));
  });
  const by = ORDERS[order]?.key;
  return by ? found.sort((one, other) => compared(by(one), by(other))) : found;
}

/**
 * @param {string | number | undefined} one
 * @param {string | number | undefined} other
 */
function compared(one, other) {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  if (typeof one === "number") return one - Number(other);
  return one.localeCompare(String(other), "en", { numeric: true });
}

/**
 * Return the orders in which tiles differ, by their names in `ORDERS`.
 *
 * @param {Tile[]} tiles
 */
export function ordersOf(tiles) {
  return Object.keys(ORDERS).filter((name) => new Set(tiles.map(ORDERS[name].key)).size > 1);
}

/**
 * Return the tiles of a section as they are chosen to be shown.
 *
 * @param {Section} data
 */
export function chosenTiles({ label, order, tiles }) {
  const choice = order && tiles.length > MANY ? choices.get(label) : undefined;
  return choice ? arranged(tiles, choice.order, choice.words) : tiles;
}

/**
 * Draw the menu and the field; `changed` is called when something else is chosen.
 *
 * @param {HTMLElement} place
 * @param {Section} data
 * @param {() => void} changed
 */
export function drawOrder(place, { label, order, tiles }, changed) {
  place.hidden = !order || tiles.length <= MANY;
  if (place.hidden) return place.replaceChildren();
  const [menu, field] = /** @type {[HTMLSelectElement, HTMLInputElement]} */ (
    place.children.length ? [...place.children] : [make("select", "act", place), make("input", "act", place)]
  );
  const choice = choices.get(label) ?? { order: "", words: "" };
  const options = [["", order], ...ordersOf(tiles).map((name) => [name, ORDERS[name].label])];
  menu.replaceChildren(...options.map(([value, words]) => new Option(`by ${words}`, value)));
  menu.value = options.some(([value]) => value === choice.order) ? choice.order : "";
  menu.setAttribute("aria-label", `Sort: ${label}`);
  Object.assign(field, { type: "search", placeholder: "Search", value: choice.words, autocomplete: "off" });
  field.setAttribute("aria-label", `Search: ${label}`);
  const choose = () => {
    choices.set(label, { order: menu.value, words: field.value });
    changed();
  };
  menu.onchange = choose;
  field.oninput = choose;
}
