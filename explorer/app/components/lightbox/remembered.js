// The picture that is shown large is in the address, so that a reload shows it again, and a link shows it to somebody else.

import { placeOf } from "./addresses.js";

/** @import { Tile } from "../blocks.d.ts" */

const SAID = /^(train|test)-(\d+)(-where)?$/;

/**
 * Return which picture an address wants large, and whether the map of its score lies over it; null where it wants none.
 *
 * @param {string} address
 */
export function remembered(address) {
  const found = SAID.exec(new URL(address).searchParams.get("large") ?? "");
  return found ? { side: found[1], index: Number(found[2]), where: Boolean(found[3]) } : null;
}

/**
 * Return an address that wants a picture large; one of no run, or none at all, cannot be wanted.
 *
 * @param {string} address
 * @param {Tile | null} item
 * @param {boolean} where
 */
export function withLarge(address, item, where) {
  const changed = new URL(address);
  const place = placeOf(item);
  if (place) changed.searchParams.set("large", `${place.side}-${place.index}${where ? "-where" : ""}`);
  else changed.searchParams.delete("large");
  return changed.href;
}

/**
 * Write it into the address; the way back stays as it is.
 *
 * @param {Tile | null} item
 * @param {boolean} [where]
 */
export function remember(item, where = false) {
  const here = window.location.href;
  const changed = withLarge(here, item, where);
  if (changed !== here) window.history.replaceState(window.history.state, "", changed);
}
