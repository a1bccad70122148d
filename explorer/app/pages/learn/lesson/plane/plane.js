// A step of the lesson: its panels, its controls, and the one function that draws all of it again after every change.

import { make, targetElement } from "../../../../components/dom/dom.js";
import { drawBar, makeBar } from "./controls.js";
import { CURVATURE } from "./curvature.js";
import { speaker } from "./figures_table.js";
import { LEAVE } from "./leave_one_out.js";
import { OUTLIER } from "./outlier.js";
import { makePanels, showPanels } from "./panels.js";
import { RISK } from "./risk.js";
import { stateOfAddress, undo } from "./state.js";
import { tellTasks } from "./tasks.js";
import { WEIGHT } from "./upweighting.js";

/**
 * @import { PlaneData } from "../../../../components/blocks.d.ts"
 * @import { Component } from "../../../../components/component.d.ts"
 * @import { Lesson, PlaneRoot, Step } from "./types.d.ts"
 */

/** @type {Record<number, Step>} */
const STEPS = { 2: RISK, 3: LEAVE, 4: WEIGHT, 5: CURVATURE, 6: OUTLIER };

/**
 * @param {PlaneRoot} root
 * @param {PlaneData} data
 */
function makeLesson(root, data) {
  const step = STEPS[data.step];
  const query = new URLSearchParams(window.location.search);
  const { pathname: path } = window.location;
  /** @type {Partial<Lesson>} */
  const initial = { root, data, step, path, past: [], sliders: {}, fitters: new Map(), gesture: null, facts: {} };
  const lesson = /** @type {Lesson} */ (/** @type {unknown} */ ({ ...initial, ...stateOfAddress(data, step, query) }));
  lesson.redraw = () => drawLesson(lesson);
  lesson.watch = new ResizeObserver((entries) => fitAgain(lesson, entries));
  root.classList.toggle("present", data.present);
  root.replaceChildren();
  makeBar(lesson, root);
  const bodies = makePanels(lesson, root);
  lesson.say = speaker(liveLine(root));
  lesson.copied = make("span", "said", root.querySelector(".bar"));
  lesson.copied.setAttribute("role", "status");
  step.build(lesson, bodies);
  root.onkeydown = (event) => undoByKey(lesson, event);
  lesson.showMode();
  showPanels(lesson);
  lesson.redraw();
  lesson.written = window.location.search;
  return lesson;
}

/** @param {HTMLElement} root */
function liveLine(root) {
  const line = make("p", "unseen", root);
  line.setAttribute("aria-live", "polite");
  return line;
}

/**
 * @param {Lesson} lesson
 * @param {ResizeObserverEntry[]} entries
 */
function fitAgain(lesson, entries) {
  const moved = entries.map(({ target }) => lesson.fitters.get(target)()).some(Boolean);
  if (moved) lesson.redraw();
}

/** @param {Lesson} lesson */
function drawLesson(lesson) {
  drawBar(lesson);
  lesson.step.draw(lesson);
  tellTasks(lesson);
}

/**
 * @param {Lesson} lesson
 * @param {KeyboardEvent} event
 */
function undoByKey(lesson, event) {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || targetElement(event).matches("input"))
    return;
  event.preventDefault();
  undo(lesson);
}

/**
 * What of the data and the address makes a figure another one.
 * @param {PlaneData} data
 */
function identityOf(data) {
  return JSON.stringify([data.step, data.preset, data.seed, data.points, data.present]);
}

/** @param {Component<PlaneData>} component */
export default function draw(component) {
  const root = /** @type {PlaneRoot} */ (component.parentElement.querySelector(".plane"));
  const identity = identityOf(component.data);
  const same = root.lesson && root.identity === identity && root.lesson.written === window.location.search;
  if (same) root.lesson.data = component.data;
  else {
    root.lesson?.watch.disconnect();
    clearTimeout(root.lesson?.writing);
    root.identity = identity;
    root.lesson = makeLesson(root, component.data);
  }
}
