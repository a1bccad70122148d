// More images than a browser is given at once: it asks for the window that is seen, and is given its points where they are
// few, else counts of its parts, which are drawn as one small picture.

import { inPlace } from "./geometry.js";
import { OTHERS, tintOf } from "./palette.js";

/**
 * @import { ScatterBlock } from "../blocks.d.ts"
 * @import { CrowdAnswer, Density, Place, Scatter, View, Window } from "./types.d.ts"
 */

const HEADER = 40; // bytes: six numbers and the window
const FAINTEST = 50; // of 255: a part with one image
const UNCHOSEN = 0.22; // how strong a part without a chosen image is, beside others
const TOO_COARSE = 1.7; // times: counts of a window this much wider than what is seen are asked for anew

/**
 * Return what an answer of the server says: points, or counts of the parts of a window.
 *
 * @param {ArrayBuffer} buffer
 * @returns {CrowdAnswer}
 */
export function unpackAnswer(buffer) {
  const [kind, count, bins, valued] = new Uint32Array(buffer, 0, 6);
  const window = /** @type {Window} */ (Array.from(new Float32Array(buffer, 24, 4)));
  let at = HEADER;
  /**
   * @template Numbers
   * @param {{ new (buffer: ArrayBuffer, from: number, length: number): Numbers, BYTES_PER_ELEMENT: number }} kind
   * @param {number} length
   */
  function next(kind, length) {
    const numbers = new kind(buffer, at, length);
    at += length * kind.BYTES_PER_ELEMENT;
    return numbers;
  }
  if (kind === 0) {
    const parts = bins * bins;
    return {
      window,
      density: {
        bins,
        counts: next(Uint32Array, parts),
        shades: next(Uint8Array, parts),
        chosen: next(Uint8Array, parts),
      },
    };
  }
  const [rows, sure, values] = [
    next(Uint32Array, count),
    next(Float32Array, count),
    next(Float32Array, valued * count),
  ];
  const [places, codes] = [next(Uint16Array, 2 * count), next(Uint16Array, count)];
  const [labels, predicted, chosen] = [next(Uint16Array, count), next(Uint16Array, count), next(Uint8Array, count)];
  return { window, points: { rows, sure, values, places, codes, labels, predicted, chosen } };
}

/**
 * Return the part of the frame that a view shows, in shares: left, bottom, right, top.
 *
 * @param {View} view
 * @returns {Window}
 */
export function windowOf(view) {
  const [left, top] = inPlace(view, 0, 0);
  const [right, bottom] = inPlace(view, view.width, view.height);
  return /** @type {Window} */ ([left, bottom, right, top].map((share) => Math.min(1, Math.max(0, share))));
}

/**
 * Return whether what is there is enough for a window: all of it, and finely enough.
 *
 * @param {CrowdAnswer | null} answer
 * @param {Window} seen
 */
export function isEnough(answer, seen) {
  if (!answer) return false;
  const [left, bottom, right, top] = answer.window;
  const near = 1e-6; // windows travel in 32 bits
  const holds = left <= seen[0] + near && bottom <= seen[1] + near && right >= seen[2] - near && top >= seen[3] - near;
  return holds && (!answer.density || right - left <= TOO_COARSE * (seen[2] - seen[0]));
}

/**
 * Begin with another crowd, or with none.
 *
 * @param {Scatter} state
 * @param {ScatterBlock} data
 */
export function beginCrowd(state, data) {
  state.rows = null;
  state.crowd = data.crowd ? { answer: null, whole: null, asked: "", flying: false } : null;
}

/**
 * Ask for what is seen, where it is not there; one question at a time, and the last one is the one that counts.
 *
 * @param {Scatter} state
 * @param {(answer: CrowdAnswer) => void} take
 * @param {boolean} [anew] whether colours or the choice changed
 */
export async function askCrowd(state, take, anew = false) {
  const { crowd, data, view } = state;
  if (!crowd || !view.across || crowd.flying || (!anew && isEnough(crowd.answer, windowOf(view)))) {
    if (crowd?.flying && anew) crowd.asked = "";
    return;
  }
  const address = addressOf(state);
  if (address === crowd.asked) return; // answered like this already, or refused
  Object.assign(crowd, { flying: true, asked: address });
  try {
    const answer = await fetch(address);
    if (state.crowd !== crowd) return;
    if (answer.ok) take(unpackAnswer(await answer.arrayBuffer()));
    else state.said.textContent = await answer.text();
  } catch {
    state.said.textContent = "The program does not answer. Is it still running?";
  } finally {
    crowd.flying = false;
  }
  if (state.crowd === crowd && state.data === data) askCrowd(state, take, crowd.asked !== address);
}

/** @param {Scatter} state */
function addressOf({ data, view, named, hidden }) {
  const window = windowOf(view).map((share) => share.toFixed(7));
  const asked = new URLSearchParams({ window: window.join(), ...lookOf({ named, hidden }), selection: data.selected });
  return `/crowd/${data.crowd}?${asked}`;
}

/** @param {Pick<Scatter, "named" | "hidden">} state */
export function lookOf({ named, hidden }) {
  return { named: (named ?? []).join(), hidden: [...hidden].join() };
}

/**
 * Return a small picture of counts: as strong as a part has images, in the colour of what most of them are.
 *
 * @param {Scatter} state
 * @param {Density} density
 */
export function pictureOf(state, { bins, counts, shades, chosen }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = bins;
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(bins, bins);
  const most = Math.log1p(counts.reduce((one, other) => Math.max(one, other), 1));
  const tints = new Map();
  for (let part = 0; part < counts.length; part++) {
    if (!counts[part]) continue;
    const shade = shades[part];
    if (!tints.has(shade)) tints.set(shade, tintOf(state, codeOf(state, shade)));
    const strength = FAINTEST + ((255 - FAINTEST) * Math.log1p(counts[part])) / most;
    const [column, row] = [part % bins, bins - 1 - Math.floor(part / bins)]; // pictures go downward
    const at = 4 * (row * bins + column);
    image.data.set(tints.get(shade), at);
    image.data[at + 3] = strength * (chosen[part] ? 1 : UNCHOSEN);
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Return the class or level of a part; a class without a colour of its own where its place is that of all others.
 *
 * @param {Scatter} state
 * @param {number} shade
 */
export function codeOf({ named }, shade) {
  return named ? (named[shade] ?? OTHERS) : shade;
}

/**
 * Draw the counts below the points: those of what is seen, or of the whole where nothing nearer is there.
 *
 * @param {Scatter} state
 */
export function paintCrowd(state) {
  const { crowd, under, view } = state;
  const pen = under.getContext("2d");
  pen.clearRect(0, 0, under.width, under.height);
  if (!crowd?.answer) return;
  const seen = isEnough(crowd.answer, windowOf(view));
  const shown = crowd.answer.density && (seen || !crowd.whole) ? crowd.answer : seen ? null : crowd.whole;
  const picture = shown?.picture;
  if (!picture) return;
  const [left, bottom, right, top] = shown.window;
  pen.setTransform(view.density, 0, 0, view.density, 0, 0);
  pen.imageSmoothingEnabled = false;
  const [x, y] = [view.width / 2 + (left - view.x) * view.across, view.height / 2 - (top - view.y) * view.up];
  pen.drawImage(picture, x, y, (right - left) * view.across, (top - bottom) * view.up);
}

/**
 * Return the part of the counts in which a place of the screen lies, with how many images it has and what most of them are.
 *
 * @param {Scatter} state
 * @param {Place} here
 */
export function partAt(state, here) {
  const { density, window } = state.crowd?.answer ?? {};
  if (!density) return null;
  const [x, y] = inPlace(state.view, ...here);
  const [left, bottom, right, top] = window;
  const column = Math.floor((density.bins * (x - left)) / (right - left));
  const row = Math.floor((density.bins * (y - bottom)) / (top - bottom));
  if (Math.min(column, row) < 0 || Math.max(column, row) >= density.bins) return null;
  const part = row * density.bins + column;
  return { count: density.counts[part], code: codeOf(state, density.shades[part]) };
}
