// Step 5, second half: conjugate gradients against gradient descent on the same quadratic, iteration by iteration.

import { make } from "../../../../components/dom/dom.js";
import { drawChart, makeChart } from "./chart.js";
import { equalEnds } from "./chart_axes.js";
import { makeTable } from "./figures_table.js";
import { solve } from "./logistic_regression.js";
import { makeLegend, put } from "./marks.js";
import { compact, shown } from "./notation.js";
import { makeSlider } from "./sliders.js";
import { condition, conjugateGradients, ellipse, quadratic, steepestDescent } from "./solvers.js";

/** @import { Agreement, Lesson, Paths, SolverStep } from "./types.d.ts" */

const SMALL_RESIDUAL = 1e-6; // as the table says in words
const MOST_STEPS = 5000; // steepest descent is counted so far, then called hopeless

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} body
 */
export function makeDescent(lesson, body) {
  makeLegend(body, [
    ["conjugate", "conjugate gradients"],
    ["steepest", "gradient descent, best step each time"],
  ]);
  makeSlider(lesson, body, "iteration");
  const label = "Paths of both solvers over the contours of the quadratic";
  lesson.descent = makeChart(lesson, make("div", "", body), { label, x: "u₁", y: "u₂", height: 300 });
  const heads = ["Solver", "residual ‖Hu − g‖ / ‖g‖", "steps until 10⁻⁶"];
  lesson.cells = makeTable(body, "Both solvers", heads, ["conjugate gradients", "gradient descent"]);
  lesson.sentence = make("p", "small", body);
}

/**
 * @param {Lesson} lesson
 * @param {number[][]} matrix
 * @param {number[]} right
 * @param {Agreement} agreement
 */
export function drawDescent(lesson, matrix, right, agreement) {
  const { iteration } = lesson.state.values;
  const paths = {
    steepest: steepestDescent(matrix, right, iteration),
    conjugate: conjugateGradients(matrix, right, iteration),
  };
  const solution = solve(matrix, right);
  const whole = conjugateGradients(matrix, right, 2).map(({ v }) => v);
  const level = -quadratic(matrix, right, solution);
  drawChart(lesson.descent, {
    ...equalEnds(lesson.descent, [...whole, solution, ...steepestDescent(matrix, right, 4).map(({ v }) => v)]),
    lines: [
      ...contours(matrix, solution, level, [1, 0.6, 0.3, 0.1, 0.02]),
      ...Object.entries(paths).map(([name, path]) => ({ name, points: path.map(({ v }) => v) })),
    ],
    dots: Object.entries(paths).map(([name, path]) => ({
      name,
      size: 3,
      points: path.map(({ v: [x, y] }) => [x, y, name]),
    })),
    marks: [{ name: "solution", at: solution, text: "H⁻¹g" }],
  });
  fillSolvers(lesson, matrix, right, paths);
  saySolvers(lesson, matrix, paths, agreement);
}

/**
 * Ellipses around a centre at shares of a level, each a thin line of a chart.
 * @param {number[][]} matrix
 * @param {number[]} centre
 * @param {number} level
 * @param {number[]} shares
 */
export function contours(matrix, centre, level, shares) {
  return shares.map((share) => ({
    name: `contour level-${100 * share}`,
    points: ellipse(matrix, centre, share * level),
  }));
}

/**
 * @param {Lesson} lesson
 * @param {number[][]} matrix
 * @param {number[]} right
 * @param {Paths} paths
 */
function fillSolvers({ cells }, matrix, right, { conjugate, steepest }) {
  for (const [line, path] of [conjugate, steepest].entries()) {
    put(cells[line][0], compact(path.at(-1).residual), path.at(-1).residual);
  }
  put(cells[0][1], stepWords(conjugateGradients(matrix, right, matrix.length)));
  put(cells[1][1], stepWords(descentUntil(matrix, right)));
}

/** @param {SolverStep[]} path */
function stepWords(path) {
  const steps = path.findIndex(({ residual }) => residual <= SMALL_RESIDUAL);
  return steps < 0 ? `more than ${(path.length - 1).toLocaleString("en")}` : steps.toLocaleString("en");
}

/**
 * Steepest descent in growing lengths, so that few steps cost little.
 * @param {number[][]} matrix
 * @param {number[]} right
 */
function descentUntil(matrix, right) {
  for (let steps = 50; ; steps *= 10) {
    const path = steepestDescent(matrix, right, Math.min(steps, MOST_STEPS));
    if (steps >= MOST_STEPS || path.at(-1).residual <= SMALL_RESIDUAL) return path;
  }
}

/**
 * @param {Lesson} lesson
 * @param {number[][]} matrix
 * @param {Paths} paths
 * @param {Agreement} agreement
 */
function saySolvers(lesson, matrix, { conjugate, steepest }, { curved, plain }) {
  const words = `H is ${shown(condition(matrix), 1)} times as steep one way as the other. Two weights: conjugate gradients need two steps. One solve for the test point serves every training point.`;
  put(lesson.sentence, words, condition(matrix));
  const [first, second] = [conjugate, steepest].map((path) => compact(path.at(-1).residual));
  lesson.say(
    `Rank correlation with real refits ${shown(curved)} with H⁻¹, ${shown(plain)} without. Residual ${first} by conjugate gradients, ${second} by gradient descent.`,
  );
}
