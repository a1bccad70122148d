// Which images are chosen: of one run at a time, in the order in which they were; a move to another page keeps them.

import { placeOf } from "../lightbox/addresses.js";

/** @import { Tile } from "../blocks.d.ts" */

/** @type {Map<string, Tile>} */
const chosen = new Map();
/** The run that they are of. */
let run = "";

/**
 * Return what names an image among all of a run; an empty text for one that no run has.
 *
 * @param {Tile} item
 */
export function keyOf(item) {
  const place = placeOf(item);
  return place ? `${place.side} ${place.index}` : "";
}

/** @param {Tile} item */
export function isChosen(item) {
  return placeOf(item)?.run === run && chosen.has(keyOf(item));
}

/**
 * Choose images, or end that; those of another run end the choice before.
 *
 * @param {Tile[]} items
 * @param {boolean} on
 */
export function choose(items, on) {
  for (const item of items) {
    const place = placeOf(item);
    if (!place) continue;
    if (place.run !== run) clearChoice();
    run = place.run;
    on ? chosen.set(keyOf(item), item) : chosen.delete(keyOf(item));
  }
}

export function clearChoice() {
  chosen.clear();
}

/** The run of the chosen images, and their rows by side. */
export function choice() {
  const places = [...chosen.values()].map(placeOf);
  const rows = (/** @type {string} */ side) => places.filter((place) => place.side === side).map(({ index }) => index);
  return { run, train: rows("train"), test: rows("test") };
}

/**
 * Return the items from one to another, both included, in whichever order they stand.
 *
 * @template Item
 * @param {Item[]} items
 * @param {Item | undefined} one
 * @param {Item} other
 */
export function between(items, one, other) {
  const ends = [items.indexOf(one), items.indexOf(other)].sort((a, b) => a - b);
  return ends[0] < 0 ? [other] : items.slice(ends[0], ends[1] + 1);
}

/**
 * Return how many are chosen, in words.
 *
 * @param {{ train: unknown[], test: unknown[] }} rows
 */
export function counted({ train, test }) {
  const [trained, tested] = [train, test].map(({ length }) => length.toLocaleString("en"));
  if (!train.length || !test.length) return `${train.length ? trained : tested} chosen`;
  return `${trained} training and ${tested} test ${test.length === 1 ? "image" : "images"} chosen`;
}
