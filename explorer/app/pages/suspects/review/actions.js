// The buttons of the queue, each with its key.

import { make } from "../../../components/dom/dom.js";
import { perform, relabel } from "./keys.js";

/** @import { Review } from "./types.d.ts" */

const DIGITS = 9;
/** @type {Record<string, string>} */
const SIGNS = { ArrowLeft: "←", ArrowRight: "→" };

/** @param {Review} state */
export function drawActions(state) {
  const { classes } = state.data;
  const shown = classes.slice(0, DIGITS).map((name, row) => [String(row + 1), name, `Label it ${name}`]);
  const keys = [
    ...shown,
    ["e", "Exclude", "Leave it out of the training set"],
    ["c", "Confirm", "Its label is right"],
    ["u", "Undo", "Take your latest decision back"],
    ["r", "Redo", "Do again what you took back last"],
    ["ArrowLeft", "Previous", "The image before"],
    ["ArrowRight", "Next", "The next image"],
  ];
  state.actions.replaceChildren(...keys.map(([key, label, title]) => actionOf(state, key, label, title)));
  if (classes.length > DIGITS) state.actions.children[DIGITS - 1].after(restOf(state, classes));
}

/**
 * @param {Review} state
 * @param {string} key
 * @param {string} label
 * @param {string} title
 */
function actionOf(state, key, label, title) {
  const button = make("button", "act review-act");
  Object.assign(button, { type: "button", title });
  make("kbd", "", button, SIGNS[key] ?? key.toUpperCase());
  make("span", "", button, label);
  button.dataset.key = key;
  button.onclick = (event) => {
    perform(state, key);
    if (event.detail) button.blur(); // after a click with the mouse the space bar means the next image
  };
  return button;
}

/**
 * @param {Review} state
 * @param {string[]} classes
 */
function restOf(state, classes) {
  const select = make("select", "act");
  select.setAttribute("aria-label", "Another label");
  make("option", "", select, "Another label …").value = "";
  for (const name of classes.slice(DIGITS)) make("option", "", select, name);
  select.onchange = () => {
    const name = select.value;
    select.value = "";
    select.blur();
    if (name) relabel(state, name);
  };
  return select;
}
