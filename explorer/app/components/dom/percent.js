// Shares as every page writes them; Python's are explorer/core/phrases.py.

const NO_BREAK = "\u00a0";

/**
 * Return a share in percent: `86.8 %`; of how far something is, without a digit after the point.
 *
 * @param {number} share
 * @param {number} [digits]
 */
export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)}${NO_BREAK}%`;
}

/**
 * Return a probability in percent with one digit after the point, and never as 0 or 100.
 *
 * @param {number} value
 */
export function probability(value) {
  if (value >= 0.0005 && value < 0.9995) return percent(value);
  return `${value < 0.5 ? "< 0.1" : "> 99.9"} %`.replaceAll(" ", NO_BREAK);
}
