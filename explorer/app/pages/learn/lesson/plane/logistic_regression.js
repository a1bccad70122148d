// Logistic regression in the plane, float64, pure functions: no page, no state. Words and signs are the program's own:
//   R(θ) = Σ_i c_i log(1 + exp(−y_i θ·x̃_i)) + (λ/2)‖θ‖²,  c_i = 1/n,  y = −1 for cats and +1 for dogs,  x̃ = (x, y, 1);
//   the bias is penalised too. Without i, c_i is 0 and n stays. score(i, t) = loss(t; without i) − loss(t): + is helpful.

/** @import { Fit, Point, Problem } from "./types.d.ts" */

export const SLOPE_ENOUGH = 1e-10; // ‖∇R‖ at which a fit is called converged
export const STEPS_AT_MOST = 200; // Newton with backtracking needs 5 to 20; a fit that needs more has failed
export const DECREMENT_FULL = 1e-3; // below it a full Newton step converges quadratically: R itself is too coarse to compare

/**
 * Rows x̃ and signs of points; `stretch` measures the first axis in smaller units, `bias: false` leaves out the 1.
 * @param {Point[]} points
 * @param {number} l2
 * @param {{ bias?: boolean, stretch?: number }} [axes]
 */
export function problemOf(points, l2, { bias = true, stretch = 1 } = {}) {
  const row = (/** @type {Point} */ { x, y }) => (bias ? [stretch * x, y, 1] : [stretch * x, y]);
  return { rows: points.map(row), signs: points.map(signOf), l2, size: bias ? 3 : 2 };
}

/** @param {Pick<Point, "label">} point */
export function signOf({ label }) {
  return label === "dog" ? 1 : -1;
}

/** @param {Problem} problem */
export function evenWeights(problem) {
  return new Float64Array(problem.rows.length).fill(1 / problem.rows.length);
}

/**
 * Weights c with that of one row raised by ε; −1/n leaves it out.
 * @param {Problem} problem
 * @param {number} row
 * @param {number} epsilon
 */
export function upweighted(problem, row, epsilon) {
  const weights = evenWeights(problem);
  weights[row] = Math.max(0, weights[row] + epsilon);
  return weights;
}

/**
 * @param {Problem} problem
 * @param {number} row
 */
export function withoutRow(problem, row) {
  const weights = evenWeights(problem);
  weights[row] = 0;
  return weights;
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @param {number} [scale]
 */
export function plus(a, b, scale = 1) {
  return a.map((value, k) => value + scale * b[k]);
}

/** @param {number[]} a */
export function norm(a) {
  return Math.sqrt(dot(a, a));
}

/**
 * log(1 + exp z) without overflow.
 * @param {number} z
 */
export function softplus(z) {
  return z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z));
}

/** @param {number} z */
export function sigmoid(z) {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : 1 - 1 / (1 + Math.exp(z));
}

/**
 * @param {number[]} row
 * @param {number} sign
 * @param {number[]} theta
 */
export function lossOf(row, sign, theta) {
  return softplus(-sign * dot(row, theta));
}

/**
 * @param {number[]} row
 * @param {number} sign
 * @param {number[]} theta
 */
export function lossSlope(row, sign, theta) {
  const pull = -sign * sigmoid(-sign * dot(row, theta));
  return row.map((value) => pull * value);
}

/**
 * @param {Pick<Problem, "l2">} problem
 * @param {number[]} theta
 */
export function penaltyOf(problem, theta) {
  return (problem.l2 / 2) * dot(theta, theta);
}

/**
 * @param {Problem} problem
 * @param {number[]} theta
 * @param {Float64Array} weights
 */
export function weightedLoss(problem, theta, weights) {
  let sum = 0;
  for (let i = 0; i < weights.length; i++)
    if (weights[i]) sum += weights[i] * lossOf(problem.rows[i], problem.signs[i], theta);
  return sum;
}

/**
 * @param {Problem} problem
 * @param {number[]} theta
 * @param {Float64Array} [weights]
 */
export function riskOf(problem, theta, weights = evenWeights(problem)) {
  return weightedLoss(problem, theta, weights) + penaltyOf(problem, theta);
}

/**
 * ∇R and ∇²R in one pass over the rows.
 * @param {Problem} problem
 * @param {number[]} theta
 * @param {Float64Array} weights
 */
export function slopeAndCurvature(problem, theta, weights) {
  const { rows, signs, l2, size } = problem;
  const slope = theta.map((value) => l2 * value);
  const curvature = theta.map((_, j) => theta.map((__, k) => (j === k ? l2 : 0)));
  for (let i = 0; i < weights.length; i++) {
    const wrong = sigmoid(-signs[i] * dot(rows[i], theta));
    const pull = -weights[i] * signs[i] * wrong;
    const bend = weights[i] * wrong * (1 - wrong);
    for (let j = 0; j < size; j++) {
      slope[j] += pull * rows[i][j];
      for (let k = 0; k <= j; k++) curvature[j][k] += bend * rows[i][j] * rows[i][k];
    }
  }
  for (let j = 0; j < size; j++) for (let k = 0; k < j; k++) curvature[k][j] = curvature[j][k];
  return { slope, curvature };
}

/**
 * Lower triangle L with L Lᵀ = matrix, which is positive definite because λ > 0.
 * @param {number[][]} matrix
 */
export function cholesky(matrix) {
  const lower = matrix.map((row) => row.map(() => 0));
  for (let j = 0; j < matrix.length; j++) {
    for (let k = 0; k <= j; k++) {
      const rest = matrix[j][k] - dot(lower[j].slice(0, k), lower[k].slice(0, k));
      lower[j][k] = j === k ? Math.sqrt(rest) : rest / lower[k][k];
    }
  }
  return lower;
}

/**
 * @param {number[][]} matrix
 * @param {number[]} vector
 */
export function solve(matrix, vector) {
  const lower = cholesky(matrix);
  /** @type {number[]} */
  const half = [];
  for (let j = 0; j < vector.length; j++) half[j] = (vector[j] - dot(half, lower[j])) / lower[j][j];
  const found = [...half];
  for (let j = vector.length - 1; j >= 0; j--) {
    for (let k = j + 1; k < vector.length; k++) found[j] -= lower[k][j] * found[k];
    found[j] /= lower[j][j];
  }
  return found;
}

/**
 * The weights that minimise R, by Newton's method from `start`: `{ theta, slope: ‖∇R‖, steps, curvature: ∇²R }`.
 * @param {Problem} problem
 * @param {Float64Array} [weights]
 * @param {number[]} [start]
 */
export function fit(problem, weights = evenWeights(problem), start = new Array(problem.size).fill(0)) {
  let theta = start;
  for (let steps = 0; ; steps++) {
    const { slope, curvature } = slopeAndCurvature(problem, theta, weights);
    if (norm(slope) <= SLOPE_ENOUGH || steps === STEPS_AT_MOST) return { theta, slope: norm(slope), steps, curvature };
    const step = solve(curvature, slope).map((value) => -value);
    const decrement = -dot(slope, step);
    theta = plus(theta, step, decrement < DECREMENT_FULL ? 1 : stepLength(problem, weights, theta, step, decrement));
  }
}

/**
 * The first of 1, ½, ¼ … that lowers R by a tenth of what its slope promises (Armijo).
 * @param {Problem} problem
 * @param {Float64Array} weights
 * @param {number[]} theta
 * @param {number[]} step
 * @param {number} decrement
 */
export function stepLength(problem, weights, theta, step, decrement) {
  const before = riskOf(problem, theta, weights);
  let length = 1;
  while (length > 1e-10 && riskOf(problem, plus(theta, step, length), weights) > before - 0.1 * length * decrement)
    length /= 2;
  return length;
}

/**
 * n real refits, each from the fit of all rows.
 * @param {Problem} problem
 * @param {Fit} fitted
 */
export function refitsWithout(problem, fitted) {
  return problem.rows.map((_, i) => fit(problem, withoutRow(problem, i), fitted.theta));
}

/**
 * dθ/dε = −H⁻¹ ∇loss_i at ε = 0 (Koh & Liang 2017, eq. 1).
 * @param {Problem} problem
 * @param {Fit} fitted
 * @param {number} i
 */
export function tangentOf(problem, fitted, i) {
  const slope = lossSlope(problem.rows[i], problem.signs[i], fitted.theta);
  return solve(fitted.curvature, slope).map((value) => -value);
}

/**
 * First-order scores (1/n) ∇loss_tᵀ H⁻¹ ∇loss_i of all rows on one test row; without H⁻¹ where `curved` is false.
 * @param {Problem} problem
 * @param {Fit} fitted
 * @param {number[]} row
 * @param {number} sign
 * @param {boolean} [curved]
 */
export function firstOrderScores(problem, fitted, row, sign, curved = true) {
  const asked = lossSlope(row, sign, fitted.theta);
  const through = curved ? solve(fitted.curvature, asked) : asked;
  const slopes = problem.rows.map((own, i) => lossSlope(own, problem.signs[i], fitted.theta));
  return slopes.map((slope) => dot(through, slope) / problem.rows.length);
}

/**
 * Average loss over rows, each counted once, no penalty; with its standard error, for rows that are a sample. Null of none.
 * @param {Problem} problem
 * @param {number[]} theta
 */
export function averageLoss({ rows, signs }, theta) {
  if (!rows.length) return { mean: null, error: null };
  let [sum, squares] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const loss = lossOf(rows[i], signs[i], theta);
    sum += loss;
    squares += loss * loss;
  }
  const mean = sum / rows.length;
  return { mean, error: Math.sqrt(Math.max(0, squares / rows.length - mean * mean) / rows.length) };
}

/**
 * The boundary θ turned by an angle (degrees, anticlockwise) about the origin, then shifted along its normal.
 * @param {number[]} theta
 * @param {number} degrees
 * @param {number} shift
 */
export function movedBoundary([a, b, bias], degrees, shift) {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [cos * a - sin * b, sin * a + cos * b, bias - shift * Math.hypot(a, b)];
}

/**
 * Where θ·x̃ = 0 crosses the square |x|, |y| ≤ span: two ends, or null where it does not.
 * @param {number[]} theta
 * @param {number} span
 */
export function boundaryEnds([a, b, bias = 0], span) {
  const length = Math.hypot(a, b);
  if (!(length > 1e-9)) return null;
  const foot = [(-bias * a) / length ** 2, (-bias * b) / length ** 2];
  return clippedLine(foot, [-b / length, a / length], span);
}

/**
 * The part of the line foot + t·along inside the square |x|, |y| ≤ span, or null.
 * @param {number[]} foot
 * @param {number[]} along
 * @param {number} span
 */
export function clippedLine(foot, along, span) {
  let [low, high] = [-Infinity, Infinity];
  for (let k = 0; k < 2; k++) {
    if (Math.abs(along[k]) < 1e-12) {
      if (Math.abs(foot[k]) > span) return null;
      continue;
    }
    const cuts = [(-span - foot[k]) / along[k], (span - foot[k]) / along[k]].sort((one, two) => one - two);
    [low, high] = [Math.max(low, cuts[0]), Math.min(high, cuts[1])];
  }
  return low < high ? [plus(foot, along, low), plus(foot, along, high)] : null;
}

/**
 * @param {Point} star
 * @param {number[]} theta
 */
export function starLoss(star, theta) {
  return lossOf([star.x, star.y, 1], signOf(star), theta);
}
