// The time machine: a slider over the epochs of a training, and both galleries as they stood then, without a round trip.

import { childrenOf, make } from "../dom/dom.js";
import { svg } from "../dom/svg.js";
import { drawGallery } from "../gallery/gallery.js";
import { itemOf } from "../gallery/tile.js";
import { largest, leading, placeWords, signed } from "./sums.js";

/** @import { EpochTile, Section, TimeMachineBlock } from "../blocks.d.ts" */

/** @typedef {{ epoch: number, alone: boolean }} Place */

const SIGNS = /** @type {const} */ ([
  [1, "helpful"],
  [-1, "harmful"],
]);

/**
 * Return one side of the galleries at an epoch.
 *
 * @param {TimeMachineBlock} data
 * @param {Place} place
 * @param {number} side
 * @param {number} most the largest score in size of any epoch
 * @returns {Section}
 */
function sectionAt(data, { epoch, alone }, side, most) {
  const [sign, word] = SIGNS[side];
  const tiles = leading(data.tiles, epoch, alone, sign, data.shown).map(({ entry, score }, rank) => {
    const said = signed(score, data.digits);
    const alt = `${entry.tile.alt}, number ${rank + 1} of this side, ${said.slice(2)}`;
    return { ...entry.tile, alt, lines: [entry.tile.lines[0], said], sign: word, bar: score / most };
  });
  const title = data.titles[side];
  return {
    ...{ label: `${title}, by epoch`, tiles, title, text: "", facts: [], empty: "No training image does." },
    ...{ tile: 76, single: false, acts: null, rows: 0, order: "", about: null },
  };
}

/**
 * Draw what each epoch added below the picture of a tile.
 *
 * @param {Element} tile
 * @param {number[]} added
 * @param {Place} place
 */
function drawSpark(tile, added, { epoch, alone }) {
  tile.querySelector(".spark")?.remove();
  const most = Math.max(...added.map(Math.abs)) || 1;
  const spark = svg("svg", "spark", null, { viewBox: `0 -1 ${added.length} 2`, preserveAspectRatio: "none" });
  spark.setAttribute("aria-hidden", "true"); // the number says it
  added.forEach((value, at) => {
    const [size, counts] = [Math.abs(value) / most, alone ? at === epoch - 1 : at < epoch];
    const name = `${value < 0 ? "harmful" : "helpful"}${counts ? "" : " later"}`;
    svg("rect", name, spark, { x: at + 0.1, y: value < 0 ? 0 : -size, width: 0.8, height: size });
  });
  tile.querySelector(".effect").after(spark);
}

/**
 * @param {HTMLElement} galleries
 * @param {TimeMachineBlock} data
 * @param {Place} place
 */
function drawSides(galleries, data, place) {
  const most = largest(data.tiles, place.alone) || 1;
  drawGallery(galleries, { sections: [0, 1].map((side) => sectionAt(data, place, side, most)) });
  const added = new Map(data.tiles.map((entry) => [entry.tile.id, entry.added]));
  for (const tile of galleries.querySelectorAll(".tile")) drawSpark(tile, added.get(itemOf(tile).id), place);
}

/**
 * Draw what each epoch added in all, a column over its place on the slider.
 *
 * @param {HTMLElement} root
 * @param {TimeMachineBlock} data
 * @param {Place} place
 */
function drawTotals(root, data, { epoch, alone }) {
  const most = Math.max(...data.totals.flat().map(Math.abs)) || 1;
  root.replaceChildren();
  data.totals.forEach(([helpful, harmful], at) => {
    const column = make("div", `epoch-total${(alone ? at === epoch - 1 : at < epoch) ? "" : " later"}`, root);
    column.title = `Epoch ${at + 1}: ${signed(helpful, data.digits)}, ${signed(harmful, data.digits)} in all`;
    for (const [value, name] of /** @type {[number, string][]} */ ([
      [helpful, "up"],
      [-harmful, "down"],
    ]))
      make("div", name, column).style.height = `${(50 * value) / most}%`;
  });
}

/**
 * Write the place into the address; the way back stays as it is.
 *
 * @param {Place} place
 */
function remember({ epoch, alone }) {
  const address = new URL(window.location.href);
  address.searchParams.set("epoch", String(epoch));
  if (alone) address.searchParams.set("epochs", "alone");
  else address.searchParams.delete("epochs");
  window.history.replaceState(window.history.state, "", address.href);
}

/** @param {TimeMachineBlock} data */
function controlsOf(data) {
  const controls = make("div", "time-controls");
  const ways = make("div", "time-ways", controls);
  Object.assign(ways, { role: "group", ariaLabel: "What is summed" });
  for (const words of ["Up to this epoch", "This epoch alone"]) make("button", "act", ways, words).type = "button";
  make("output", "time-words", controls);
  const line = make("div", "time-line", controls);
  line.style.setProperty("--epochs", String(data.totals.length));
  make("div", "epoch-totals", line).setAttribute("aria-hidden", "true");
  const slider = make("input", "time-slider", line);
  Object.assign(slider, { type: "range", min: "1", max: String(data.totals.length), step: "1", ariaLabel: data.label });
  return controls;
}

/**
 * @param {HTMLElement} root
 * @param {TimeMachineBlock} data
 */
function drawTimeMachine(root, data) {
  root.classList.add("time-machine");
  const place = { epoch: data.epoch, alone: data.alone };
  const controls = controlsOf(data);
  const galleries = /** @type {HTMLElement} */ (root.querySelector(".sections")) ?? make("div", "");
  root.replaceChildren(make("p", "small", null, data.help), controls, galleries);
  const [ways, words, line] = childrenOf(controls);
  const [totals, slider] = /** @type {[HTMLElement, HTMLInputElement]} */ (childrenOf(line));
  slider.value = String(place.epoch);
  const show = () => {
    words.textContent = placeWords(data, place);
    slider.setAttribute("aria-valuetext", words.textContent);
    childrenOf(ways).forEach((way, at) => {
      way.setAttribute("aria-pressed", String(place.alone === Boolean(at)));
      way.classList.toggle("on", place.alone === Boolean(at));
    });
    drawTotals(totals, data, place);
    drawSides(galleries, data, place);
  };
  slider.oninput = () => {
    place.epoch = Number(slider.value);
    show();
  };
  slider.onchange = () => remember(place);
  childrenOf(ways).forEach((way, at) => {
    way.onclick = () => {
      place.alone = Boolean(at);
      show();
      remember(place);
    };
  });
  show();
}

export const kinds = { timemachine: drawTimeMachine };
