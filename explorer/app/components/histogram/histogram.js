// A histogram without a chart library, which held the browser for 70 to 90 ms on every click.

import { drawFiles } from "../chart/files.js";
import { make } from "../dom/dom.js";
import { barsCsv, barsSvg } from "./as_svg.js";

/** @import { BarsBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {BarsBlock} data
 */
export function drawBars(root, data) {
  root.classList.add("bars");
  const picture = make("div", "");
  picture.setAttribute("role", "img");
  const top = Math.log10(1 + Math.max(...data.counts));
  picture.setAttribute("aria-label", data.label);
  const plot = make("div", "plot");
  data.counts.forEach((count, row) => {
    const column = make("div", "column", plot);
    column.title = `${count.toLocaleString("en")} training images with scores near ${data.centres[row].toPrecision(2)}`;
    const bar = make(
      "div",
      `bar ${2 * row + 1 === data.counts.length ? "around-zero" : data.centres[row] > 0 ? "positive" : "negative"}`,
      column,
    );
    bar.style.height = `${(100 * Math.log10(1 + count)) / top}%`;
  });
  for (const { at, text } of data.marks) {
    const mark = make("div", `mark${at < 0.5 ? "" : " after"}`, plot);
    mark.style.left = `${100 * at}%`;
    make("span", "", mark, text);
  }
  const axis = make("div", "axis");
  for (const text of data.ticks) make("span", "", axis, text);
  picture.append(plot, axis, make("p", "caption", null, data.caption));
  root.replaceChildren(picture);
  const svg = () => barsSvg(data, getComputedStyle(root).color, getComputedStyle(document.body).backgroundColor);
  drawFiles(root, "scores", { svg, csv: () => barsCsv(data) });
}
