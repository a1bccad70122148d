// Where in both pictures a score lies: maps from the server, laid over the pictures.

import { mapAddress } from "./addresses.js";

/**
 * @import { Lightbox, Panel } from "./types.d.ts"
 */

// What the experiment on saliency found on photographs (docs/benchmarks.md).
const CAVEAT =
  "Yellow: patches that carry most of this score. Tested on some photographs: where the yellow part of a test image was blurred, more of the score went than with a random part. On training images it was no better than chance: do not rely on it there.";

/** @param {Lightbox} box */
export function hasMap(box) {
  const pair = pairOf(box);
  return Boolean(mapAddress(pair, "train", pageParameters()));
}

/** @param {Lightbox} box */
export async function showWhere(box) {
  const shown = box.panels.map((panel) => panel.item);
  for (const { root, heat } of box.panels)
    root.classList.toggle("mapped", box.where && Boolean(heat.getAttribute("src")));
  box.note.textContent = box.where ? "Looking where this score lies …" : "";
  if (!box.where) return;
  try {
    await Promise.all(box.panels.map((panel) => layOver(box, panel)));
    if (isShown(box, shown)) box.note.textContent = CAVEAT;
  } catch (error) {
    if (isShown(box, shown)) box.note.textContent = /** @type {Error} */ (error).message;
  }
}

/**
 * @param {Lightbox} box
 * @param {unknown[]} items
 */
function isShown(box, items) {
  return box.where && box.panels.every((panel, at) => panel.item === items[at]);
}

/**
 * @param {Lightbox} box
 * @param {Panel} panel
 */
async function layOver(box, panel) {
  const item = panel.item;
  const address = mapAddress(pairOf(box), sideOf(panel), pageParameters());
  const answer = await fetch(address);
  if (!answer.headers.get("content-type").startsWith("image/")) throw new Error(await answer.text());
  if (!box.where || panel.item !== item) return;
  panel.heat.src = address; // the browser has it by now
  panel.root.classList.add("mapped");
}

/** @param {Lightbox} box */
function pairOf({ panels }) {
  return /** @type {[import("../blocks.d.ts").Tile, import("../blocks.d.ts").Tile]} */ (
    panels.map((panel) => panel.item ?? null)
  );
}

/** @param {Panel} panel */
function sideOf(panel) {
  return panel.item.src.includes("/train/") ? "train" : "test";
}

function pageParameters() {
  return new URL(window.location.href).searchParams;
}
