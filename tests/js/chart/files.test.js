// Charts as files: the numbers are those of the picture, whatever its series and axes are called.

import assert from "node:assert/strict";
import { test } from "node:test";
import { numbersOf } from "../../../explorer/app/components/chart/chart.js";
import { csvOf } from "../../../explorer/app/components/chart/files.js";
import { barsCsv, barsSvg } from "../../../explorer/app/components/histogram/as_svg.js";

const BARS = {
  kind: /** @type {const} */ ("bars"),
  caption: "",
  label: "Histogram of <3 & more",
  counts: [1, 0, 9],
  centres: [-0.1, 0, 0.1],
  marks: [{ at: 0.25, text: "the ▼ gallery ends" }],
  ticks: ["-0.1", "0", "0.1"],
};

test("cells that hold commas, quotes or line ends are quoted, and nothing is an empty cell", () => {
  assert.equal(csvOf([["a,b", 'say "x"', null, 0.1 + 0.2]]), '"a,b","say ""x""",,0.30000000000000004\n');
});

test("a chart's numbers stand under the titles of its axes, series by series", () => {
  const plot = {
    _fullData: [
      { name: "pairs", x: new Float64Array([0.1, 0.2]), y: [1, 2], xaxis: "x", yaxis: "y" },
      { name: "line", x: [0], y: [3], xaxis: "x", yaxis: "y" },
      { name: "nothing to see" },
    ],
    layout: { xaxis: { title: { text: "predicted" } }, yaxis: { title: { text: "measured" } } },
  };
  assert.equal(numbersOf(plot), "series,predicted,measured\npairs,0.1,1\npairs,0.2,2\nline,0,3\n");
});

test("axes of several titles have none in the heading", () => {
  const plot = {
    _fullData: [
      { name: "a", x: [1], y: [2], xaxis: "x", yaxis: "y" },
      { name: "b", x: [3], y: [4], xaxis: "x2", yaxis: "y2" },
    ],
    layout: { xaxis: { title: { text: "left" } }, xaxis2: { title: { text: "right" } } },
  };
  assert.equal(numbersOf(plot).split("\n")[0], "series,x,y");
});

test("the histogram's picture has a bar for each count, and its words are no markup", () => {
  const text = barsSvg(BARS, "#000", "#fff");
  assert.equal(text.match(/<rect /g)?.length, 3);
  assert.match(text, /<title>Histogram of &lt;3 &amp; more<\/title>/);
  assert.match(text, /height="180.00" fill="#0072b2"/);
  assert.equal(barsCsv(BARS), "score,training_images\n-0.1,1\n0,0\n0.1,9\n");
});
