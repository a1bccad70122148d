// The picture and the words beside the point under the pointer.

import { make } from "../dom/dom.js";
import { probability } from "../dom/percent.js";
import { factsAddress } from "../lightbox/addresses.js";
import { imageAt, placeOf } from "./geometry.js";

/** @import { Place, Scatter } from "./types.d.ts" */

const REST = 120; // ms that a pointer stays on a point before the name of its file is asked for
/** Runs whose pictures are no files. @type {Set<string>} */
const nameless = new Set();
let waiting = 0;

/**
 * @param {Scatter} state
 * @param {number} row
 */
export function fillTip(state, row) {
  const { side, index } = imageAt(state, row);
  const { names, shade, run } = state.data;
  const right = state.labels[row] === state.predicted[row] ? "✓" : "✗";
  const words = [
    `${side === "train" ? "Training" : "Test"} image ${index}`,
    `labelled ${names[state.labels[row]]}`,
    `${right} says ${names[state.predicted[row]]} ${probability(state.sure[row])}`,
  ];
  if (state.values.length && !Number.isNaN(state.values[row]))
    words.push(`${shade.title} ${valueText(state.values[row])}`);
  state.picture.hidden = false;
  state.picture.src = `/thumbs/${run}/${side}/${index}`;
  state.picture.alt = words.join(", ");
  state.picture.onload = () => state.picture.classList.toggle("small", state.picture.naturalWidth <= 64);
  state.lines.replaceChildren(...words.map((word, line) => make("div", line ? "" : "first", null, word)));
  place(state);
  clearTimeout(waiting);
  if (!nameless.has(run)) waiting = window.setTimeout(nameFile, REST, state, row);
}

/**
 * Show what is known of a part of a crowd under the pointer.
 *
 * @param {Scatter} state
 * @param {Place} here
 * @param {{ count: number, code: number }} part
 */
export function showPart(state, here, { count, code }) {
  const { names, shade } = state.data;
  state.tip.hidden = !count;
  state.picture.hidden = true;
  const most = shade.kind === "classes" && code >= 0 ? [`most of them: ${names[code]}`] : [];
  const words = [count === 1 ? "1 image here" : `${count.toLocaleString("en")} images here`, ...most];
  state.lines.replaceChildren(...words.map((word, line) => make("div", line ? "" : "first", null, word)));
  placeAt(state, ...here);
}

/**
 * @param {Scatter} state
 * @param {number} row
 */
async function nameFile(state, row) {
  const address = factsAddress({ run: state.data.run, ...imageAt(state, row) });
  let file = "";
  try {
    const answer = await fetch(address);
    if (!answer.ok) return;
    file = (await answer.json()).file;
  } catch {
    return; // without a connection nothing is known
  }
  if (!file) nameless.add(state.data.run);
  else if (state.at === row) make("div", "", state.lines, file);
  place(state);
}

/** @param {number} value */
export function valueText(value) {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return (Math.abs(value) < 1e-4 ? value.toExponential(1) : value.toFixed(4)).replace("-", "−");
}

/** @param {Scatter} state */
export function place(state) {
  placeAt(state, ...placeOf(state, state.at));
}

/**
 * @param {Scatter} state
 * @param {number} x
 * @param {number} y
 */
function placeAt({ tip, view }, x, y) {
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  tip.style.left = `${view.left + fitted(x + 14, width, view.width)}px`;
  tip.style.top = `${fitted(y + 14, height, view.height)}px`;
}

/**
 * Return where a box of a size begins beside a wished place, so that it ends before `most`.
 *
 * @param {number} wish
 * @param {number} size
 * @param {number} most
 */
function fitted(wish, size, most) {
  return Math.max(0, Math.min(wish + size > most ? wish - size - 28 : wish, most - size));
}
