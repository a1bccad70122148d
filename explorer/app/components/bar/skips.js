// Ways past the bar: to the page's title, to its first picture, and to the strongest image against the case.

import { make } from "../dom/dom.js";
import { allShown } from "../dom/focus.js";

const PICTURES = ".gallery a.tile";

/** The title of the page, made ready for the focus. */
export function titleOfPage() {
  const [title] = allShown("h1");
  if (title) title.tabIndex = -1;
  return title ?? null;
}

/** The strongest of the images that argue against the case; none on a page without them. */
export function culprit() {
  return allShown('.gallery[aria-label^="▼"] .tile')[0] ?? null;
}

function toTheTitle() {
  const title = titleOfPage();
  title?.focus();
  title?.scrollIntoView({ block: "center" });
}

/** @param {HTMLElement} root */
export function drawSkips(root) {
  skipOf(root, "Skip to the page", toTheTitle);
  const pictures = skipOf(root, "Skip to the pictures", () => allShown(PICTURES)[0]?.focus());
  // A page draws itself after the bar: what there is to skip to is known when somebody comes by.
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Tab" && pictures.isConnected) pictures.hidden = !allShown(PICTURES).length;
  });
}

/**
 * @param {HTMLElement} root
 * @param {string} label
 * @param {() => void} onclick
 */
function skipOf(root, label, onclick) {
  const skip = make("button", "skip", root, label);
  return Object.assign(skip, { type: "button", onclick });
}
