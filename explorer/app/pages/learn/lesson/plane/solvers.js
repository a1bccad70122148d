// Solving H v = g step by step, ellipses of a quadratic, ranks: pure functions, no page.

import { cholesky, dot, norm, plus } from "./logistic_regression.js";

/**
 * Conjugate gradients from 0 (Hestenes & Stiefel 1952): `{ v, residual: ‖H v − g‖ / ‖g‖ }` after 0, 1, … steps.
 * @param {number[][]} matrix
 * @param {number[]} right
 * @param {number} steps
 */
export function conjugateGradients(matrix, right, steps) {
  const found = [{ v: right.map(() => 0), residual: 1 }];
  let [v, rest] = [found[0].v, right];
  let along = rest;
  for (let step = 0; step < steps; step++) {
    const bent = matrix.map((row) => dot(row, along));
    const length = safeRatio(dot(rest, rest), dot(along, bent));
    v = plus(v, along, length);
    const next = plus(rest, bent, -length);
    along = plus(next, along, safeRatio(dot(next, next), dot(rest, rest)));
    rest = next;
    found.push({ v, residual: residualOf(matrix, v, right) });
  }
  return found;
}

/**
 * Gradient descent from 0, each step as long as lowers the quadratic most (Cauchy 1847).
 * @param {number[][]} matrix
 * @param {number[]} right
 * @param {number} steps
 */
export function steepestDescent(matrix, right, steps) {
  const found = [{ v: right.map(() => 0), residual: 1 }];
  for (let step = 0; step < steps; step++) {
    const { v } = found[step];
    const rest = right.map((value, k) => value - dot(matrix[k], v));
    const length = safeRatio(
      dot(rest, rest),
      dot(
        rest,
        matrix.map((row) => dot(row, rest)),
      ),
    );
    const next = plus(v, rest, length);
    found.push({ v: next, residual: residualOf(matrix, next, right) });
  }
  return found;
}

/**
 * A ratio that is 0 where both sides have vanished: the solver stands at the solution and stays.
 * @param {number} above
 * @param {number} below
 */
export function safeRatio(above, below) {
  return below > 0 ? above / below : 0;
}

/**
 * @param {number[][]} matrix
 * @param {number[]} v
 * @param {number[]} right
 */
export function residualOf(matrix, v, right) {
  const size = norm(right);
  return size > 0 ? norm(right.map((value, k) => dot(matrix[k], v) - value)) / size : 0;
}

/**
 * ½ vᵀHv − gᵀv.
 * @param {number[][]} matrix
 * @param {number[]} right
 * @param {number[]} v
 */
export function quadratic(matrix, right, v) {
  return (
    dot(
      v,
      matrix.map((row) => dot(row, v)),
    ) /
      2 -
    dot(right, v)
  );
}

/**
 * The ellipse (v − centre)ᵀ H (v − centre) = 2·level as points; H is 2 × 2.
 * @param {number[][]} matrix
 * @param {number[]} centre
 * @param {number} level
 * @param {number} [count]
 */
export function ellipse(matrix, centre, level, count = 72) {
  const lower = cholesky(matrix);
  const size = Math.sqrt(2 * Math.max(0, level));
  return Array.from({ length: count + 1 }, (_, k) => {
    const angle = (2 * Math.PI * k) / count;
    const second = (size * Math.sin(angle)) / lower[1][1];
    return [centre[0] + (size * Math.cos(angle) - lower[1][0] * second) / lower[0][0], centre[1] + second];
  });
}

/**
 * Largest over smallest eigenvalue of a symmetric 2 × 2 matrix.
 * @param {number[][]} matrix
 */
export function condition([[a, b], [, c]]) {
  const [middle, half] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
  return (middle + half) ** 2 / (a * c - b * b);
}

/**
 * Ranks from 1, equal values sharing their mean rank.
 * @param {number[]} values
 */
export function ranks(values) {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const found = new Array(values.length);
  for (let from = 0, to; from < order.length; from = to) {
    for (to = from + 1; to < order.length && values[order[to]] === values[order[from]]; ) to++;
    for (let k = from; k < to; k++) found[order[k]] = (from + to + 1) / 2;
  }
  return found;
}

/**
 * Pearson correlation, or null where one side does not vary.
 * @param {number[]} a
 * @param {number[]} b
 */
export function correlation(a, b) {
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [left, right] = [a, b].map((values) => values.map((value) => value - mean(values)));
  const size = norm(left) * norm(right);
  return size > 0 ? dot(left, right) / size : null;
}

/**
 * Spearman's rank correlation, or null where one side does not vary.
 * @param {number[]} a
 * @param {number[]} b
 */
export function rankCorrelation(a, b) {
  return correlation(ranks(a), ranks(b));
}
