// Step 5, first half: the same gradient with and without H⁻¹, where one axis is measured in smaller units. No bias here, so
// that all weights are two and every picture of them is exact.

import { make } from "../../../../components/dom/dom.js";
import { drawChart, drawNothing, makeChart } from "./chart.js";
import { equalEnds } from "./chart_axes.js";
import { drawField, makeField } from "./field.js";
import { drawTicks } from "./field_ground.js";
import {
  boundaryEnds,
  firstOrderScores,
  fit,
  lossOf,
  lossSlope,
  norm,
  plus,
  problemOf,
  refitsWithout,
  signOf,
  solve,
} from "./logistic_regression.js";
import { makeLegend, put } from "./marks.js";
import { SPAN, shown } from "./notation.js";
import { makeSlider, PENALTY_SLIDER } from "./sliders.js";
import { contours, drawDescent, makeDescent } from "./solver_paths.js";
import { quadratic, rankCorrelation, ranks } from "./solvers.js";

/** @import { Bodies, Chart, Fit, Lesson, Problem, RankPart, State, Step } from "./types.d.ts" */

/** @type {Step} */
export const CURVATURE = {
  letters: "cd",
  chosen: 0,
  follows: true,
  sliders: {
    l2: PENALTY_SLIDER,
    stretch: {
      label: "Measure x in smaller units",
      low: 1,
      high: 8,
      step: 0.5,
      initial: 4,
      words: (value) => `× ${value}`,
    },
    iteration: { label: "Iteration", low: 0, high: 20, step: 1, initial: 2, words: (value) => String(value) },
  },
  panels: [
    ["plane", "Points, with one axis stretched", "left"],
    ["arrows", "Where the weights go without the chosen point", "left"],
    ["ranks", "Who matters most to the test point?", "right"],
    ["descent", "Solving H u = g step by step", "right"],
  ],
  build: buildCurvature,
  draw: drawCurvature,
};

/**
 * @param {Lesson} lesson
 * @param {Bodies} bodies
 */
function buildCurvature(lesson, bodies) {
  makeField(lesson, bodies.plane, {
    label: "Points, the test point, and the boundary through the middle",
    lines: ["fitted"],
    legend: [
      ["cat", "cat"],
      ["dog", "dog"],
      ["star", "test point"],
      ["fitted", "boundary (no bias in this step)"],
    ],
  });
  makeSlider(lesson, bodies.plane, "stretch");
  makeArrows(lesson, bodies.arrows);
  makeRanks(lesson, bodies.ranks);
  makeDescent(lesson, bodies.descent);
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} body
 */
function makeArrows(lesson, body) {
  makeLegend(body, [
    ["real", "really refitted"],
    ["curved", "(1/n) H⁻¹ gradient"],
    ["plain", "gradient alone, drawn as long"],
  ]);
  const titles = { label: "Changes of the two weights", x: "change of w₁", y: "change of w₂" };
  lesson.arrows = makeChart(lesson, make("div", "", body), { ...titles, height: 260 });
  make(
    "p",
    "small",
    body,
    "Ellipses: where the risk is equally higher. It is steep across them and flat along them; H⁻¹ sends the gradient the flat way, as a refit does.",
  );
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} body
 */
function makeRanks(lesson, body) {
  const pair = make("div", "pair", body);
  const one = (/** @type {string} */ title) => {
    const part = make("div", "", pair);
    const head = make("p", "chart-title", part);
    const label = `Ranks ${title} against ranks of real refits`;
    const chart = makeChart(lesson, part, { label, x: "rank by real refits", y: "rank by the estimate", height: 260 });
    return { title, head, chart };
  };
  lesson.ranks = { curved: one("with H⁻¹"), plain: one("without H⁻¹") };
  make(
    "p",
    "small",
    body,
    "Rank 1 is the most helpful point. On the diagonal, the estimate agrees with leaving each point out and refitting.",
  );
}

/** @param {Lesson} lesson */
function drawCurvature(lesson) {
  const { points, star, chosen, values } = lesson.state;
  const problem = problemOf(points, values.l2, { bias: false, stretch: values.stretch });
  const fitted = fit(problem);
  const [row] = problemOf([star], 0, { bias: false, stretch: values.stretch }).rows;
  const inPlane = [values.stretch * fitted.theta[0], fitted.theta[1]];
  drawTicks(lesson.field, values.stretch);
  drawField(lesson, { theta: inPlane, ends: { fitted: boundaryEnds(inPlane, SPAN) } });
  const refits = refitsWithout(problem, fitted);
  if (chosen < 0) drawNothing(lesson.arrows);
  else drawArrows(lesson.arrows, problem, fitted, refits[chosen], chosen);
  const agreement = drawRanks(lesson, problem, fitted, refits, row);
  drawDescent(lesson, fitted.curvature, lossSlope(row, signOf(star), fitted.theta), agreement);
}

/**
 * Three arrows from the fitted weights; the plain gradient has no size of its own and is drawn as long as the refit's.
 * @param {Chart} chart
 * @param {Problem} problem
 * @param {Fit} fitted
 * @param {Fit} refit
 * @param {number} row
 */
function drawArrows(chart, problem, fitted, refit, row) {
  const slope = lossSlope(problem.rows[row], problem.signs[row], fitted.theta);
  const curved = solve(fitted.curvature, slope).map((value) => value / problem.rows.length);
  const real = plus(refit.theta, fitted.theta, -1);
  const size = norm(curved) / Math.max(norm(slope), Number.MIN_VALUE);
  const arrows = { plain: slope.map((value) => size * value), real, curved };
  const level = quadratic(fitted.curvature, [0, 0], curved);
  const ends = Object.values(arrows);
  drawChart(chart, {
    ...equalEnds(chart, [...ends, ...ends.map((end) => end.map((value) => -0.6 * value))]),
    lines: contours(fitted.curvature, [0, 0], level, [0.25, 1, 2.25, 4]),
    arrows: Object.entries(arrows).map(([name, end]) => ({ name, end })),
  });
}

/**
 * @param {Lesson} lesson
 * @param {Problem} problem
 * @param {Fit} fitted
 * @param {Fit[]} refits
 * @param {number[]} row
 */
function drawRanks({ ranks: parts, state }, problem, fitted, refits, row) {
  const sign = signOf(state.star);
  const before = lossOf(row, sign, fitted.theta);
  const real = refits.map(({ theta }) => lossOf(row, sign, theta) - before);
  const agreement = (/** @type {"curved" | "plain"} */ name) =>
    drawRank(parts[name], firstOrderScores(problem, fitted, row, sign, name === "curved"), real, state);
  return { curved: agreement("curved"), plain: agreement("plain") };
}

/**
 * @param {RankPart} part
 * @param {number[]} scores
 * @param {number[]} real
 * @param {State} state
 */
function drawRank({ title, head, chart }, scores, real, { points, chosen }) {
  const [across, up] = [real, scores].map((values) => ranks(values.map((value) => -value)));
  const agreement = rankCorrelation(scores, real);
  const last = Math.max(points.length, 2);
  drawChart(chart, {
    x: [0, last + 1],
    y: [last + 1, 0],
    xTicks: [1, Math.round(last / 2), last],
    yTicks: [1, Math.round(last / 2), last],
    lines: [
      {
        name: "diagonal",
        points: [
          [1, 1],
          [last, last],
        ],
      },
    ],
    dots: [
      {
        name: "ranks",
        points: points.map(({ label }, i) => [across[i], up[i], i === chosen ? `${label} chosen` : label]),
      },
    ],
  });
  put(head, `${title[0].toUpperCase()}${title.slice(1)}: rank correlation ${shown(agreement)}`, agreement);
  return agreement;
}
