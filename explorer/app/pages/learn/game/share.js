// Links and commands to be copied.

import { make } from "../../../components/dom/dom.js";

/** @import { ShareBlock } from "../../../components/blocks.d.ts" */

// A link to hand to somebody, or a command, whole.
/**
 * @param {HTMLElement} root
 * @param {ShareBlock} data
 */
export function drawShare(root, data) {
  const isLink = data.copied === "link";
  const href = isLink ? new URL(data.href, window.location.href).href : data.href;
  const label = make("label", "share", null, data.label);
  const line = make("div", "share-line", label);
  const input = make("input", "", line);
  Object.assign(input, { readOnly: true, value: href, onfocus: () => input.select() });
  const button = make("button", "act", line, isLink ? "Copy link" : "Copy");
  button.type = "button";
  button.onclick = async () => {
    input.select();
    // A page that other machines get without encryption has no clipboard of the newer kind, and a person may forbid it.
    try {
      await navigator.clipboard.writeText(href);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = "✓ Copied";
  };
  root.replaceChildren(label);
  if (data.note) make("p", "small", root, data.note);
}
