// Colours and marks of classes and levels.

/** @import { Scatter } from "./types.d.ts" */

// The first two are those of cat and dog in the lesson (plane.css); all stay clear of blue and vermilion, which mean helpful and
// harmful here.
export const CLASS_COLOURS = ["#9a4fb5", "#23955a", "#e69f00", "#56b4e9", "#cc79a7", "#b5a642", "#7f7f7f"];
export const MARKS = ["●", "▲", "■", "◆", "✚"];

// One hue from quiet to strong, so that the eye needs lightness only; by theme.
export const RAMPS = { light: ["#cfc8de", "#8e6bbf", "#3b0f6f"], dark: ["#4a4460", "#a27fdc", "#f6e9ff"] };
export const NOTHING = 255; // a level that is not known: test images have no leverage
export const HOLLOW = 8;
export const BIGGER = 16;

// The place of classes without a colour of their own: of many only the largest have one, further ones are asked for by name.
export const OTHERS = -1;
const GREY = [128, 128, 128];

/**
 * Return the place of a class among those with a colour, or OTHERS where it has none of its own.
 *
 * @param {Pick<Scatter, "named">} state
 * @param {number} code
 */
export function slotOf({ named }, code) {
  return named ? named.indexOf(code) : code; // indexOf says −1, which is OTHERS
}

/**
 * @param {Pick<Scatter, "named">} state
 * @param {number} slot
 */
export function classColour({ named }, slot) {
  const colours = named ? CLASS_COLOURS.slice(0, -1) : CLASS_COLOURS; // the last one is the grey of all others
  return slot === OTHERS ? CLASS_COLOURS.at(-1) : colours[slot % colours.length];
}

/** @param {string} hex */
export function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/**
 * @param {string[]} stops
 * @param {number} share
 */
export function onRamp(stops, share) {
  const at = share * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [from, to] = [channels(stops[low]), channels(stops[low + 1])];
  return from.map((channel, index) => Math.round(channel + (to[index] - channel) * (at - low)));
}
/** @param {Scatter} state */
export function dark(state) {
  const [red, green, blue] = getComputedStyle(state.root)
    .color.match(/[\d.]+/g)
    .map(Number);
  return red + green + blue > 384; // light text stands on a dark page
}

/**
 * @param {Scatter} state
 * @param {number} code
 */
export function tintOf(state, code) {
  const slot = code === OTHERS ? OTHERS : slotOf(state, code);
  if (state.data.shade.kind === "classes") return channels(classColour(state, slot));
  if (code === NOTHING) return GREY;
  return onRamp(RAMPS[dark(state) ? "dark" : "light"], code / (NOTHING - 1));
}
