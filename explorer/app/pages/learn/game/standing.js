// The game's pictures: every one can be flagged, and the flags live in the address, so that a link carries them and
// pupils on one server never mix. A flag needs no round trip.

import { make } from "../../../components/dom/dom.js";

/** @import { StandingBlock } from "../../../components/blocks.d.ts" */

// What somebody found beside what other ways find with as many looks, as bars on one scale.
/**
 * @param {HTMLElement} root
 * @param {StandingBlock} data
 */
export function drawStanding(root, data) {
  const list = make("dl", "standing");
  for (const { name, words, share, low, high, own } of data.rows) {
    make("dt", own ? "own" : "", list, name);
    const value = make("dd", own ? "own" : "", list);
    const track = make("span", "standing-track", value);
    track.setAttribute("aria-hidden", "true");
    make("span", "standing-bar", track).style.width = `${100 * share}%`;
    if (high !== null)
      Object.assign(make("span", "standing-range", track).style, {
        left: `${100 * low}%`,
        width: `${100 * (high - low)}%`,
      });
    make("span", "standing-words", value, words);
  }
  root.replaceChildren(list);
  if (data.note) make("p", "small", root, data.note);
}
