// The grip by which a hand turns a boundary of its own.

import { setAttributes, svg } from "../../../../components/dom/svg.js";
import { onField } from "./field_ground.js";
import { movedBoundary } from "./logistic_regression.js";
import { shown } from "./notation.js";
import { allowed, changed } from "./state.js";

/** @import { Lesson, Place } from "./types.d.ts" */

const GRIP_REACH = 2.7; // how far along the boundary its grip lies, in units of the plane

/** @param {Lesson} lesson */
export function makeGrip(lesson) {
  const range = { "aria-valuemin": -180, "aria-valuemax": 180 };
  const grip = svg("g", "grip", lesson.field.over, {
    tabindex: 0,
    role: "slider",
    "aria-label": "Grip of your boundary",
    ...range,
  });
  svg("circle", "hit", grip, { r: 15 });
  svg("circle", "mark", grip, { r: 7 });
  lesson.field.grip = grip;
}

/**
 * @param {Element} grip
 * @param {number[]} boundary
 * @param {number} turn
 */
export function drawGrip(grip, [a, b, bias], turn) {
  const length = Math.hypot(a, b);
  grip.toggleAttribute("hidden", !(length > 1e-9));
  if (!(length > 1e-9)) return;
  const along = -bias / length;
  const [across, down] = onField([(along * a - GRIP_REACH * b) / length, (along * b + GRIP_REACH * a) / length]);
  setAttributes(grip, {
    transform: `translate(${across} ${down})`,
    "aria-valuenow": turn,
    "aria-valuetext": `${shown(turn, 0)} degrees`,
  });
}

/**
 * The grip follows the hand: the boundary keeps its distance from the middle and turns.
 * @param {Lesson} lesson
 * @param {Place} place
 */
export function pullBoundary(lesson, [x, y]) {
  const [a, b, bias] = movedBoundary(lesson.theta, 0, lesson.state.values.shift);
  const reach = Math.atan2(GRIP_REACH, -bias / Math.hypot(a, b));
  const turn = ((Math.atan2(y, x) - reach - Math.atan2(b, a)) * 180) / Math.PI;
  setBoundary(lesson, { turn: turn - 360 * Math.round(turn / 360) });
}

/**
 * @param {Lesson} lesson
 * @param {number} direction
 * @param {boolean} far
 */
export function nudgeBoundary(lesson, direction, far) {
  setBoundary(lesson, { turn: lesson.state.values.turn + direction * (far ? 10 : 1) });
}

/**
 * @param {Lesson} lesson
 * @param {Record<string, number>} moved
 */
export function setBoundary(lesson, moved) {
  for (const [name, value] of Object.entries(moved))
    lesson.state.values[name] = allowed(lesson.step.sliders[name], value);
  changed(lesson);
}
