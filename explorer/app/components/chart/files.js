// Charts as files: CSV of the numbers, SVG and PNG of the picture, made in the browser and handed to the person.

import { make } from "../dom/dom.js";

/**
 * Return rows as CSV; numbers have all their digits.
 *
 * @param {(string | number | boolean | null | undefined)[][]} rows
 */
export function csvOf(rows) {
  const cell = (/** @type {string | number | boolean | null | undefined} */ value) => {
    const text = String(value ?? "");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/**
 * Draw the line of buttons; each makes its file when it is pressed.
 *
 * @param {HTMLElement} root
 * @param {string} name
 * @param {{ svg: () => string, csv: () => string }} of
 */
export function drawFiles(root, name, of) {
  const line = make("p", "take", root);
  make("span", "", line, "Take along:");
  /** @type {[string, () => void][]} */
  const forms = [
    ["SVG", () => save(`${name}.svg`, new Blob([of.svg()], { type: "image/svg+xml" }))],
    ["PNG", () => savePng(`${name}.png`, of.svg())],
    ["CSV", () => save(`${name}.csv`, new Blob([of.csv()], { type: "text/csv" }))],
  ];
  for (const [label, onclick] of forms) {
    const button = make("button", "as-link", line, label);
    button.setAttribute("aria-label", `Take this chart along as ${label}`);
    Object.assign(button, { type: "button", onclick });
  }
}

/**
 * Hand a file to the person.
 *
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const href = URL.createObjectURL(content);
  Object.assign(document.createElement("a"), { href, download: name }).click();
  window.setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/**
 * Draw an SVG at twice its size, for slides, and save it.
 *
 * @param {string} name
 * @param {string} text
 */
async function savePng(name, text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * image.width, height: 2 * image.height });
  const context = canvas.getContext("2d");
  context?.scale(2, 2);
  context?.drawImage(image, 0, 0);
  canvas.toBlob((content) => content && save(name, content));
}
