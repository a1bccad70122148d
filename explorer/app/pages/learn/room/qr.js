// A QR code, drawn as one path: dark on white in both themes, with the quiet rim that readers need.

import { make } from "../../../components/dom/dom.js";
import { svg } from "../../../components/dom/svg.js";

/** @import { QrBlock } from "../../../components/blocks.d.ts" */

const RIM = 4;

/**
 * @param {HTMLElement} root
 * @param {QrBlock} data
 */
export function drawQr(root, data) {
  const figure = make("div", "qr");
  const side = data.size + 2 * RIM;
  const code = svg("svg", "", figure, {
    viewBox: `${-RIM} ${-RIM} ${side} ${side}`,
    role: "img",
    "aria-label": `QR code of ${data.words}`,
    "shape-rendering": "crispEdges",
  });
  svg("rect", "qr-paper", code, { x: -RIM, y: -RIM, width: side, height: side });
  svg("path", "qr-ink", code, { d: data.path });
  root.replaceChildren(figure);
}
