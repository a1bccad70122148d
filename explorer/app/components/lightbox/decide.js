// What can be decided about the large training picture, by button and by key: leave it out, give it another label, take that back.

import { post } from "../blocks/outbox.js";
import { make } from "../dom/dom.js";
import { askedBy, decidedPlace } from "./decision.js";

/**
 * @import { Answer, Tile } from "../blocks.d.ts"
 * @import { PageRoot } from "../component.d.ts"
 * @import { Decide, Lightbox, Place } from "./types.d.ts"
 */

const DIGITS = 9; // classes that have a key
/** The classes of each run that was asked about. @type {Map<string, Promise<string[]>>} */
const classes = new Map();

/**
 * @param {HTMLElement} parent
 * @returns {Decide}
 */
export function decideOf(parent) {
  const row = make("div", "lightbox-decide", parent);
  const said = make("span", "said", parent);
  said.setAttribute("role", "status");
  return { row, said, place: null, names: [], asked: new Set() };
}

/**
 * Show what can be decided about the pictures that are shown.
 *
 * @param {PageRoot} page
 * @param {Lightbox} box
 * @param {Tile} item
 */
export async function showDecide(page, { decide, anchor }, item) {
  const place = decidedPlace(item, anchor);
  if (place?.index !== decide.place?.index) decide.said.textContent = "";
  decide.place = place;
  decide.row.hidden = !place;
  if (!place) return;
  decide.names = await classesOf(place);
  if (decide.place !== place) return; // another one is shown by now
  const keys = ["o", ...decide.names.slice(0, DIGITS).map((_, at) => String(at + 1)), "u"];
  const buttons = keys.map((key) => {
    const button = make("button", "act", null, wordsOf(key, decide.names));
    Object.assign(button, { type: "button", onclick: () => press(page, decide, key) });
    return button;
  });
  decide.row.replaceChildren(make("span", "", null, `Training image ${place.index}:`), ...buttons);
}

/**
 * Do what a key asks for, and return whether it asks for anything.
 *
 * @param {PageRoot} page
 * @param {Decide} decide
 * @param {string} key
 */
export function press(page, decide, key) {
  const asked = decide.place && askedBy(key, decide.names);
  if (!asked) return false;
  decide.said.classList.remove("failed");
  decide.said.textContent = "Saving …";
  const { run, index } = decide.place;
  decide.asked.add(post(page, { run, ...asked, rows: asked.action === "undo" ? [] : [index] }));
  return true;
}

/**
 * Say what became of what was asked for in the lightbox of a page.
 *
 * @param {PageRoot} page
 * @param {Answer[]} answers
 */
export function hearDecided(page, answers) {
  const decide = page.lightbox?.decide;
  for (const { text, done } of answers.filter(({ id }) => decide?.asked.delete(id))) {
    decide.said.textContent = done ? text : `Not saved: ${text}`;
    decide.said.classList.toggle("failed", !done);
  }
}

/**
 * @param {string} key
 * @param {string[]} names
 */
function wordsOf(key, names) {
  if (key === "o") return "Leave out (O)";
  return key === "u" ? "Undo (U)" : `Relabel to ${names[Number(key) - 1]} (${key})`;
}

/** @param {Place} place */
function classesOf({ run }) {
  const known = classes.get(run) ?? fetchClasses(run);
  classes.set(run, known);
  return known;
}

/**
 * @param {string} run
 * @returns {Promise<string[]>}
 */
async function fetchClasses(run) {
  try {
    const answer = await fetch(`/classes/${run}`);
    if (answer.ok) return await answer.json();
  } catch {
    classes.delete(run); // without a connection it is asked again
  }
  return [];
}
