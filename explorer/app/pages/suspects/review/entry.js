// How the open image and its neighbours look.

import { drawDoors } from "../../../components/blocks/links.js";
import { childrenOf, make, showText, trim } from "../../../components/dom/dom.js";
import { fillTiles, keyOnTile } from "../../../components/gallery/cells.js";
import { ready } from "../../../components/gallery/tile.js";

/**
 * @import { QueueEntry, RankingNames } from "../../../components/blocks.d.ts"
 * @import { Review } from "./types.d.ts"
 */

const AHEAD = 16; // pictures fetched before they are asked for: three seconds of a person in a hurry
const STRIP = 5; // neighbours a side
/** @type {Record<string, string[]>} Key to the action and what it has done, in words. */
export const WORDS = { e: ["exclude", "excluded"], c: ["keep", "confirmed"] };

/**
 * @param {Review} state
 * @param {number} at
 */
export function openAt(state, at) {
  state.at = at;
  drawEntry(state);
  const address = new URL(window.location.href);
  address.searchParams.set("train", state.entries[at].id);
  window.history.replaceState(window.history.state, "", address);
}

/**
 * @param {Review} state
 * @param {QueueEntry} entry
 */
function pictureOf(state, entry) {
  return state.pictures.get(entry.id) || entry.src;
}

/** @param {Review} state */
export function drawEntry(state) {
  const entry = state.entries[state.at];
  if (!entry) return;
  showPicture(state, state.image, entry);
  state.image.alt = entry.alt;
  state.title.textContent = entry.title;
  showText(state.file, entry.file);
  const done = state.data.done[entry.id] ?? "";
  state.decided.textContent = done ? `Decided: ${done}` : "Not decided yet";
  state.decided.classList.toggle("open", !done);
  state.reason.textContent = entry.reason;
  for (const button of childrenOf(state.actions))
    button.classList.toggle("on", Boolean(done) && matches(state, button.dataset.key, done));
  state.evidence.replaceChildren(...state.data.rankings.map((part) => evidenceOf(part, entry)));
  drawDoes(state, entry);
  drawStrip(state);
  for (const next of state.entries.slice(state.at + 1, state.at + 1 + AHEAD)) fetchAhead(state, next);
}

/**
 * @param {Review} state
 * @param {HTMLImageElement} image
 * @param {QueueEntry} entry
 */
function showPicture(state, image, entry) {
  if (image.dataset.id === entry.id) return;
  image.dataset.id = entry.id;
  image.src = pictureOf(state, entry);
}

/**
 * @param {Review} state
 * @param {QueueEntry} entry
 */
function fetchAhead(state, entry) {
  if (state.pictures.has(entry.id)) return;
  const image = new Image();
  image.src = entry.src;
  image.onload = () => state.pictures.set(entry.id, entry.src); // it stands in the browser's own store now
}

/**
 * @param {Review} state
 * @param {string} key
 * @param {string} done
 */
function matches(state, key, done) {
  const words = WORDS[key]?.[1] ?? `→ ${state.data.classes[Number(key) - 1]}`;
  return done === words || done === `${words} …`;
}

/**
 * @param {RankingNames} ranking
 * @param {QueueEntry} entry
 */
function evidenceOf({ title, names }, entry) {
  const part = make("div", "");
  make("h4", "", part, title);
  const list = make("dl", "facts", part);
  for (const [name, label] of Object.entries(names)) {
    make("dt", "", list, label);
    make("dd", entry.evidence[name].strong ? "" : "weak", list, entry.evidence[name].words);
  }
  return part;
}

/**
 * @param {Review} state
 * @param {QueueEntry} entry
 */
function drawDoes(state, entry) {
  const words = make("p", "sentence", null, entry.does);
  const doors = make("div", "");
  drawDoors(doors, { links: entry.links });
  const gallery = make("div", "gallery");
  gallery.setAttribute("role", "group");
  gallery.setAttribute("aria-label", "Wrong predictions that it harms most");
  gallery.style.setProperty("--tile", "84px");
  fillTiles(
    gallery,
    entry.harmed.map(([test, score]) => harmedTile(state, test, score)),
  );
  const heading = make("h4", "", null, "Wrong predictions that it harms most");
  state.does.onkeydown = keyOnTile;
  state.does.replaceChildren(words, ...(entry.harmed.length ? [heading, gallery] : []), doors);
}

/**
 * @param {Review} state
 * @param {number} test
 * @param {string} score
 */
function harmedTile(state, test, score) {
  const tile = state.data.tests[test];
  return {
    ...tile,
    lines: [tile.lines[0], score, tile.lines[1]],
    sign: "harmful",
    alt: `${tile.alt}; harmful, score ${score.slice(2)}`,
  };
}

/** @param {Review} state */
function drawStrip(state) {
  const { strip, at, entries } = state;
  const width = Math.min(2 * STRIP + 1, entries.length);
  const first = Math.max(0, Math.min(at - STRIP, entries.length - width));
  trim(strip, width);
  const moved = strip.dataset.at !== String(at);
  strip.dataset.at = String(at);
  while (strip.children.length < width) make("button", "review-near", strip).append(nearFrame(), make("span", "line"));
  for (const [place, button] of childrenOf(strip).entries()) fillNear(state, button, first + place);
  if (moved) centre(strip, childrenOf(strip)[at - first]);
}

/**
 * Bring a neighbour to the middle of a strip that is wider than the screen.
 *
 * @param {HTMLElement} strip
 * @param {HTMLElement | undefined} button
 */
function centre(strip, button) {
  if (button) strip.scrollLeft = button.offsetLeft - strip.offsetLeft - (strip.clientWidth - button.offsetWidth) / 2;
}

function nearFrame() {
  const frame = make("div", "frame");
  const image = make("img", "", frame);
  image.onload = () => ready(image);
  return frame;
}

/**
 * @param {Review} state
 * @param {HTMLElement} button
 * @param {number} at
 */
function fillNear(state, button, at) {
  const entry = state.entries[at];
  const done = state.data.done[entry.id] ?? "";
  showPicture(state, button.querySelector("img"), entry);
  button.querySelector("img").alt = `${at + 1} in the queue: ${entry.alt}${done ? `, ${done}` : ""}`;
  button.lastElementChild.textContent = done || String(at + 1);
  button.lastElementChild.classList.toggle("first", Boolean(done));
  button.setAttribute("type", "button");
  button.onclick = (event) => {
    openAt(state, at);
    if (event.detail) button.blur();
  };
  at === state.at ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current");
}
