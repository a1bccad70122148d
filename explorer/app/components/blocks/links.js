// Links side by side.

import { make } from "../dom/dom.js";

export function drawDoors(root, data) {
  root.classList.add("doors");
  root.replaceChildren();
  for (const { label, href } of data.links) {
    const link = make(href ? "a" : "span", "door", root, label);
    if (href) link.href = href;
    else link.setAttribute("aria-disabled", "true");
  }
}
