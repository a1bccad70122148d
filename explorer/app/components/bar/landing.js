// Where the focus is after a move by keyboard. A page that goes takes the focus with it: it comes back to where it was when the
// person comes back, else it goes to what the key was for, or to the title of the page.

import { allShown, focused } from "../dom/focus.js";
import { culprit, titleOfPage } from "./skips.js";

const READY = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]";
const EVERY = 60; // ms between two looks
const LOOKS = 25; // at a stretch after the script has run: parts of a page come one after another, and some by a second run
const EARLY = 5; // looks that wait for what had the focus before, or for what the key was for
const MOST = 1000; // looks in all: a proof fits the model again first

/**
 * A move that waits for its page; `aim` is what its key was for, `force` takes the focus from where it stands, and `meanwhile`
 * is what has it until the aim is there.
 *
 * @typedef {{
 *   aim: () => HTMLElement | null, force: boolean, had: boolean, drawn: boolean, looks: number, all: number,
 *   meanwhile: Element | null,
 * }} Move
 */

/** @type {Map<string, string[]>} Address to the link that had the focus there: where it leads, and its gallery. */
const left = new Map();
let byKey = false; // whether the last thing that a person did was to press a key
/** @type {Move | null} */
let open = null;
/** @type {number | undefined} */
let timer;

/** @param {Element} element */
function nameOf(element) {
  return [element.getAttribute("href") ?? "", element.closest(".gallery")?.getAttribute("aria-label") ?? ""];
}

/** The link that had the focus when the page was left. */
function remembered() {
  const known = left.get(window.location.href);
  if (!known) return null;
  return allShown("a[href]").find((link) => nameOf(link).join("\n") === known.join("\n")) ?? null;
}

/** What the next move is for. @type {(() => HTMLElement | null) | null} */
let wanted = null;

/**
 * Say what a key is for that moves now: the proof, or the strongest image against the next case.
 *
 * @param {"proof" | "culprit"} aim
 */
export function aimAt(aim) {
  wanted = aim === "proof" ? () => document.querySelector(".st-key-prove button") : culprit;
}

/** Somebody moves: by a link, a key, back or forward. */
export function moved() {
  const aim = wanted;
  wanted = null;
  open = null;
  if (!byKey) return;
  const now = focused();
  const force = aim !== null && !now?.matches("a.tile");
  open = { aim: aim ?? remembered, force, had: now !== null || force, drawn: false, looks: 0, all: 0, meanwhile: null };
  look();
}

/** The bar has been drawn: for the page that somebody moved to, where one waits. */
export function drawn() {
  if (open) open.drawn = true;
}

function look() {
  clearTimeout(timer);
  if (!open) return;
  open.all += 1;
  if (open.drawn && document.querySelector(READY)) {
    land(open);
    open.looks += 1;
  } else open.looks = 0;
  if (open.looks < LOOKS && open.all < MOST) timer = window.setTimeout(look, EVERY);
  else open = null;
}

/** @param {Move} move */
function land(move) {
  const now = focused();
  if (now && now !== move.meanwhile && !move.force) return;
  const aim = move.aim();
  const place = aim ?? (move.looks >= EARLY && move.had ? titleOfPage() : null);
  if (!place || place === now) return;
  move.force = false;
  move.meanwhile = aim ? null : place;
  place.focus({ preventScroll: place === culprit() });
}

/** A key is pressed: what has the focus now has it when the person comes back to this address. */
function pressed() {
  byKey = true;
  const now = focused();
  if (now?.matches("a[href]") && (!open || open.drawn)) left.set(window.location.href, nameOf(now));
}

document.addEventListener("keydown", pressed, true);

/** Somebody points: where the focus goes is theirs to say. */
function pointed() {
  byKey = false;
  open = null;
}

document.addEventListener("pointerdown", pointed, true);
