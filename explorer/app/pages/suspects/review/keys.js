// What a key or a button does to the queue.

import { post } from "../../../components/blocks/outbox.js";
import { drawEntry, openAt, WORDS } from "./entry.js";

const STEPS = { " ": 1, ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function busyElement(element, key) {
  if (!(element instanceof Element)) return false;
  if (
    element.closest(
      "input, textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], [role=application]",
    )
  )
    return true;
  const moves = key === " " || (key.startsWith("Arrow") && element.closest(".tile"));
  return Boolean(moves && element.closest("button, a, summary, [role=button]"));
}

export function perform(state, key) {
  const { classes } = state.data;
  if (key in STEPS) stepBy(state, STEPS[key]);
  else if (key === "?") state.help.showModal();
  else if (key === "u" || key === "r") ask(state, key === "u" ? "undo" : "redo", []);
  else if (key in WORDS) decide(state, WORDS[key][0], "", WORDS[key][1]);
  else if (/^[1-9]$/.test(key) && classes[key - 1] !== undefined)
    decide(state, "relabel", classes[key - 1], `→ ${classes[key - 1]}`);
  else return false;
  return true;
}

export function decide(state, action, value, words) {
  const entry = state.entries[state.at];
  if (!entry) return;
  state.data.done[entry.id] = `${words} …`;
  ask(state, action, [Number(entry.id)], value);
  state.at + 1 < state.entries.length ? stepBy(state, 1) : drawEntry(state);
}

function ask(state, action, rows, value = "") {
  state.said.classList.remove("failed");
  state.said.textContent = "Saving …";
  post(state.root, { run: state.data.run, action, rows, value });
}

function stepBy(state, step) {
  const at = state.at + step;
  if (at in state.entries) openAt(state, at);
  else state.said.textContent = `This is the ${step > 0 ? "last" : "first"} image of this part of the queue.`;
}
