// Step 4: one point counts more or less; the boundary really refitted, and the tangent that the influence function predicts.

import { make } from "../../../../components/dom/dom.js";
import { drawChart, drawNothing, makeChart, pullChart } from "./chart.js";
import { roundEnds } from "./chart_axes.js";
import { drawField, makeField, nameOf } from "./field.js";
import { makeTable } from "./figures_table.js";
import {
  boundaryEnds,
  dot,
  fit,
  lossSlope,
  plus,
  problemOf,
  signOf,
  starLoss,
  tangentOf,
  upweighted,
  withoutRow,
} from "./logistic_regression.js";
import { makeLegend, put } from "./marks.js";
import { SPAN, shown, signedScore } from "./notation.js";
import { makeSlider, PENALTY_SLIDER } from "./sliders.js";
import { allowed, changed, remember } from "./state.js";

/** @import { Bodies, Fit, Lesson, Point, Problem, Step, Upweighted } from "./types.d.ts" */

const TIMES = Array.from({ length: 41 }, (_, k) => Number((-1 + 0.1 * k).toFixed(1)));

/** @type {Step} */
export const WEIGHT = {
  letters: "cd",
  chosen: 0,
  follows: true,
  sliders: {
    l2: { ...PENALTY_SLIDER, initial: 0.001 },
    eps: { label: "Extra weight ε", low: -1, high: 3, step: 0.05, initial: 2, words: epsilonWords },
  },
  panels: [
    ["plane", "Give one point more weight, or less", "left"],
    ["curve", "Loss of the test point", "right"],
    ["numbers", "Refitted and predicted", "right"],
  ],
  build: buildWeight,
  draw: drawWeight,
};

/** @param {number} times */
function epsilonWords(times) {
  if (times === -1) return "−1/n: left out";
  return times === 0 ? "0: as it is" : `${shown(times, 2)}/n`;
}

/**
 * @param {Lesson} lesson
 * @param {Bodies} bodies
 */
function buildWeight(lesson, bodies) {
  makeField(lesson, bodies.plane, {
    label: "Points, the test point, and three boundaries",
    lines: ["ghost", "predicted", "fitted"],
    legend: [
      ["cat", "cat"],
      ["dog", "dog"],
      ["star", "test point"],
      ["fitted", "really refitted"],
      ["predicted", "predicted by the tangent"],
      ["ghost", "before, ε = 0"],
    ],
  });
  makeSlider(lesson, bodies.plane, "eps");
  makeLegend(bodies.curve, [
    ["refitted", "really refitted"],
    ["tangent", "tangent at ε = 0"],
  ]);
  const label = "Loss of the test point over the extra weight of the chosen point";
  lesson.chart = makeChart(lesson, make("div", "", bodies.curve), {
    label,
    x: "ε, in 1/n",
    y: "loss of the test point",
    height: 280,
  });
  pullChart(
    lesson.chart,
    () => remember(lesson),
    (value) => setEpsilon(lesson, value),
  );
  const heads = ["Model", "w₁", "w₂", "bias", "test loss", "change"];
  lesson.cells = makeTable(bodies.numbers, "Refitted and predicted", heads, ["before", "refitted", "predicted"]);
  lesson.sentence = make("p", "sentence", bodies.numbers);
}

/**
 * @param {Lesson} lesson
 * @param {number} value
 */
function setEpsilon(lesson, value) {
  lesson.state.values.eps = allowed(WEIGHT.sliders.eps, value);
  changed(lesson);
}

/** @param {Lesson} lesson */
function drawWeight(lesson) {
  const { points, star, chosen, values } = lesson.state;
  const problem = problemOf(points, values.l2);
  const fitted = fit(problem);
  if (chosen < 0) return drawNoPoint(lesson, fitted);
  const found = upweightedFits(problem, fitted, chosen, star, values.eps / points.length);
  const boundaries = { ghost: fitted.theta, predicted: found.predicted, fitted: found.refit };
  const ends = Object.entries(boundaries).map(([name, theta]) => [name, boundaryEnds(theta, SPAN)]);
  drawField(lesson, { theta: found.refit, ends: Object.fromEntries(ends) });
  lesson.facts = { real: found.real, linear: found.linear };
  drawLossCurve(lesson, problem, fitted, found);
  fillWeight(lesson.cells, fitted.theta, found);
  sayWeight(lesson, problem, fitted, found);
}

/**
 * @param {Lesson} lesson
 * @param {Fit} fitted
 */
function drawNoPoint(lesson, fitted) {
  lesson.facts = {};
  drawField(lesson, { theta: fitted.theta });
  drawNothing(lesson.chart);
  for (const cell of lesson.cells.flat()) put(cell, "–");
  put(lesson.sentence, "There is no point to weigh: add one.");
}

/**
 * The fit at ε and what the tangent says of it: `{ refit, predicted, slope, loss, real, linear }`.
 * @param {Problem} problem
 * @param {Fit} fitted
 * @param {number} row
 * @param {Point} star
 * @param {number} epsilon
 */
function upweightedFits(problem, fitted, row, star, epsilon) {
  const tangent = tangentOf(problem, fitted, row);
  const refit = fit(problem, upweighted(problem, row, epsilon), fitted.theta).theta;
  const slope = dot(lossSlope([star.x, star.y, 1], signOf(star), fitted.theta), tangent);
  const loss = starLoss(star, fitted.theta);
  const predicted = plus(fitted.theta, tangent, epsilon);
  return { refit, predicted, slope, loss, real: starLoss(star, refit), linear: loss + epsilon * slope };
}

/**
 * @param {Lesson} lesson
 * @param {Problem} problem
 * @param {Fit} fitted
 * @param {Upweighted} found
 */
function drawLossCurve({ chart, state }, problem, fitted, { slope, loss, real, linear }) {
  const { star, chosen, values, points } = state;
  const lossAt = (/** @type {number} */ times) =>
    starLoss(star, fit(problem, upweighted(problem, chosen, times / points.length), fitted.theta).theta);
  const refitted = TIMES.map((times) => [times, lossAt(times)]);
  const tangent = [TIMES[0], TIMES.at(-1)].map((times) => [times, loss + (times / points.length) * slope]);
  const heights = [...refitted, ...tangent].map(([, height]) => height);
  drawChart(chart, {
    x: [-1.2, 3.2],
    xTicks: [-1, 0, 1, 2, 3],
    y: roundEnds(Math.min(...heights), Math.max(...heights)),
    lines: [
      { name: "refitted", points: refitted },
      { name: "tangent", points: tangent },
    ],
    rules: [
      { name: "out", x: -1, text: "left out" },
      { name: "before", x: 0, text: "as it is" },
    ],
    marks: [
      { name: "tangent", at: [values.eps, linear] },
      { name: "refitted", at: [values.eps, real] },
    ],
  });
}

/**
 * @param {HTMLElement[][]} cells
 * @param {number[]} theta
 * @param {Upweighted} found
 */
function fillWeight(cells, theta, { refit, predicted, loss, real, linear }) {
  /** @type {[number[], number][]} */
  const models = [
    [theta, loss],
    [refit, real],
    [predicted, linear],
  ];
  for (const [line, [weights, height]] of models.entries()) {
    for (const [k, weight] of weights.entries()) put(cells[line][k], shown(weight), weight);
    put(cells[line][3], shown(height, 4), height);
    put(cells[line][4], line ? shown(height - loss, 4).replace(/^(?=\d)/, "+") : "", line ? height - loss : null);
  }
}

/**
 * @param {Lesson} lesson
 * @param {Problem} problem
 * @param {Fit} fitted
 * @param {Upweighted} found
 */
function sayWeight(lesson, problem, fitted, { slope, loss }) {
  const { points, chosen, star } = lesson.state;
  const out = starLoss(star, fit(problem, withoutRow(problem, chosen), fitted.theta).theta) - loss;
  const words = `Left out, ${nameOf(points[chosen], chosen)} changes the test point’s loss by ${signedScore(out)}; the tangent predicts ${signedScore(-slope / points.length)}.`;
  put(lesson.sentence, words, out);
  lesson.say(words);
}
