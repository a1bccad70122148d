// What a hand, a finger and a keyboard do to the field: drag, click, add, remove, move by arrows.

import { targetElement } from "../../../../components/dom/dom.js";
import { allShown } from "../../../../components/dom/focus.js";
import { describeKeys } from "../../../../components/keys/keys.js";
import { SIDE } from "./field_ground.js";
import { LABELS, MOST_POINTS, SPAN, snapped } from "./notation.js";
import { changed, remember } from "./state.js";

/** @import { Field, Lesson, Place, Point, Target } from "./types.d.ts" */

const CLICK_PX = 3; // a hand that moves less than this has clicked
/** @type {Record<string, Place>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ARROW_STEP = 0.05;
describeKeys({
  title: "On a point of the figure (Tab)",
  rows: () => [
    ["← → ↑ ↓", "move it; with Shift, farther"],
    ["Enter", "choose it, where the step asks for a point"],
    ["Delete", "take it away"],
    ["Ctrl with Z", "undo"],
  ],
  here: () => allShown(".plane .field").length > 0,
});

/**
 * @param {Lesson} lesson
 * @param {Field} field
 */
export function listenToField(lesson, { figure }) {
  figure.addEventListener("pointerdown", (event) => press(lesson, event));
  figure.addEventListener("pointermove", (event) => lesson.gesture && drag(lesson, event));
  figure.addEventListener("pointerup", (_event) => lesson.gesture && release(lesson));
  figure.addEventListener("pointercancel", () => {
    lesson.gesture = null;
  });
  // Chromium does not heed touch-action inside an SVG: a finger on a point drags it, beside it scrolls the page.
  figure.addEventListener("touchstart", (event) => targetOf(event).kind !== "field" && event.preventDefault(), {
    passive: false,
  });
  figure.addEventListener("keydown", (event) => fieldKey(lesson, event));
}

/**
 * Where an event is in the plane, not yet on its grid.
 * @param {Field} field
 * @param {MouseEvent} event
 */
function placeOfEvent({ figure }, event) {
  const { a, e, d, f } = figure.getScreenCTM();
  const [across, down] = [(event.clientX - e) / a, (event.clientY - f) / d];
  return [(across * 2 * SPAN) / SIDE - SPAN, SPAN - (down * 2 * SPAN) / SIDE];
}

/**
 * @param {Event} event
 * @returns {Target}
 */
function targetOf(event) {
  const element = targetElement(event);
  const point = /** @type {HTMLElement} */ (element.closest(".point"));
  if (point) return { kind: "point", row: Number(point.dataset.row) };
  if (element.closest(".star")) return { kind: "star" };
  return { kind: element.closest(".grip") ? "grip" : "field" };
}

/**
 * The point or star that a target names, as it stands in the state.
 * @param {Lesson} lesson
 * @param {Target} target
 */
function thingOf({ state }, { kind, row }) {
  return kind === "star" ? state.star : state.points[row];
}

/**
 * @param {Lesson} lesson
 * @param {PointerEvent} event
 */
function press(lesson, event) {
  if (event.button || lesson.gesture) return;
  let target = targetOf(event);
  const place = placeOfEvent(lesson.field, event);
  if (target.kind === "field" && (!lesson.mode || Math.max(...place.map(Math.abs)) > SPAN)) return;
  event.preventDefault();
  if (target.kind === "point") target.row = nearestPoint(lesson, place);
  remember(lesson);
  if (target.kind === "field") {
    if (!addPoint(lesson, lesson.mode, place)) return;
    target = { kind: "point", row: lesson.state.points.length - 1, added: true };
  }
  lesson.field.figure.setPointerCapture(event.pointerId);
  const thing = thingOf(lesson, target);
  const grip = thing ? [thing.x - place[0], thing.y - place[1]] : [0, 0];
  lesson.gesture = { ...target, grip, from: [event.clientX, event.clientY], moved: Boolean(target.added) };
  focusTarget(lesson, target);
}

/**
 * The point whose middle is nearest to a place: where points overlap, the one on top need not be the one that is meant.
 * @param {Lesson} lesson
 * @param {Place} place
 */
function nearestPoint({ state }, [x, y]) {
  const far = state.points.map((point) => Math.hypot(point.x - x, point.y - y));
  return far.indexOf(Math.min(...far));
}

/**
 * @param {Lesson} lesson
 * @param {PointerEvent} event
 */
function drag(lesson, event) {
  const { gesture } = lesson;
  gesture.moved ||= Math.hypot(event.clientX - gesture.from[0], event.clientY - gesture.from[1]) >= CLICK_PX;
  if (!gesture.moved) return;
  const [x, y] = placeOfEvent(lesson.field, event);
  if (gesture.kind === "grip") lesson.step.pull(lesson, [x, y]);
  else moveThing(thingOf(lesson, gesture), x + gesture.grip[0], y + gesture.grip[1]);
  if (gesture.kind === "point" && lesson.step.follows) lesson.state.chosen = gesture.row;
  changed(lesson);
}

/** @param {Lesson} lesson */
function release(lesson) {
  const { gesture } = lesson;
  lesson.gesture = null;
  if (gesture.moved) return lesson.redraw(); // what a figure says of a point at rest
  lesson.past.pop(); // nothing was dragged: a click remembers for itself
  clicked(lesson, gesture);
}

/**
 * @param {Point} thing
 * @param {number} x
 * @param {number} y
 */
function moveThing(thing, x, y) {
  [thing.x, thing.y] = [snapped(x), snapped(y)];
}

/**
 * @param {Lesson} lesson
 * @param {Target} target
 */
export function clicked(lesson, target) {
  if (target.kind === "grip") return;
  remember(lesson);
  if (target.kind === "star") lesson.state.star.label = lesson.state.star.label === "cat" ? "dog" : "cat";
  else choosePoint(lesson, target.row);
  changed(lesson);
}

/**
 * @param {Lesson} lesson
 * @param {number} row
 */
function choosePoint({ state, step }, row) {
  state.chosen = step.optional && state.chosen === row ? -1 : row;
}

/**
 * Add a point and draw; false where there are too many already.
 * @param {Lesson} lesson
 * @param {string} label
 * @param {Place} place
 */
function addPoint(lesson, label, [x, y]) {
  const { points } = lesson.state;
  lesson.notice =
    points.length < MOST_POINTS ? "" : `${MOST_POINTS} points are the most that are drawn; remove one first.`;
  if (!lesson.notice) points.push({ x: snapped(x), y: snapped(y), label });
  else lesson.past.pop();
  if (!lesson.notice && lesson.step.follows) lesson.state.chosen = points.length - 1;
  changed(lesson);
  return !lesson.notice;
}

/**
 * @param {Lesson} lesson
 * @param {number} row
 */
export function removePoint(lesson, row) {
  if (row < 0 || row >= lesson.state.points.length) return;
  lesson.gesture = null;
  remember(lesson);
  const { state } = lesson;
  state.points.splice(row, 1);
  if (state.chosen === row) state.chosen = lesson.step.optional ? -1 : Math.min(row, state.points.length - 1);
  else if (state.chosen > row) state.chosen--;
  lesson.notice = "";
  changed(lesson);
  const next = lesson.field.points[Math.min(row, state.points.length - 1)] ?? lesson.field.figure;
  next.focus({ preventScroll: true });
}

/**
 * @param {Lesson} lesson
 * @param {Target} target
 */
function focusTarget({ field }, { kind, row }) {
  const element = kind === "star" ? field.star : kind === "grip" ? field.grip : field.points[row];
  element?.focus({ preventScroll: true });
}

/**
 * @param {Lesson} lesson
 * @param {KeyboardEvent} event
 */
function fieldKey(lesson, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = targetOf(event);
  if (event.key in ARROWS) moveByKey(lesson, event, target);
  else if (target.kind !== "field" && (event.key === "Enter" || event.key === " ")) clicked(lesson, target);
  else if (target.kind === "point" && ["Delete", "Backspace"].includes(event.key)) removePoint(lesson, target.row);
  else if (lesson.step.letters.includes(event.key.toLowerCase())) addByKey(lesson, event.key.toLowerCase(), target);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {Lesson} lesson
 * @param {KeyboardEvent} event
 * @param {Target} target
 */
function moveByKey(lesson, event, target) {
  if (target.kind === "field") return;
  const [x, y] = ARROWS[event.key];
  const far = event.shiftKey ? 10 * ARROW_STEP : ARROW_STEP;
  remember(lesson);
  if (target.kind === "grip") lesson.step.nudge(lesson, x || y, event.shiftKey);
  else {
    const thing = thingOf(lesson, target);
    moveThing(thing, thing.x + far * x, thing.y + far * y);
    if (target.kind === "point" && lesson.step.follows) lesson.state.chosen = target.row;
  }
  changed(lesson);
}

/**
 * A new point a little beside the one that has the focus, else in the middle; it gets the focus.
 * @param {Lesson} lesson
 * @param {string} letter
 * @param {Target} target
 */
function addByKey(lesson, letter, target) {
  const beside = target.kind === "point" || target.kind === "star" ? thingOf(lesson, target) : { x: -0.3, y: -0.3 };
  remember(lesson);
  const added = addPoint(lesson, LABELS[letter], [beside.x + 0.3, beside.y + 0.3]);
  if (added) focusTarget(lesson, { kind: "point", row: lesson.state.points.length - 1 });
}
