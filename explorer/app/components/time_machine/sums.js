// What training images had done to a prediction by the end of an epoch, and who leads then.

/** @import { EpochTile, TimeMachineBlock } from "../blocks.d.ts" */

/**
 * Return an image's score at an epoch: what that epoch added, or the sum up to its end.
 *
 * @param {number[]} added
 * @param {number} epoch from 1
 * @param {boolean} alone
 */
export function scoreAt(added, epoch, alone) {
  return alone ? added[epoch - 1] : added.slice(0, epoch).reduce((sum, each) => sum + each, 0);
}

/**
 * Return the images that lead a side at an epoch with their scores, the strongest first.
 *
 * @param {EpochTile[]} tiles
 * @param {number} epoch
 * @param {boolean} alone
 * @param {1 | -1} sign of the side
 * @param {number} count
 */
export function leading(tiles, epoch, alone, sign, count) {
  return tiles
    .map((entry) => ({ entry, score: scoreAt(entry.added, epoch, alone) }))
    .filter(({ score }) => sign * score > 0)
    .sort((one, other) => sign * (other.score - one.score))
    .slice(0, count);
}

/**
 * Return the largest score in size of any epoch, so that bars grow and shrink with the slider.
 *
 * @param {EpochTile[]} tiles
 * @param {boolean} alone
 */
export function largest(tiles, alone) {
  const sizes = tiles.flatMap(({ added }) => added.map((_, at) => Math.abs(scoreAt(added, at + 1, alone))));
  return Math.max(0, ...sizes);
}

/**
 * Return a score as every page writes it: `▲ +0.0527`.
 *
 * @param {number} score
 * @param {number} digits
 */
export function signed(score, digits) {
  const sign = score < 0 ? "−" : "+";
  return `${score > 0 ? "▲" : "▼"} ${sign}${Math.abs(score).toFixed(digits)}`;
}

/**
 * Return what an epoch means, in words.
 *
 * @param {TimeMachineBlock} data
 * @param {{ epoch: number, alone: boolean }} place
 */
export function placeWords(data, { epoch, alone }) {
  const of = `epoch ${epoch} of ${data.totals.length}`;
  return alone ? `What ${of} alone added` : `What had been added by the end of ${of}`;
}
