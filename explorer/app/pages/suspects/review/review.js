// The review queue: one image large, its neighbours as a strip, keys for every decision. Moving happens here, from what the
// server sent; decisions go to the server (outbox.js), and the screen says "saved" when it has them on disk.

import { drawSaid, settle } from "../../../components/blocks/outbox.js";
import { make } from "../../../components/dom/dom.js";
import { ready } from "../../../components/gallery/tile.js";
import { describeKeys, keysAreShown } from "../../../components/keys/keys.js";
import { drawActions } from "./actions.js";
import { drawEntry } from "./entry.js";
import { busyElement, perform } from "./keys.js";

/**
 * @import { ReviewBlock } from "../../../components/blocks.d.ts"
 * @import { Review, ReviewRoot } from "./types.d.ts"
 */

/** @type {Review | null} The queue that keys go to. */
let reviewer = null;
describeKeys({
  title: "In the review queue",
  rows: () => [
    ["1 … 9", "give it this label"],
    ["E", "exclude it from the training set"],
    ["C", "confirm it: its label is right"],
    ["U", "take your latest decision back"],
    ["R", "do it again"],
    ["Space → ↓", "next image"],
    ["← ↑", "previous image"],
  ],
  here: () => Boolean(reviewer?.root.isConnected),
});

/** @param {HTMLElement} root */
function reviewOf(root) {
  const state = /** @type {Review} */ ({ root, entries: [], at: 0, pictures: new Map() });
  const head = make("div", "review-head", root);
  state.progress = make("p", "review-progress", head);
  state.said = make("p", "said", head);
  state.said.setAttribute("role", "status");
  state.strip = make("div", "review-strip", root);
  state.strip.setAttribute("role", "group");
  state.strip.setAttribute("aria-label", "Neighbours in the queue");
  const body = make("div", "review-body", root);
  state.frame = make("div", "frame review-picture", body);
  state.image = make("img", "", state.frame);
  state.image.onload = () => ready(state.image);
  const side = make("div", "review-side", body);
  state.title = make("h3", "title", side);
  state.file = make("p", "small review-file", side);
  state.decided = make("p", "review-decided", side);
  state.actions = make("div", "acts", side);
  state.undo = make("p", "small review-undo", side);
  state.reason = make("p", "sentence", side);
  state.evidence = make("div", "review-evidence", side);
  state.does = make("div", "review-does", root);
  return state;
}

/**
 * @param {ReviewRoot} root
 * @param {ReviewBlock} data
 */
function drawReview(root, data) {
  root.review ??= reviewOf(root);
  const state = root.review;
  const before = state.entries[state.at]?.id;
  const fresh = state.data?.token !== data.token;
  Object.assign(state, { data, entries: data.entries });
  for (const [id, picture] of Object.entries(data.inline)) state.pictures.set(id, picture);
  const settled = settle(root, data.answers);
  const told = settled.filter((answer) => answer.done && ["undo", "redo"].includes(answer.item.action)).at(-1);
  const place = (/** @type {string | undefined} */ id) => state.entries.findIndex((entry) => entry.id === id);
  const [undone, now] = [place(String(told?.row)), place(fresh ? data.open : before)];
  state.at = Math.max(0, undone < 0 ? now : undone);
  state.progress.textContent = data.progress;
  state.undo.textContent = data.undo && `U takes back: ${data.undo}.`;
  drawSaid(state.said, root, settled);
  if (fresh) drawActions(state);
  drawEntry(state);
  if (reviewer !== state) {
    reviewer = state;
    window.addEventListener("keydown", pressed, true); // before Streamlit's own keys; a second time changes nothing
  }
}
/** @param {KeyboardEvent} event */
function pressed(event) {
  if (!reviewer?.root.isConnected) {
    window.removeEventListener("keydown", pressed, true);
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (keysAreShown() || busyElement(event.composedPath()[0], key) || !perform(reviewer, key)) return;
  event.preventDefault();
  event.stopPropagation();
}

export const kinds = { review: drawReview };
