// What a key or a button does to the queue.

import { post } from "../../../components/blocks/outbox.js";
import { drawEntry, openAt, WORDS } from "./entry.js";

/** @import { Review } from "./types.d.ts" */

/** @type {Record<string, number>} */
const STEPS = { " ": 1, ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * @param {EventTarget | undefined} element
 * @param {string} key
 */
export function busyElement(element, key) {
  if (!(element instanceof Element)) return false;
  if (
    element.closest(
      "input, textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], [role=application], dialog",
    )
  )
    return true;
  if (key === "x" && element.closest(".tile")) return true;
  const moves = key === " " || (key.startsWith("Arrow") && element.closest(".tile"));
  return Boolean(moves && element.closest("button, a, summary, [role=button]"));
}

/**
 * @param {Review} state
 * @param {string} key
 */
export function perform(state, key) {
  const { classes } = state.data;
  if (key in STEPS) stepBy(state, STEPS[key]);
  else if (key === "u" || key === "r") ask(state, key === "u" ? "undo" : "redo", []);
  else if (key in WORDS) decide(state, WORDS[key][0], "", WORDS[key][1]);
  else if (/^[1-9]$/.test(key) && classes[Number(key) - 1] !== undefined) relabel(state, classes[Number(key) - 1]);
  else if (key === "x") state.said.textContent = "E excludes this image, C confirms its label; X chooses pictures.";
  else return false;
  return true;
}

/**
 * @param {Review} state
 * @param {string} name of the class
 */
export function relabel(state, name) {
  decide(state, "relabel", name, `→ ${name}`);
}

/**
 * @param {Review} state
 * @param {string} action
 * @param {string} value
 * @param {string} words
 */
function decide(state, action, value, words) {
  const entry = state.entries[state.at];
  if (!entry) return;
  state.data.done[entry.id] = `${words} …`;
  ask(state, action, [Number(entry.id)], value);
  state.at + 1 < state.entries.length ? stepBy(state, 1) : drawEntry(state);
}

/**
 * @param {Review} state
 * @param {string} action
 * @param {number[]} rows
 * @param {string} [value]
 */
function ask(state, action, rows, value = "") {
  state.said.classList.remove("failed");
  state.said.textContent = "Saving …";
  post(state.root, { run: state.data.run, action, rows, value });
}

/**
 * @param {Review} state
 * @param {number} step
 */
function stepBy(state, step) {
  const at = state.at + step;
  if (at in state.entries) openAt(state, at);
  else state.said.textContent = `This is the ${step > 0 ? "last" : "first"} image of this part of the queue.`;
}
