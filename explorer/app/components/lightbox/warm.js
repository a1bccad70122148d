// What computes the maps takes seconds to start, so it is started before anybody asks: once a person looks at a pair for a while.

import { itemOf } from "../gallery/tile.js";
import { mapAddress, placeOf } from "./addresses.js";

const REST = 4000; // ms without another click
let waiting = 0;

/**
 * Start what computes the maps of the run whose galleries these are, once the page has rested.
 *
 * @param {HTMLElement} galleries
 */
export function prepareMaps(galleries) {
  clearTimeout(waiting);
  const [anchor, tile] = [".gallery.single .tile", ".gallery:not(.single) .tile"].map((which) => {
    const found = galleries.querySelector(which);
    return found ? itemOf(found) : null;
  });
  const page = new URL(window.location.href).searchParams;
  if (anchor && tile && mapAddress([anchor, tile], "test", page))
    waiting = window.setTimeout(() => galleries.isConnected && start(placeOf(tile).run), REST);
}

/** @param {string} run */
export function start(run) {
  fetch(`/saliency/${run}`, { method: "POST" }).catch(() => {}); // then the first map comes later
}
