// The marks of classes, figures with their sign, and legends.

import { make } from "../../../../components/dom/dom.js";
import { pathOf, svg } from "../../../../components/dom/svg.js";
import { signClass, signedScore } from "./notation.js";

/**
 * Text with the number that it rounds, for whoever wants all of it.
 * @param {HTMLElement | SVGElement} element
 * @param {string} text
 * @param {number | null | undefined} [value]
 */
export function put(element, text, value = null) {
  if (element.textContent !== text) element.textContent = text;
  if (value !== null && value !== undefined) element.dataset.value = String(value);
  else delete element.dataset.value;
}

/**
 * A text with a sign's colour.
 * @param {HTMLElement} element
 * @param {number | null} value
 * @param {number} [digits]
 */
export function putScore(element, value, digits = 4) {
  put(element, value === null ? "–" : signedScore(value, digits), value);
  element.classList.toggle("helpful", value !== null && signClass(value) === "helpful");
  element.classList.toggle("harmful", value !== null && signClass(value) === "harmful");
}

/**
 * The mark of a class: a circle for cats, a square for dogs, so that nothing is said by colour alone.
 * @param {string} label
 * @param {Element} parent
 * @param {number} [size]
 */
export function markOf(label, parent, size = 6) {
  if (label !== "dog") return svg("circle", "mark", parent, { r: size });
  const half = size - 0.5; // a square looks larger than a circle of its width
  return svg("rect", "mark", parent, { x: -half, y: -half, width: 2 * half, height: 2 * half, rx: 1 });
}

export const STAR_SHAPE = Array.from({ length: 10 }, (_, k) => {
  const [size, angle] = [k % 2 ? 4.6 : 11, (Math.PI * (k - 2.5)) / 5];
  return [size * Math.cos(angle), size * Math.sin(angle)];
});

/**
 * The words of a figure's lines and marks: `[class of the sample, words]`.
 * @param {HTMLElement} parent
 * @param {string[][]} entries
 */
export function makeLegend(parent, entries) {
  const list = make("ul", "legend", parent);
  for (const [kind, words] of entries) {
    const item = make("li", "", list);
    const sample = svg("svg", "sample", item, { viewBox: "0 0 28 16", "aria-hidden": "true" });
    drawSample(sample, kind);
    make("span", "", item, words);
  }
  return list;
}

/**
 * @param {SVGElement} sample
 * @param {string} kind
 */
function drawSample(sample, kind) {
  const group = svg("g", kind, sample, { transform: "translate(14 8)" });
  if (kind === "cat" || kind === "dog") markOf(kind, group, 5.5);
  else if (kind === "star") svg("path", "mark", group, { d: pathOf(STAR_SHAPE, true), transform: "scale(0.72)" });
  else if (kind.startsWith("dot")) svg("circle", "mark", group, { r: 4 });
  else svg("line", `line ${kind}`, sample, { x1: 1, y1: 8, x2: 27, y2: 8 });
}
