// The ground of the field: its scale, its ticks, and probability as colour.

import { setAttributes, svg } from "../../../../components/dom/svg.js";
import { sigmoid } from "./logistic_regression.js";
import { SPAN, shown } from "./notation.js";

/** @import { Field, Shade } from "./types.d.ts" */

export const SIDE = 400; // length of the field in its own units; a point of the plane is 50 of them
const SHADE_REACH = 6; // log-odds at which a class's colour is full: P = 0.9975
const SHADE_DEPTH = 0.42;

/** @param {number[]} place */
export function onField([x, y]) {
  return [((x + SPAN) * SIDE) / (2 * SPAN), ((SPAN - y) * SIDE) / (2 * SPAN)];
}

/**
 * Probability as colour: it depends on the distance from the boundary only, so one gradient across it is exact at its stops.
 * @param {SVGElement} figure
 */
export function makeShade(figure) {
  const definitions = svg("defs", "", figure);
  const gradient = svg("linearGradient", "", definitions, { id: "plane-shade", gradientUnits: "userSpaceOnUse" });
  for (let odds = -SHADE_REACH; odds <= SHADE_REACH; odds += 0.5) {
    const sure = Math.abs(2 * sigmoid(odds) - 1);
    const offset = (odds + SHADE_REACH) / (2 * SHADE_REACH);
    svg("stop", odds < 0 ? "cat" : "dog", gradient, { offset, "stop-opacity": (SHADE_DEPTH * sure).toFixed(3) });
  }
  const ground = svg("rect", "shade", figure, { width: SIDE, height: SIDE, fill: "url(#plane-shade)" });
  return { gradient, ground };
}

/**
 * @param {Shade} shade
 * @param {number[]} theta
 */
export function drawShade({ gradient, ground }, [a, b, bias = 0]) {
  const square = a * a + b * b;
  const flat = square < 1e-12;
  ground.setAttribute("fill", flat ? "none" : "url(#plane-shade)");
  if (flat) return;
  const place = (/** @type {number} */ odds) => onField([(a * (odds - bias)) / square, (b * (odds - bias)) / square]);
  const [[x1, y1], [x2, y2]] = [place(-SHADE_REACH), place(SHADE_REACH)];
  setAttributes(gradient, { x1, y1, x2, y2 });
}

/**
 * @param {Field} field
 * @param {number} stretch
 */
export function drawTicks(field, stretch) {
  if (field.stretch === stretch) return;
  field.stretch = stretch;
  field.ticks.replaceChildren();
  for (let value = -SPAN; value <= SPAN; value++) {
    const [across] = onField([value, 0]);
    const [, down] = onField([0, value]);
    svg("line", "tick", field.ticks, { x1: across, x2: across, y1: 0, y2: SIDE });
    svg("line", "tick", field.ticks, { x1: 0, x2: SIDE, y1: down, y2: down });
    if (value % 2) continue;
    svg("text", "number", field.ticks, { x: across, y: SIDE + 14, "text-anchor": "middle" }).textContent = shown(
      value * stretch,
      0,
    );
    svg("text", "number", field.ticks, { x: -5, y: down + 4, "text-anchor": "end" }).textContent = shown(value, 0);
  }
  svg("text", "axis", field.ticks, { x: SIDE / 2, y: SIDE + 29, "text-anchor": "middle" }).textContent = "x";
  svg("text", "axis", field.ticks, { x: -22, y: SIDE / 2 + 4, "text-anchor": "middle" }).textContent = "y";
}
