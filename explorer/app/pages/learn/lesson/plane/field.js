// The field: points as shapes that can be reached by keyboard, the boundary with its probabilities, lines, the star.

import { drawFiles } from "../../../../components/chart/files.js";
import { make } from "../../../../components/dom/dom.js";
import { pathOf, putLine, setAttributes, svg } from "../../../../components/dom/svg.js";
import { fileName, pointsCsv, standaloneSvg } from "./as_files.js";
import { drawShade, drawTicks, makeShade, onField, SIDE } from "./field_ground.js";
import { listenToField } from "./gestures.js";
import { makeLegend, markOf, put, STAR_SHAPE } from "./marks.js";
import { shown } from "./notation.js";

/** @import { Ends, Field, FieldLooks, Group, Lesson, Point } from "./types.d.ts" */

const KEYS =
  "Tab goes from point to point. Arrow keys move a point, with Shift ten times as far. Enter chooses it, Delete removes it.";
const REACHED = { tabindex: 0, role: "button", "aria-describedby": "plane-keys" };

/**
 * The field with its layers; `lines` are the names of what is drawn under the points, the last on top.
 * @param {Lesson} lesson
 * @param {HTMLElement} parent
 * @param {FieldLooks} looks
 */
export function makeField(lesson, parent, { label, lines, legend, star = true, shaded = true }) {
  const skip = make("a", "skip", parent, "Skip the points");
  const figure = svg("svg", "field", parent, {
    viewBox: "-30 -8 438 440",
    role: "group",
    "aria-label": label,
    tabindex: 0,
  });
  const shade = shaded ? makeShade(figure) : null;
  svg("rect", "frame-of-field", figure, { width: SIDE, height: SIDE });
  /** @type {Field} */
  const field = { figure, shade, ...layersOf(figure, lines, star), points: [] };
  drawTicks(field, 1);
  makeLegend(parent, legend);
  make(
    "p",
    "keys",
    parent,
    `${KEYS} ${lesson.step.letters === "p" ? "P adds a point." : "C adds a cat, D a dog."}`,
  ).id = "plane-keys";
  const files = { svg: () => standaloneSvg(figure), csv: () => pointsCsv(lesson.state) };
  drawFiles(make("div", "files", parent), fileName(label), files);
  lesson.field = field;
  listenToField(lesson, field);
  skipTo(skip, parent);
  return field;
}

/**
 * @param {SVGElement} figure
 * @param {string[]} lines
 * @param {boolean} star
 */
function layersOf(figure, lines, star) {
  return {
    ticks: svg("g", "axes", figure, { "aria-hidden": "true" }),
    lines: Object.fromEntries(lines.map((name) => [name, svg("line", `line ${name}`, figure)])),
    over: svg("g", "", figure),
    layer: svg("g", "", figure),
    star: star ? makeStar(figure) : null,
  };
}

/**
 * @param {HTMLAnchorElement} link
 * @param {HTMLElement} parent
 */
function skipTo(link, parent) {
  link.href = "#";
  link.onclick = (event) => {
    event.preventDefault();
    const keys = /** @type {HTMLElement} */ (parent.querySelector(".keys"));
    keys.tabIndex = -1;
    keys.focus();
  };
}

/** @param {SVGElement} figure */
function makeStar(figure) {
  const group = svg("g", "star", figure, REACHED);
  svg("circle", "hit", group, { r: 15 });
  svg("path", "mark", group, { d: pathOf(STAR_SHAPE, true) });
  svg("text", "word", group, { x: 13, y: 4 });
  return group;
}

/**
 * Draw points, star and lines; `ends` maps the name of a line to its two ends in the plane, or null.
 * @param {Lesson} lesson
 * @param {{ theta?: number[] | null, ends?: Record<string, Ends | null>, dropped?: number }} drawn
 */
export function drawField(lesson, { theta = null, ends = {}, dropped = -1 }) {
  const { field, state } = lesson;
  if (theta && field.shade) drawShade(field.shade, theta);
  for (const [name, line] of Object.entries(field.lines)) putLine(line, ends[name] ?? null, onField);
  while (field.points.length > state.points.length) field.points.pop().remove();
  for (const [row, point] of state.points.entries()) drawPoint(lesson, point, row, dropped);
  if (field.star) drawStar(field.star, state.star);
}

/**
 * @param {Lesson} lesson
 * @param {Point} point
 * @param {number} row
 * @param {number} dropped
 */
function drawPoint({ field, state, step }, point, row, dropped) {
  field.points[row] ??= svg("g", "", field.layer, { ...REACHED, "data-row": row });
  const group = field.points[row];
  if (group.label !== point.label) redrawMark(group, point.label);
  const chosen = row === state.chosen;
  const kind = `point ${point.label}${chosen ? " chosen" : ""}${row === dropped ? " dropped" : ""}`;
  const words = `${nameOf(point, row)} at ${shown(point.x, 2)}, ${shown(point.y, 2)}${row === dropped ? ", left out" : ""}`;
  const [across, down] = onField([point.x, point.y]);
  const asked = `${kind} ${words}`;
  if (group.asked === asked) return;
  group.asked = asked;
  setAttributes(group, {
    class: kind,
    transform: `translate(${across} ${down})`,
    "aria-label": words,
    "aria-pressed": chosen,
  });
  group.setAttribute("aria-roledescription", step.letters === "p" ? "point" : "training point");
}

/**
 * @param {Group} group
 * @param {string} label
 */
function redrawMark(group, label) {
  group.label = label;
  group.replaceChildren();
  svg("circle", "hit", group, { r: 13 });
  svg("circle", "ring", group, { r: 11 });
  markOf(label, group);
}

/**
 * What a point is called: `cat 3`, numbered from 1.
 * @param {Point} point
 * @param {number} row
 */
export function nameOf(point, row) {
  return `${point.label} ${row + 1}`;
}

/**
 * @param {SVGGElement} group
 * @param {Point} star
 */
function drawStar(group, star) {
  const [across, down] = onField([star.x, star.y]);
  const words = `test ${star.label} at ${shown(star.x, 2)}, ${shown(star.y, 2)}; Enter makes it a ${star.label === "cat" ? "dog" : "cat"}`;
  setAttributes(group, { class: `star ${star.label}`, transform: `translate(${across} ${down})`, "aria-label": words });
  const word = /** @type {SVGElement} */ (group.lastElementChild);
  put(word, `test ${star.label}`);
  setAttributes(word, {
    x: across > SIDE - 70 ? -13 : 13,
    "text-anchor": across > SIDE - 70 ? "end" : "start",
  });
}
