// The histogram as one picture and as numbers.

/** @import { BarsBlock } from "../blocks.d.ts" */

import { csvOf } from "../chart/files.js";

const WIDTH = 900;
const HEIGHT = 240;
const FOOT = 40; // pixels below the bars, for the axis and its words
const COLOURS = { helpful: "#0072b2", harmful: "#d55e00", zero: "#808080" };

/** @param {BarsBlock} data */
export function barsCsv(data) {
  return csvOf([["score", "training_images"], ...data.centres.map((centre, at) => [centre, data.counts[at]])]);
}

/**
 * Return the histogram as SVG; words of a person do not occur in it, but those that do are escaped all the same.
 *
 * @param {BarsBlock} data
 * @param {string} ink
 * @param {string} paper
 */
export function barsSvg(data, ink, paper) {
  const top = Math.log10(1 + Math.max(...data.counts));
  const step = WIDTH / data.counts.length;
  const room = HEIGHT - FOOT - 20;
  const bars = data.counts.map((count, at) => {
    const height = (room * Math.log10(1 + count)) / top || 0;
    const middle = 2 * at + 1 === data.counts.length;
    const colour = middle ? COLOURS.zero : data.centres[at] > 0 ? COLOURS.helpful : COLOURS.harmful;
    const [x, y] = [at * step, HEIGHT - FOOT - height].map((place) => place.toFixed(2));
    return `<rect x="${x}" y="${y}" width="${(step - 1).toFixed(2)}" height="${height.toFixed(2)}" fill="${colour}"/>`;
  });
  const marks = data.marks.map(({ at, text }) => {
    const x = (at * WIDTH).toFixed(2);
    const words = wordsAt(at * WIDTH + (at < 0.5 ? -6 : 6), 14, at < 0.5 ? "end" : "start", text);
    return `<path d="M${x} 0V${HEIGHT - FOOT}" stroke="${ink}" stroke-dasharray="3 3"/>${words}`;
  });
  const ticks = data.ticks.map((text, at, all) => {
    const anchor = at === 0 ? "start" : at === all.length - 1 ? "end" : "middle";
    return wordsAt((WIDTH * at) / (all.length - 1), HEIGHT - FOOT + 18, anchor, text);
  });
  const axis = `<path d="M0 ${HEIGHT - FOOT}H${WIDTH}" stroke="${ink}"/>`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12" fill="${escaped(ink)}" style="background:${escaped(paper)}">`;
  return `${open}<title>${escaped(data.label)}</title>${[...bars, axis, ...marks, ...ticks].join("")}</svg>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 * @param {string} text
 */
function wordsAt(x, y, anchor, text) {
  return `<text x="${x.toFixed(2)}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
