// The tug-of-war as files: a strand is a line and a part of its rope.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tugCsv, tugSvg } from "../../../explorer/app/components/tug_of_war/as_files.js";

/** @import { TugBlock } from "../../../explorer/app/components/blocks.d.ts" */

const strand = (/** @type {number} */ share) => ({ share, title: "" });
/** @type {TugBlock} */
const TUG = {
  kind: "tug",
  caption: "The dashed line: with the 2 strongest",
  label: "Tug-of-war: 4 < 5",
  sides: [
    { sign: "helpful", share: 0.8, strands: [strand(2), strand(1)], rest: 1, restTitle: "", name: "▲ for" },
    { sign: "harmful", share: 1, strands: [], rest: 5, restTitle: "", name: "▼ against" },
  ],
};

test("every strand has its logits, and the others are one", () => {
  const lines = [
    "rope,strand,logits",
    "helpful,1,2",
    "helpful,2,1",
    "helpful,all others,1",
    "harmful,all others,5",
    "",
  ];
  assert.equal(tugCsv(TUG), lines.join("\n"));
});

test("a rope's parts fill its share of the width", () => {
  const text = tugSvg(TUG, "#000", "#fff");
  const widths = [...text.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((found) => Number(found[1]));
  assert.deepEqual(widths, [360, 180, 180, 900]);
  assert.match(text, /<path d="M540.00 24v30"/, "the rope is cut after its strands");
  assert.match(text, /<title>Tug-of-war: 4 &lt; 5<\/title>/);
});
