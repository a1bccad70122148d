// Sliders with their name and value; the one of the penalty is the same in every step.

import { make } from "../../../../components/dom/dom.js";
import { setAttributes } from "../../../../components/dom/svg.js";
import { put } from "./marks.js";
import { allowed, changed, remember } from "./state.js";

/** @import { Lesson, Slider } from "./types.d.ts" */

const PENALTIES = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
/** @type {Slider} */
export const PENALTY_SLIDER = {
  label: "Penalty λ",
  list: PENALTIES,
  initial: 0.01,
  inBar: true,
  words: (value) => String(value),
};

/**
 * A slider with its name and value; one press and all moves until release are one step of undo.
 * @param {Lesson} lesson
 * @param {HTMLElement} parent
 * @param {string} name
 */
export function makeSlider(lesson, parent, name) {
  const slider = lesson.step.sliders[name];
  const label = make("label", "slider", parent);
  make("span", "slider-name", label, slider.label);
  const input = make("input", "", label);
  const range =
    "list" in slider
      ? { min: 0, max: slider.list.length - 1, step: 1 }
      : { min: slider.low, max: slider.high, step: slider.step };
  setAttributes(input, { type: "range", name, "aria-label": slider.label, ...range });
  const value = make("span", "slider-value", label);
  let pulled = false;
  input.oninput = () => {
    if (!pulled) remember(lesson);
    pulled = true;
    lesson.state.values[name] =
      "list" in slider ? slider.list[Number(input.value)] : allowed(slider, Number(input.value));
    changed(lesson);
  };
  input.onchange = () => {
    pulled = false;
  };
  lesson.sliders[name] = { input, value };
}

/** @param {Lesson} lesson */
export function drawSliders(lesson) {
  for (const [name, { input, value }] of Object.entries(lesson.sliders)) {
    const slider = lesson.step.sliders[name];
    const now = lesson.state.values[name];
    const words = slider.words(now);
    input.value = String("list" in slider ? slider.list.indexOf(now) : now);
    if (input.getAttribute("aria-valuetext") !== words) input.setAttribute("aria-valuetext", words);
    put(value, words, now);
  }
}
