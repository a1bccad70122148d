// What computes the maps takes seconds to start, so it is started before anybody asks, and kept while somebody looks at pairs.

import { itemOf } from "../gallery/tile.js";
import { mapAddress, placeOf } from "./addresses.js";

const SOON = 200; // ms after a page was drawn: the page comes first
const KEEP = 100_000; // ms after which the server is told again; it forgets after 180 s
let waiting = 0;
/** The run that the server was told of last, and when. */
const told = { run: "", at: 0 };

/**
 * Let the server get ready for the maps of these galleries' run, and stay so while they are looked at.
 *
 * @param {HTMLElement} galleries
 */
export function prepareMaps(galleries) {
  const [anchor, tile] = [".gallery.single .tile", ".gallery:not(.single) .tile"].map((which) => {
    const found = galleries.querySelector(which);
    return found ? itemOf(found) : null;
  });
  const page = new URL(window.location.href).searchParams;
  if (anchor && tile && mapAddress([anchor, tile], "test", page)) keepReady(galleries, placeOf(tile).run);
}

/**
 * @param {HTMLElement} galleries
 * @param {string} run
 * @param {number} [wait]
 */
function keepReady(galleries, run, wait = told.run === run ? told.at + KEEP - Date.now() : 0) {
  clearTimeout(waiting);
  const again = () => {
    if (!galleries.isConnected) return;
    if (document.visibilityState === "visible") start(run);
    keepReady(galleries, run, KEEP);
  };
  waiting = window.setTimeout(again, Math.max(SOON, wait));
}

/** @param {string} run */
export function start(run) {
  Object.assign(told, { run, at: Date.now() });
  fetch(`/saliency/${run}`, { method: "POST" }).catch(() => {}); // then the first map comes later
}
