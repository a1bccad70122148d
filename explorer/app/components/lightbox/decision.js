// Which picture a decision in the lightbox is about, and what its keys mean.

import { placeOf } from "./addresses.js";

/**
 * @import { Tile } from "../blocks.d.ts"
 * @import { Action } from "../component.d.ts"
 */

/**
 * Return which training picture of a pair a decision is about: the one that is looked at, else the one that it is beside.
 *
 * @param {Tile | null} item
 * @param {Tile | null} anchor
 */
export function decidedPlace(item, anchor) {
  return [item, anchor].map(placeOf).find((place) => place?.side === "train") ?? null;
}

/**
 * Return what a key asks for; nothing where it asks for nothing.
 *
 * @param {string} key
 * @param {string[]} names of the classes
 * @returns {Pick<Action, "action" | "value"> | null}
 */
export function askedBy(key, names) {
  if (key === "o") return { action: "exclude", value: "" };
  if (key === "u") return { action: "undo", value: "" };
  const name = /^[1-9]$/.test(key) ? names[Number(key) - 1] : undefined;
  return name === undefined ? null : { action: "relabel", value: name };
}
