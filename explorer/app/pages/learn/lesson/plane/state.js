// What a person can change: points, star, chosen point, sliders, panels. It lives in the address and can be undone.

import { visit } from "../../../../components/dom/navigation.js";
import { LABELS, readPoints, writtenPoints } from "./notation.js";

/**
 * @import { PlaneData } from "../../../../components/blocks.d.ts"
 * @import { Lesson, Slider, State, Step } from "./types.d.ts"
 */

export const KEPT_STEPS = 100; // how far undo goes back
export const REST_MS = 250; // Chromium takes 200 changes of the address in 30 seconds, a drag makes more

/**
 * The state of a preset: nothing moved, every slider where it begins.
 * @param {PlaneData} data
 * @param {Step} step
 */
export function presetState(data, step) {
  const initial = Object.entries(step.sliders).map(([name, { initial: value }]) => [name, value]);
  return {
    points: readPoints(data.points, step.letters).points,
    star: readPoints(data.star, "cd").points[0],
    chosen: step.chosen,
    values: Object.fromEntries(initial),
  };
}

/**
 * The state that an address asks for, the panels that it hides, and one sentence where its points cannot be drawn.
 * @param {PlaneData} data
 * @param {Step} step
 * @param {URLSearchParams} query
 */
export function stateOfAddress(data, step, query) {
  const state = presetState(data, step);
  const wrong = usePoints(state, query.get("points"), step.letters);
  const star = readPoints(query.get("star") ?? "", "cd").points;
  if (star.length === 1) [state.star] = star;
  for (const [name, slider] of Object.entries(step.sliders)) {
    if (query.has(name)) state.values[name] = allowed(slider, Number(query.get(name)));
  }
  const row = /^(none|\d{1,3})$/.exec(query.get("row") ?? "")?.[1];
  if (row) state.chosen = row === "none" ? -1 : Number(row);
  keepChosen(state, step);
  return { state, notice: wrong, hidden: new Set((query.get("hide") ?? "").split(",").filter(Boolean)) };
}

/**
 * Take the points of an address, "none" for none at all; return what is wrong with them.
 * @param {Pick<State, "points">} state
 * @param {string | null} text
 * @param {string} letters
 */
export function usePoints(state, text, letters) {
  const found = readPoints(text && text !== "none" ? text : "", letters);
  if (text && !found.wrong) state.points = found.points;
  return found.wrong && ofOtherSteps(text, letters) ? "" : found.wrong;
}

/**
 * Whether points are those of another kind of figure, brought along from another step: nothing is wrong with them.
 * @param {string} text
 * @param {string} letters
 */
export function ofOtherSteps(text, letters) {
  const others = Object.keys(LABELS)
    .filter((letter) => !letters.includes(letter))
    .join("");
  return !readPoints(text, others).wrong;
}

/**
 * The value of a slider nearest to what was asked for.
 * @param {Slider} slider
 * @param {number} asked
 */
export function allowed(slider, asked) {
  if (!Number.isFinite(asked)) return slider.initial;
  if ("list" in slider)
    return slider.list.reduce((best, value) => (Math.abs(value - asked) < Math.abs(best - asked) ? value : best));
  const steps = Math.round((Math.min(slider.high, Math.max(slider.low, asked)) - slider.low) / slider.step);
  return Number((slider.low + steps * slider.step).toFixed(6));
}

/**
 * A chosen point exists, wherever the step needs one.
 * @param {State} state
 * @param {Step} step
 */
export function keepChosen(state, step) {
  state.chosen = Math.min(state.chosen, state.points.length - 1);
  if (!step.optional && state.chosen < 0 && state.points.length) state.chosen = 0;
}

/**
 * The address of what is drawn now; whatever else the page keeps there stays.
 * @param {Lesson} lesson
 */
export function addressOf(lesson) {
  const query = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(entriesOf(lesson)))
    value === "" ? query.delete(name) : query.set(name, String(value));
  return `${window.location.pathname}?${query.toString().replaceAll("%2C", ",")}`;
}

/**
 * What the address says of a figure, by the name of the parameter: empty where it is as the step begins.
 * @param {Lesson} lesson
 */
function entriesOf({ data, step, state, hidden }) {
  const preset = presetState(data, step);
  /** @type {Record<string, string | number>} */
  const entries = {
    step: data.step,
    data: unlessSame(data.preset, data.first),
    seed: unlessSame(data.seed, 0),
    points: unlessSame(writtenPoints(state.points) || "none", writtenPoints(preset.points)),
    star: unlessSame(writtenPoints([state.star]), data.star),
    row: unlessSame(state.chosen < 0 ? "none" : state.chosen, preset.chosen < 0 ? "none" : preset.chosen),
    hide: [...hidden].join(","),
  };
  for (const [name, value] of Object.entries(state.values)) entries[name] = unlessSame(value, preset.values[name]);
  return entries;
}

/**
 * Whether the address asks for another figure than the drawn one: the person has moved, and the server has not answered yet.
 * @param {Lesson} lesson
 */
function isLeft(lesson) {
  const [was, is] = [lesson.written, window.location.search].map((query) => new URLSearchParams(query));
  return Object.keys(entriesOf(lesson)).some((name) => was.get(name) !== is.get(name));
}

/**
 * @param {string | number} value
 * @param {string | number} other
 */
export function unlessSame(value, other) {
  return value === other ? "" : value;
}

/**
 * Write the address once the hand rests, so that a reload or a copied link shows the same.
 * @param {Lesson} lesson
 */
export function keepAddress(lesson) {
  clearTimeout(lesson.writing);
  lesson.writing = window.setTimeout(() => writeAddress(lesson), REST_MS);
}

/** @param {Lesson} lesson */
export function writeAddress(lesson) {
  const { root, path } = lesson;
  if (!root.isConnected || window.location.pathname !== path || isLeft(lesson)) return; // the person has gone elsewhere
  window.history.replaceState(window.history.state, "", addressOf(lesson));
  lesson.written = window.location.search;
}

/**
 * Keep the state as it is now, for undo: called before a change.
 * @param {Lesson} lesson
 */
export function remember(lesson) {
  lesson.past.push(structuredClone(lesson.state));
  if (lesson.past.length > KEPT_STEPS) lesson.past.shift();
}

/** @param {Lesson} lesson */
export function undo(lesson) {
  if (!lesson.past.length) return;
  lesson.gesture = null; // a hand that still drags holds a point of the state that goes
  lesson.state = lesson.past.pop();
  changed(lesson);
}

/** @param {Lesson} lesson */
export function reset(lesson) {
  lesson.gesture = null;
  remember(lesson);
  lesson.state = presetState(lesson.data, lesson.step);
  lesson.notice = "";
  changed(lesson);
}

/**
 * Draw after a change, and let the address and the spoken sentence follow.
 * @param {Lesson} lesson
 */
export function changed(lesson) {
  keepChosen(lesson.state, lesson.step);
  lesson.redraw();
  keepAddress(lesson);
}

/**
 * Ask the server for other points: a visit, so that the back button undoes it.
 * @param {Lesson} lesson
 * @param {string} preset
 * @param {number} seed
 */
export function visitPoints(lesson, preset, seed) {
  clearTimeout(lesson.writing);
  const query = new URLSearchParams(window.location.search);
  for (const name of ["points", "star", "row"]) query.delete(name);
  query.set("data", preset);
  query.set("seed", String(seed));
  visit(`${window.location.pathname}?${query}`);
}
