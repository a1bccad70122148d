// The controls of a figure: which points, add and remove, undo, sliders, which panels are shown, copy the link.

import { make } from "../../../../components/dom/dom.js";
import { setAttributes } from "../../../../components/dom/svg.js";
import { removePoint } from "./gestures.js";
import { put } from "./marks.js";
import { LABELS } from "./notation.js";
import { makePanelsMenu } from "./panels.js";
import { drawSliders, makeSlider } from "./sliders.js";
import { reset, undo, visitPoints, writeAddress } from "./state.js";

/** @import { Lesson } from "./types.d.ts" */

const MOST_SEEDS = 1e9; // the server reads whole numbers of nine digits

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} parent
 */
export function makeBar(lesson, parent) {
  const bar = make("div", "bar", parent);
  makePresets(lesson, bar);
  button(bar, "New points", () => visitPoints(lesson, lesson.data.preset, (lesson.data.seed + 1) % MOST_SEEDS));
  lesson.undoButton = button(bar, "Undo", () => undo(lesson));
  button(bar, "Reset", () => reset(lesson));
  make("span", "stretch", bar);
  makePanelsMenu(lesson, bar);
  button(bar, "Copy link", () => copyLink(lesson));
  makeModes(lesson, make("div", "bar", parent));
  lesson.noticeLine = make("p", "notice", parent);
  lesson.noticeLine.setAttribute("role", "alert");
  lesson.linkField = make("input", "link", parent);
  setAttributes(lesson.linkField, { readonly: "", "aria-label": "The link to this figure", hidden: "" });
}

/**
 * @param {HTMLElement} parent
 * @param {string} words
 * @param {() => void} act
 */
function button(parent, words, act) {
  const made = make("button", "act", parent, words);
  made.type = "button";
  made.onclick = act;
  return made;
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} bar
 */
function makePresets(lesson, bar) {
  const label = make("label", "field-of-bar", bar);
  make("span", "", label, "Points");
  const select = make("select", "", label);
  select.setAttribute("aria-label", "Points");
  for (const [name, title] of Object.entries(lesson.data.presets)) make("option", "", select, title).value = name;
  select.value = lesson.data.preset;
  select.onchange = () => visitPoints(lesson, select.value, lesson.data.seed);
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} bar
 */
function makeModes(lesson, bar) {
  const { letters, adds } = lesson.step;
  const modes = [["", "moves points"], ...[...letters].map((letter) => [LABELS[letter], `adds a ${LABELS[letter]}`])];
  const group = make("div", "modes", bar);
  setAttributes(group, { role: "group", "aria-label": "What a press on the field does" });
  make("span", "quiet", group, "A press on the field");
  lesson.mode = matchMedia("(pointer: coarse)").matches ? "" : (adds ?? ""); // a finger that only wants to scroll adds nothing
  const buttons = modes.map(([mode, words]) => modeButton(lesson, group, mode, words));
  lesson.showMode = () => {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.mode === lesson.mode));
    lesson.field?.figure.classList.toggle("adds", lesson.mode !== "");
  };
  lesson.removeButton = button(bar, "Remove the chosen point", () => removePoint(lesson, lesson.state.chosen));
  for (const name of Object.keys(lesson.step.sliders))
    if (lesson.step.sliders[name].inBar) makeSlider(lesson, bar, name);
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} group
 * @param {string} mode
 * @param {string} words
 */
function modeButton(lesson, group, mode, words) {
  const made = button(group, words, () => {
    lesson.mode = mode;
    lesson.showMode();
  });
  made.dataset.mode = mode;
  return made;
}

/** @param {Lesson} lesson */
export function drawBar(lesson) {
  lesson.undoButton.disabled = !lesson.past.length;
  lesson.removeButton.disabled = lesson.state.chosen < 0;
  put(lesson.noticeLine, lesson.notice);
  lesson.noticeLine.hidden = !lesson.notice;
  drawSliders(lesson);
}

/** @param {Lesson} lesson */
async function copyLink(lesson) {
  writeAddress(lesson);
  const link = window.location.href;
  const copied = (await copyByClipboard(link)) || copyByField(lesson.linkField, link);
  lesson.linkField.hidden = copied;
  put(lesson.copied, copied ? "Link copied" : "Copy the link from the field");
}

/** @param {string} link */
async function copyByClipboard(link) {
  try {
    await navigator.clipboard.writeText(link);
    return true;
  } catch {
    return false; // no permission, or no clipboard beside https and localhost
  }
}

/**
 * @param {HTMLInputElement} field
 * @param {string} link
 */
function copyByField(field, link) {
  field.hidden = false;
  field.value = link;
  field.focus();
  field.select();
  return document.execCommand("copy");
}
