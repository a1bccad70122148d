// What long work runs now: asked of the server now and then, and said at the end of the strip.

import { percent } from "../dom/percent.js";
import { awaitedWorks, lookAgain } from "../job_progress/awaited.js";

/** @import { WorkEntry, WorkSummary } from "../blocks.d.ts" */

const BUSY = 2000,
  IDLE = 15000; // ms between two questions, while something runs or is awaited, and while nothing is
const CONNECTED = "[data-testid=stApp][data-test-connection-state=CONNECTED]";

/** @type {HTMLAnchorElement | null} */
let shown = null;
/** @type {number | undefined} */
let timer;
let due = Number.POSITIVE_INFINITY; // when the server is asked next

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** @param {WorkSummary} summary */
export function sentence({ running, waiting, paused }) {
  if (!running) return "";
  const left = running.left === null ? "" : `, about ${duration(running.left)} left`;
  const more = waiting.length ? `, ${waiting.length} more ${waiting.length > 1 ? "wait" : "waits"}` : "";
  const how = !running.background ? "" : paused ? " (pauses while you work)" : " (in the background)";
  return `${running.title} ${percent(running.share, 0)}${left}${more}${how}`;
}

async function ask() {
  clearTimeout(timer);
  let busy = false;
  const works = awaitedWorks();
  if (document.visibilityState === "visible" && document.querySelector(CONNECTED) && shown?.isConnected) {
    try {
      const answer = /** @type {WorkSummary} */ (await (await fetch(question(works))).json());
      busy = Boolean(answer.running);
      show(answer);
      lookAgain(answer);
    } catch {
      // the server is away; Streamlit says so
    }
  }
  askIn(busy || works.length ? BUSY : IDLE);
}

/** @param {number} wait */
function askIn(wait) {
  clearTimeout(timer);
  due = performance.now() + wait;
  timer = window.setTimeout(ask, wait);
}

/** @param {string[]} works */
function question(works) {
  return `/work?${new URLSearchParams(works.map((work) => ["await", work]))}`;
}

/** @param {WorkSummary} summary */
function show(summary) {
  if (!shown) return;
  shown.textContent = sentence(summary);
  shown.hidden = !summary.running;
  if (summary.running) shown.href = summary.running.href;
}

/**
 * Show the work in a link, from now on.
 *
 * @param {HTMLAnchorElement} link
 */
export function showWork(link) {
  const before = shown;
  shown = link;
  if (before) {
    link.textContent = before.textContent;
    link.hidden = before.hidden;
    link.href = before.href;
  }
  if (due - performance.now() > BUSY) askIn(BUSY); // the new page may wait for something
}

/** Ask at once: somebody looks at the page again. */
export function askNow() {
  if (shown && document.visibilityState === "visible") askIn(0);
}
