// Least squares with a line, and what each point does to it (Cook & Weisberg 1980): pure functions, no page.

import { dot } from "./logistic_regression.js";

/** @import { Line, Point } from "./types.d.ts" */

export const LINE_WEIGHTS = 2; // slope and intercept: the p of Cook's distance
export const FLAT = 1e-12; // a sum of squares below this share of the points' own is rounding, not a residual

/**
 * The line of smallest squares, or null where there are not two different x: `{ slope, intercept, mean, spread }`.
 * @param {Pick<Point, "x" | "y">[]} points
 */
export function leastSquares(points) {
  const mean = (/** @type {(point: Pick<Point, "x" | "y">) => number} */ of) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  if (!(spread > FLAT)) return null;
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread;
  return { slope, intercept: y - slope * x, mean: x, spread };
}

/**
 * The line and, for each point, leverage h, residual e, residual in its own standard deviations
 * r = e / (s √(1 − h)), and Cook's distance D = r²/p · h/(1 − h), s² = Σe²/(n − p).
 * r and D are null where they are not defined: s = 0, or h = 1. Null where there is no line, or no residual left.
 * @param {Pick<Point, "x" | "y">[]} points
 */
export function lineFigures(points) {
  const line = points.length > LINE_WEIGHTS ? leastSquares(points) : null;
  if (!line) return null;
  const residuals = points.map(({ x, y }) => y - line.intercept - line.slope * x);
  const squares = dot(residuals, residuals);
  const own = points.reduce((sum, { y }) => sum + y * y, 0);
  const deviation = squares > FLAT * own ? Math.sqrt(squares / (points.length - LINE_WEIGHTS)) : 0;
  const each = points.map(({ x }, i) => pointFigures(leverageOf(line, points.length, x), residuals[i], deviation));
  return { ...line, deviation, each };
}

/**
 * @param {Line} line
 * @param {number} count
 * @param {number} x
 */
export function leverageOf(line, count, x) {
  return 1 / count + (x - line.mean) ** 2 / line.spread;
}

/**
 * @param {number} leverage
 * @param {number} residual
 * @param {number} deviation
 */
export function pointFigures(leverage, residual, deviation) {
  const free = 1 - leverage;
  if (!(deviation > 0) || free < FLAT) return { leverage, residual, standard: null, cook: null };
  const standard = residual / (deviation * Math.sqrt(free));
  return { leverage, residual, standard, cook: ((standard ** 2 / LINE_WEIGHTS) * leverage) / free };
}

/**
 * The standardised residual at which a point of this leverage has Cook's distance `cook`.
 * @param {number} cook
 * @param {number} leverage
 */
export function equalCook(cook, leverage) {
  return Math.sqrt((cook * LINE_WEIGHTS * (1 - leverage)) / leverage);
}
