// A sentence in the place of a result that is not there yet: the page is drawn again as soon as its work begins or ends.

import { make, pageOf } from "../dom/dom.js";

/** @import { AwaitedBlock, WorkSummary } from "../blocks.d.ts" */

/** @type {Map<HTMLElement, AwaitedBlock>} */
const places = new Map();

/**
 * @param {HTMLElement} root
 * @param {AwaitedBlock} data
 */
export function drawAwaited(root, data) {
  root.hidden = !data.text;
  root.replaceChildren(make("p", "small", null, data.text));
  places.set(root, data);
}

/** Return the works that the results of this page come from, as the server is asked about them. */
export function awaitedWorks() {
  for (const root of places.keys()) if (!isThere(root)) places.delete(root);
  return [...new Set([...places.values()].flatMap((data) => data.works))];
}

/** @param {HTMLElement} root */
function isThere(root) {
  return root.isConnected && root.dataset.kind === "awaited";
}

/**
 * Whether work has begun or ended since a place was drawn.
 *
 * @param {AwaitedBlock} data
 * @param {WorkSummary} summary
 */
export function hasChanged(data, summary) {
  return doneOf(data, summary) !== data.done || isActive(data, summary) !== data.active;
}

/**
 * @param {AwaitedBlock} data
 * @param {WorkSummary} summary
 */
function doneOf(data, summary) {
  return data.works.reduce((sum, work) => sum + (summary.done[work] ?? 0), 0);
}

/**
 * @param {AwaitedBlock} data
 * @param {WorkSummary} summary
 */
function isActive(data, summary) {
  const active = [summary.running, ...summary.waiting].filter((entry) => entry !== null);
  return active.some(({ kind, run }) => data.works.includes(`${kind}:${run}`));
}

/**
 * Let the page be drawn again where something has changed; what a person has typed or chosen stays.
 *
 * @param {WorkSummary} summary
 */
export function lookAgain(summary) {
  const changed = [...places].filter(([root, data]) => isThere(root) && hasChanged(data, summary));
  for (const [root, data] of changed) {
    places.set(root, { ...data, done: doneOf(data, summary), active: isActive(data, summary) }); // once is enough
  }
  if (changed.length) pageOf(changed[0][0]).tell("act", { items: [] });
}
