// Where the server has a picture, what is known of it, and the map of a pair.

/**
 * @import { Tile } from "../blocks.d.ts"
 * @import { Place } from "./types.d.ts"
 */

/**
 * Return which picture of a run a tile shows; null for one that no run has.
 *
 * @param {Tile | null} item
 * @returns {Place | null}
 */
export function placeOf(item) {
  const found = item?.src.match(/^\/thumbs\/([0-9a-f]+)\/(train|test)\/(\d+)$/);
  return found ? { run: found[1], side: found[2], index: Number(found[3]) } : null;
}

/** @param {Place} place */
export function pictureAddress({ run, side, index }) {
  return `/pictures/${run}/${side}/${index}`;
}

/** @param {Place} place */
export function factsAddress({ run, side, index }) {
  return `/facts/${run}/${side}/${index}`;
}

/**
 * Return the address of the map of a score on either of its two pictures; an empty text where they are no such pair.
 *
 * @param {[Tile | null, Tile | null]} pair
 * @param {string} side
 * @param {URLSearchParams} page the parameters of the page's address
 */
export function mapAddress(pair, side, page) {
  const places = pair.map(placeOf);
  const [train, test] = ["train", "test"].map((wanted) => places.find((place) => place?.side === wanted));
  if (!train || !test || train.run !== test.run) return "";
  const linked = pair.map((item) => new URLSearchParams(item.href.split("?")[1]).get("method")).find(Boolean);
  const method = linked ?? page.get("method") ?? "newton";
  const target = page.get("target");
  const query = target ? `?${new URLSearchParams({ target })}` : "";
  return `/saliency/${train.run}/${method}/${test.index}/${train.index}/${side}${query}`;
}
