// Points in a link, numbers in words: pure functions, no page.

/** @import { Point } from "./types.d.ts" */

export const SPAN = 4; // the field is |x|, |y| ≤ 4
export const GRID = 100; // points lie on hundredths: what is drawn is what the link says
export const MOST_POINTS = 200; // more are slow to refit one by one, and their link grows past what is pasted without harm
/** @type {Record<string, string>} */
export const LABELS = { c: "cat", d: "dog", p: "point" };

/**
 * The nearest place on the grid inside the field.
 * @param {number} value
 */
export function snapped(value) {
  const found = Math.round(Math.min(SPAN, Math.max(-SPAN, value)) * GRID) / GRID;
  return found === 0 ? 0 : found;
}

/**
 * Points as they stand in a link: a letter and two whole numbers of hundredths, `c-125_50d400_-400`.
 * @param {Point[]} points
 */
export function writtenPoints(points) {
  const whole = (/** @type {number} */ value) => Math.round(GRID * value);
  return points.map(({ x, y, label }) => `${label[0]}${whole(x)}_${whole(y)}`).join("");
}

/**
 * Points of a link, or what is wrong with it in one sentence; `letters` says which kinds this figure draws.
 * @param {string} text
 * @param {string} letters
 * @param {number} [most]
 * @returns {{ points: Point[], wrong: string }}
 */
export function readPoints(text, letters, most = MOST_POINTS) {
  const one = new RegExp(`([${letters}])(-?\\d{1,3})_(-?\\d{1,3})(?!\\d)`, "y");
  const points = [];
  for (let at = 0; at < text.length; at = one.lastIndex) {
    one.lastIndex = at;
    const [, letter, ...numbers] = one.exec(text) ?? [];
    const [x, y] = numbers.map(Number);
    if (!letter || Math.max(Math.abs(x), Math.abs(y)) > GRID * SPAN)
      return { points: [], wrong: malformed(text.slice(at, at + 12), letters) };
    points.push({ x: snapped(x / GRID), y: snapped(y / GRID), label: LABELS[letter] });
  }
  return points.length > most ? { points: [], wrong: tooMany(points.length) } : { points, wrong: "" };
}

/**
 * @param {string} rest
 * @param {string} letters
 */
export function malformed(rest, letters) {
  const kinds = [...letters].map((letter) => `${letter} (${LABELS[letter]})`).join(" or ");
  return `The points of this link cannot be read at “${rest}”: a point is ${kinds} and two numbers from −400 to 400, as in ${letters[0]}-125_50. The preset is shown instead.`;
}

/** @param {number} count */
export function tooMany(count) {
  return `This link has ${count} points, and at most ${MOST_POINTS} are drawn. The preset is shown instead.`;
}

/**
 * A number with so many decimals and a true minus; a dash where there is none.
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
export function shown(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/**
 * A score with its sign as shape and character.
 * @param {number} value
 * @param {number} [digits]
 */
export function signedScore(value, digits = 4) {
  const text = shown(Math.abs(value), digits);
  if (Number(text) === 0)
    return Math.abs(value) < 1e-12
      ? text
      : `${value > 0 ? "▲ +" : "▼ −"}${Math.abs(value).toExponential(1).replace("-", "−")}`;
  return `${value > 0 ? "▲ +" : "▼ −"}${text}`;
}

/** @param {number} value */
export function signClass(value) {
  return Math.abs(value) < 1e-12 ? "" : value > 0 ? "helpful" : "harmful";
}

/**
 * A small or large number in the fewest letters: 0.0123 or 1.2e−7.
 * @param {number} value
 */
export function compact(value) {
  if (value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4))
    return shown(value, Math.abs(value) < 1 ? 4 : 2);
  return value.toExponential(1).replaceAll("-", "−").replace("+", "");
}

/** @type {[seconds: number, name: string][]} */
export const UNITS = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/**
 * Seconds in the two largest units that matter: `1 hour 10 minutes`, `2.4 seconds`, `310 ms`.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 1) return `${seconds < 0.01 ? (1000 * seconds).toFixed(1) : Math.round(1000 * seconds)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} seconds`;
  const first = UNITS.findIndex(([size]) => seconds >= size);
  const [[large, name], [small, below]] = UNITS.slice(first, first + 2);
  const all = Math.round(seconds / small);
  const [whole, rest] = [Math.floor((all * small) / large), all % (large / small)];
  return [counted(whole, name), rest ? counted(rest, below) : ""].join(" ").trim();
}

/**
 * Return a span of time that is only estimated: its largest unit, rounded.
 *
 * @param {number} seconds
 */
export function roughly(seconds) {
  const [size, name] = UNITS.find(([each]) => seconds >= 0.8 * each) ?? UNITS[UNITS.length - 1];
  const count = Math.max(1, Math.round(seconds / size));
  return `about ${count === 1 ? (name === "hour" ? "an hour" : `a ${name}`) : counted(count, name)}`;
}

/**
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
