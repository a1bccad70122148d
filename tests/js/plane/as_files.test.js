// The numbers of the lesson's figures as files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chartCsv, fileName, pointsCsv } from "../../../explorer/app/pages/learn/lesson/plane/as_files.js";

test("the field's points stand in their order, the test point last", () => {
  const points = [
    { x: 0.5, y: -1, label: "cat" },
    { x: 0.1 + 0.2, y: 2, label: "dog" },
  ];
  const said = pointsCsv({ points, star: { x: 3, y: 4, label: "cat" }, chosen: -1, values: {} });
  assert.equal(said, "point,x,y,label\n1,0.5,-1,cat\n2,0.30000000000000004,2,dog\ntest point,3,4,cat\n");
});

test("a chart's lines and marks stand under the titles of its axes; one that draws nothing has its head alone", () => {
  const titles = { x: "weight", y: "loss" };
  const drawing = {
    x: [0, 1],
    y: [0, 1],
    lines: [{ name: "refit", points: [[0, 1], [1, 2]] }], // biome-ignore format: pairs
    marks: [{ name: "now", at: [0.5, 1.5], text: "here" }],
  };
  assert.equal(chartCsv({ drawing, titles }), "series,weight,loss\nrefit,0,1\nrefit,1,2\nnow,0.5,1.5\n");
  assert.equal(chartCsv({ titles }), "series,weight,loss\n");
});

test("a file is named by the first words of the figure", () => {
  assert.equal(fileName("Points, the star whose loss is watched"), "points-the-star-whose-loss-is");
  assert.equal(fileName("→"), "figure");
});
