// Step 2: the risk on these points and on fresh ones, of the fitted boundary and of one that a hand has turned or shifted.

import { make } from "../../../../components/dom/dom.js";
import { drawChart, makeChart, pullChart } from "./chart.js";
import { roundEnds } from "./chart_axes.js";
import { drawField, makeField } from "./field.js";
import { makeTable } from "./figures_table.js";
import { averageLoss, boundaryEnds, fit, movedBoundary, penaltyOf, problemOf } from "./logistic_regression.js";
import { makeLegend, put } from "./marks.js";
import { readPoints, SPAN, shown } from "./notation.js";
import { drawGrip, makeGrip, nudgeBoundary, pullBoundary, setBoundary } from "./risk_grip.js";
import { makeSlider, PENALTY_SLIDER } from "./sliders.js";
import { remember } from "./state.js";

/** @import { Bodies, Chart, Lesson, Problem, RiskParts, Step } from "./types.d.ts" */

/** @type {Step} */
export const RISK = {
  letters: "cd",
  chosen: -1,
  optional: true,
  adds: "cat",
  sliders: {
    l2: PENALTY_SLIDER,
    turn: {
      label: "Turn your boundary",
      low: -180,
      high: 180,
      step: 1,
      initial: 25,
      words: (value) => `${shown(value, 0)}°`,
    },
    shift: { label: "Shift it", low: -3, high: 3, step: 0.05, initial: 0, words: (value) => shown(value, 2) },
  },
  panels: [
    ["plane", "Points and boundary", "left"],
    ["numbers", "The risk", "right"],
    ["curve", "The risk as a curve", "right"],
  ],
  build: buildRisk,
  draw: drawRisk,
  pull: pullBoundary,
  nudge: nudgeBoundary,
};

const RISK_WORDS =
  "These points give the empirical risk, which fitting makes as small as it can. " +
  "Fresh points from the preset’s own distribution stand for the expected risk: nobody fits to them; ± is the standard error of their average.";

/**
 * @param {Lesson} lesson
 * @param {Bodies} bodies
 */
function buildRisk(lesson, bodies) {
  lesson.fresh = problemOf(readPoints(lesson.data.fresh, "cd", Infinity).points, 0);
  makeField(lesson, bodies.plane, {
    label: "Points of two classes and the fitted boundary",
    lines: ["yours", "fitted"],
    star: false,
    legend: [
      ["cat", "cat"],
      ["dog", "dog"],
      ["fitted", "fitted boundary, P = ½"],
      ["yours", "your boundary: pull its grip"],
    ],
  });
  for (const name of ["turn", "shift"]) makeSlider(lesson, bodies.plane, name);
  makeGrip(lesson);
  const fresh = `${lesson.fresh.rows.length.toLocaleString("en")} fresh points`;
  const rows = ["Fitted: these points", `Fitted: ${fresh}`, "Yours: these points", `Yours: ${fresh}`];
  lesson.cells = makeTable(bodies.numbers, "Risk", ["Boundary", "average loss", "+ penalty", "= risk"], rows);
  make("p", "small", bodies.numbers, RISK_WORDS);
  makeRiskCharts(lesson, bodies.curve);
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} body
 */
function makeRiskCharts(lesson, body) {
  makeLegend(body, [
    ["empirical", "empirical risk"],
    ["expected", "expected risk"],
    ["floor", "the fitted risk: no boundary has less"],
  ]);
  const pair = make("div", "pair", body);
  const one = (/** @type {string} */ name, /** @type {string} */ x) => {
    const chart = makeChart(lesson, make("div", "", pair), {
      label: `Risk while the boundary is ${name}`,
      x,
      y: "risk",
      height: 230,
    });
    pullChart(
      chart,
      () => remember(lesson),
      (value) => setBoundary(lesson, name === "turned" ? { turn: value } : { shift: value }),
    );
    return chart;
  };
  lesson.charts = { turn: one("turned", "turned by, in degrees"), shift: one("shifted", "shifted by") };
}

/** @param {Lesson} lesson */
function drawRisk(lesson) {
  const { points, values } = lesson.state;
  const problem = problemOf(points, values.l2);
  const { theta } = fit(problem);
  const yours = movedBoundary(theta, values.turn, values.shift);
  Object.assign(lesson, { problem, theta });
  drawField(lesson, { theta, ends: { fitted: boundaryEnds(theta, SPAN), yours: boundaryEnds(yours, SPAN) } });
  drawGrip(lesson.field.grip, yours, values.turn);
  const found = [theta, yours].flatMap((weights) =>
    [problem, lesson.fresh].map((over) => riskParts(over, weights, values.l2)),
  );
  for (const [k, parts] of found.entries()) fillRisk(lesson.cells[k], parts, k % 2 === 1);
  lesson.facts = { fitted: found[0].risk, yours: found[2].risk };
  drawRiskCurves(lesson, found[0].risk);
  const [empirical, expected, yoursHere, yoursFresh] = found.map(({ risk }) => shown(risk));
  lesson.say(
    `Empirical risk ${empirical}, expected risk ${expected}; of your boundary ${yoursHere} and ${yoursFresh}.`,
  );
}

/**
 * Average loss, penalty and their sum; nulls where there are no points.
 * @param {Problem} problem
 * @param {number[]} theta
 * @param {number} l2
 */
function riskParts(problem, theta, l2) {
  const { mean, error } = averageLoss(problem, theta);
  const penalty = penaltyOf({ l2 }, theta);
  return { mean, error, penalty, risk: mean === null ? null : mean + penalty };
}

/**
 * @param {HTMLElement[]} cells
 * @param {RiskParts} parts
 * @param {boolean} fresh
 */
function fillRisk([loss, penalty, risk], parts, fresh) {
  put(loss, `${shown(parts.mean)}${fresh ? ` ± ${shown(parts.error)}` : ""}`, parts.mean);
  put(penalty, shown(parts.penalty), parts.penalty);
  put(risk, shown(parts.risk), parts.risk);
}

/**
 * @param {Lesson} lesson
 * @param {number | null} floor
 */
function drawRiskCurves(lesson, floor) {
  const { turn, shift } = lesson.state.values;
  drawRiskCurve(lesson, lesson.charts.turn, TURNS, turn, (value) => movedBoundary(lesson.theta, value, shift), floor);
  drawRiskCurve(lesson, lesson.charts.shift, SHIFTS, shift, (value) => movedBoundary(lesson.theta, turn, value), floor);
}

/**
 * @param {Lesson} lesson
 * @param {Chart} chart
 * @param {number[]} along
 * @param {number} now
 * @param {(value: number) => number[]} boundaryAt
 * @param {number | null} floor
 */
function drawRiskCurve({ problem, fresh, state }, chart, along, now, boundaryAt, floor) {
  const riskAt = (/** @type {Problem} */ over, /** @type {number} */ value) =>
    riskParts(over, boundaryAt(value), state.values.l2).risk;
  const curve = (/** @type {Problem} */ over) =>
    over.rows.length ? along.map((value) => [value, riskAt(over, value)]) : [];
  const lines = [
    { name: "expected", points: curve(fresh) },
    { name: "empirical", points: curve(problem) },
  ];
  const high = Math.max(...lines.flatMap(({ points }) => points.map(([, risk]) => risk)));
  const marks = Object.entries({ expected: fresh, empirical: problem }).filter(([, over]) => over.rows.length);
  drawChart(chart, {
    x: [along[0], along.at(-1)],
    xTicks: along === TURNS ? [-180, -90, 0, 90, 180] : undefined,
    y: [0, roundEnds(0, high)[1]],
    lines,
    rules: floor === null ? [] : [{ name: "floor", y: floor }],
    marks: marks.map(([name, over]) => ({ name, at: [now, riskAt(over, now)] })),
  });
}

const TURNS = Array.from({ length: 61 }, (_, k) => -180 + 6 * k);
const SHIFTS = Array.from({ length: 61 }, (_, k) => -3 + 0.1 * k);
