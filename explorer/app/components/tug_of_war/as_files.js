// The tug-of-war as one picture and as numbers.

import { csvOf } from "../chart/files.js";

/** @import { Rope, TugBlock } from "../blocks.d.ts" */

const WIDTH = 900;
const ROPE = 30; // pixels high; its name stands above it
const ROW = 68;
const COLOURS = { helpful: "#0072b2", harmful: "#d55e00" };

/** @param {TugBlock} data */
export function tugCsv({ sides }) {
  const rows = sides.flatMap(({ sign, strands, rest }) => [
    ...strands.map(({ share }, at) => [sign, at + 1, share]),
    [sign, "all others", rest],
  ]);
  return csvOf([["rope", "strand", "logits"], ...rows]);
}

/**
 * @param {TugBlock} data
 * @param {string} ink
 * @param {string} paper
 */
export function tugSvg({ sides, caption, label }, ink, paper) {
  const height = ROW * sides.length + 24;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13" fill="${ink}" style="background:${paper}">`;
  const below = `<text x="0" y="${height - 8}">${escaped(caption)}</text>`;
  return `${open}<title>${escaped(label)}</title>${sides.map((side, at) => ropeOf(side, at, ink)).join("")}${below}</svg>`;
}

/**
 * @param {Rope} side
 * @param {number} at
 * @param {string} ink
 */
function ropeOf({ sign, share, strands, rest, name }, at, ink) {
  const whole = strands.reduce((sum, strand) => sum + strand.share, rest) || 1;
  let x = 0;
  const parts = [...strands.map((strand) => strand.share), rest].map((part, row) => {
    const width = (WIDTH * share * part) / whole;
    const strength = row === strands.length ? 0.35 : row % 2 ? 0.75 : 1;
    const rect = `<rect x="${x.toFixed(2)}" y="${ROW * at + 24}" width="${width.toFixed(2)}" height="${ROPE}" fill="${COLOURS[sign]}" fill-opacity="${strength}"/>`;
    x += width;
    return rect;
  });
  const cut = (WIDTH * share * (whole - rest)) / whole;
  const line = `<path d="M${cut.toFixed(2)} ${ROW * at + 24}v${ROPE}" stroke="${ink}" stroke-width="4" stroke-dasharray="5 4"/>`;
  return `<text x="0" y="${ROW * at + 16}">${escaped(name)}</text>${parts.join("")}${strands.length ? line : ""}`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
