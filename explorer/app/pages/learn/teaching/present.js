// The head of a presented step, and the keys of a presentation: arrows, Page Up and Page Down, Escape.

import { carried } from "../../../components/blocks/steps.js";
import { make } from "../../../components/dom/dom.js";
import { visit } from "../../../components/dom/navigation.js";
import { describeKeys, keysAreShown } from "../../../components/keys/keys.js";

/**
 * @import { PresentBlock } from "../../../components/blocks.d.ts"
 * @typedef {{ root: HTMLElement, data: PresentBlock }} Presentation
 */

/** @type {Record<string, "before" | "after" | "leave">} */
const KEYS = { ArrowLeft: "before", PageUp: "before", ArrowRight: "after", PageDown: "after", Escape: "leave" };
// Where arrows have a meaning of their own: fields, sliders, what scrolls, and the points of a figure.
const OWN_ARROWS = "input, select, textarea, [role=region], .field, .field *";

/** @type {Presentation | null} */
let open = null;

/**
 * What a key asks for in a presentation; nothing where it means something to what has the focus.
 * @param {Pick<KeyboardEvent, "key" | "defaultPrevented" | "ctrlKey" | "metaKey" | "altKey">} event
 * @param {Element | null} focused
 */
export function asked(event, focused) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key.startsWith("Arrow") && focused?.matches(OWN_ARROWS)) return null;
  return KEYS[event.key] ?? null;
}

/** @param {"before" | "after" | "leave"} way */
function go(way) {
  if (!open?.root.isConnected || !open.data[way]) return;
  if (way === "leave" && document.fullscreenElement) document.exitFullscreen();
  visit(carried(open.data[way]));
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (!open?.root.isConnected || keysAreShown()) return;
  const focused = event.composedPath()[0];
  const way = asked(event, focused instanceof Element ? focused : null);
  if (!way) return;
  event.preventDefault();
  go(way);
}

/** A browser that leaves its full screen by Escape tells no key. */
function onScreen() {
  if (!document.fullscreenElement) go("leave");
}

describeKeys({
  title: "In the presentation",
  rows: () => [
    ["→ or PageDown", "next step"],
    ["← or PageUp", "step before"],
    ["Esc", "leave it"],
  ],
  here: () => Boolean(open?.root.isConnected),
});
window.addEventListener("keydown", onKey);
document.addEventListener("fullscreenchange", onScreen);

/**
 * @param {HTMLElement} root
 * @param {PresentBlock} data
 */
export function drawPresent(root, data) {
  open = { root, data };
  const head = make("div", "present-head");
  make("h1", "present-title", head, data.title);
  const nav = make("nav", "present-ways", head);
  nav.setAttribute("aria-label", "Presentation");
  wayOf(nav, data.before, "←", "Step before");
  make("span", "present-count", nav, `${data.number} of ${data.count}`);
  wayOf(nav, data.after, "→", "Next step");
  const full = make("button", "present-way", nav, "Full screen");
  Object.assign(full, { type: "button", onclick: () => document.documentElement.requestFullscreen?.() });
  wayOf(nav, data.leave, "Leave", "Leave the presentation (Escape)");
  root.replaceChildren(head);
}

/**
 * @param {HTMLElement} nav
 * @param {string} href
 * @param {string} sign
 * @param {string} label
 */
function wayOf(nav, href, sign, label) {
  const link = /** @type {HTMLAnchorElement} */ (make(href ? "a" : "span", "present-way", nav, sign));
  if (!href) {
    link.setAttribute("aria-hidden", "true");
    return;
  }
  link.setAttribute("aria-label", label);
  link.href = href;
  link.onclick = () => {
    link.href = carried(href);
  };
}
