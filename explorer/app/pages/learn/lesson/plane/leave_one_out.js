// Step 3: leave one point out and refit; all n refits in a table, how long they took, and how long a person's own run would.

import { childrenOf, make, targetElement, trim } from "../../../../components/dom/dom.js";
import { setAttributes } from "../../../../components/dom/svg.js";
import { drawField, makeField, nameOf } from "./field.js";
import { makeRow } from "./figures_table.js";
import { clicked } from "./gestures.js";
import { boundaryEnds, fit, problemOf, refitsWithout, starLoss } from "./logistic_regression.js";
import { put, putScore } from "./marks.js";
import { counted, duration, roughly, SPAN, shown, signedScore } from "./notation.js";
import { PENALTY_SLIDER } from "./sliders.js";

/** @import { Bodies, Lesson, State, Step } from "./types.d.ts" */

/** @type {Step} */
export const LEAVE = {
  letters: "cd",
  chosen: -1,
  optional: true,
  sliders: { l2: PENALTY_SLIDER },
  panels: [
    ["plane", "Click a point: it goes", "left"],
    ["table", "Each point left out in turn, and refitted", "right"],
    ["cost", "What it takes", "right"],
  ],
  build: buildLeave,
  draw: drawLeave,
};

/**
 * @param {Lesson} lesson
 * @param {Bodies} bodies
 */
function buildLeave(lesson, bodies) {
  makeField(lesson, bodies.plane, {
    label: "Points, the star whose loss is watched, and the boundary",
    lines: ["ghost", "fitted"],
    legend: [
      ["cat", "cat"],
      ["dog", "dog"],
      ["star", "test point: click it for the other class"],
      ["fitted", "boundary now"],
      ["ghost", "boundary with all points"],
    ],
  });
  lesson.sentence = make("p", "sentence", bodies.plane);
  makeRefitTable(lesson, bodies.table);
  make(
    "p",
    "small",
    bodies.table,
    "▲ helpful: without the point, the test point’s loss rises. ▼ harmful: it falls. A click on a row leaves that point out.",
  );
  lesson.cost = [make("p", "", bodies.cost), make("p", "", bodies.cost)];
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} body
 */
function makeRefitTable(lesson, body) {
  const opening = make("div", "scrolled", body);
  setAttributes(opening, { tabindex: 0, role: "region", "aria-label": "All refits, the most helpful point first" });
  const table = make("table", "figures refits", opening);
  const line = make("tr", "", make("thead", "", table));
  lesson.heads = ["Left out", "P(test class)", "test loss", "change"].map((head) => make("th", "", line, head));
  for (const head of lesson.heads) head.scope = "col";
  lesson.body = make("tbody", "", table);
  lesson.body.onclick = (event) => {
    const row = targetElement(event).closest("tr")?.dataset.row;
    if (row !== undefined) clicked(lesson, { kind: "point", row: Number(row) });
  };
}

/** @param {Lesson} lesson */
function drawLeave(lesson) {
  const { points, star, chosen, values } = lesson.state;
  const problem = problemOf(points, values.l2);
  const start = performance.now();
  const fitted = fit(problem);
  const refits = refitsWithout(problem, fitted);
  const took = performance.now() - start;
  const now = chosen < 0 ? fitted : refits[chosen];
  const ghost = chosen < 0 ? null : boundaryEnds(fitted.theta, SPAN);
  drawField(lesson, { theta: now.theta, ends: { fitted: boundaryEnds(now.theta, SPAN), ghost }, dropped: chosen });
  const losses = refits.map(({ theta }) => starLoss(star, theta));
  const loss = starLoss(star, fitted.theta);
  lesson.facts = { before: loss, without: losses[chosen] ?? loss };
  drawRefits(lesson, losses, loss);
  drawCost(lesson, took);
  sayLeave(lesson, losses, loss);
}

/**
 * @param {Lesson} lesson
 * @param {number[]} losses
 * @param {number} loss
 */
function drawRefits({ body, heads, state }, losses, loss) {
  put(heads[1], `P(${state.star.label})`);
  trim(body, losses.length);
  while (body.children.length < losses.length) makeRow(body, "", 3);
  const order = losses.map((_, i) => i).sort((i, j) => losses[j] - losses[i]);
  const lines = childrenOf(body);
  for (const [k, row] of order.entries()) fillRefit(lines[k], state, row, losses[row], loss);
}

/**
 * @param {HTMLElement} line
 * @param {State} state
 * @param {number} row
 * @param {number} without
 * @param {number} loss
 */
function fillRefit(line, { points, chosen }, row, without, loss) {
  const [name, probability, lossCell, score] = childrenOf(line);
  put(name, nameOf(points[row], row));
  put(probability, shown(Math.exp(-without)), Math.exp(-without));
  put(lossCell, shown(without, 4), without);
  putScore(score, without - loss);
  line.dataset.row = String(row);
  line.classList.toggle("chosen", row === chosen);
}

/**
 * @param {Lesson} lesson
 * @param {number} took
 */
function drawCost({ cost, data, state }, took) {
  const { seconds, images } = data.refit;
  put(cost[0], `Here: ${counted(state.points.length, "refit")} took ${duration(took / 1000)} in your browser.`);
  const every = `leaving out each of its ${images.toLocaleString("en")} training images in turn would take ${roughly(seconds * images)}`;
  const own = `Your run: one refit took ${duration(seconds)}, so ${every}.`;
  put(cost[1], seconds > 0 ? own : "How long one refit of your run takes has not been measured yet.");
}

/**
 * @param {Lesson} lesson
 * @param {number[]} losses
 * @param {number} loss
 */
function sayLeave(lesson, losses, loss) {
  const { star, chosen, points } = lesson.state;
  const [probability, without] = [loss, losses[chosen]].map((value) => shown(Math.exp(-value)));
  const all = `All points are there. P(${star.label}) of the test point is ${probability}, its loss ${shown(loss, 4)}.`;
  const left = () =>
    `Without ${nameOf(points[chosen], chosen)}, P(${star.label}) of the test point goes from ${probability} to ${without}; its loss changes by ${signedScore(losses[chosen] - loss)}.`;
  const words = chosen < 0 ? all : left();
  put(lesson.sentence, words, chosen < 0 ? loss : losses[chosen] - loss);
  lesson.say(words);
}
