// Step 6: a least squares line; leverage, residual and Cook's distance of the dragged point, and a sentence to be broken.

import { make } from "../../../../components/dom/dom.js";
import { drawChart, makeChart } from "./chart.js";
import { roundEnds } from "./chart_axes.js";
import { drawField, makeField } from "./field.js";
import { makeTable } from "./figures_table.js";
import { equalCook, LINE_WEIGHTS, leastSquares, lineFigures } from "./least_squares.js";
import { clippedLine } from "./logistic_regression.js";
import { makeLegend, put } from "./marks.js";
import { SPAN, shown } from "./notation.js";

/** @import { Bodies, Kind, Lesson, Line, LineFigures, PointFigures, Prompt, PromptLine, State, Step } from "./types.d.ts" */

const OUTLYING = 2; // residuals beyond two of their standard deviations are called outliers here
const INFLUENTIAL = 0.5; // Cook's distance from which R's own diagnostic plot draws its first curve
const LEVERAGE_TIMES = 2; // leverage beyond twice its mean p/n is called large (Hoaglin & Welsch 1978)
const CURVES = [0.5, 1];
const LEVERAGES = Array.from({ length: 99 }, (_, k) => 0.01 * (k + 1));

const PROMPTS = [
  {
    words: "Make a point an outlier that has little influence.",
    found: "Not all outliers are influential: true.",
    outlier: true,
    influential: false,
  },
  { words: "Make an outlier that has influence.", found: "This one is both.", outlier: true, influential: true },
  {
    words: "Break the sentence: influence without a large residual.",
    found:
      "Influential, and its residual is no outlier: it has bent the line to itself. Look at the residual alone and you miss it.",
    outlier: false,
    influential: true,
    far: true,
  },
  {
    words: "Now with neither a large residual nor a large leverage.",
    found:
      "So few points are left that even this one matters. With 20 or more it cannot happen: that is what the curves say.",
    outlier: false,
    influential: true,
    far: false,
  },
];

/** @type {Step} */
export const OUTLIER = {
  letters: "p",
  chosen: 0,
  follows: true,
  sliders: {},
  panels: [
    ["plane", "Drag a point", "left"],
    ["numbers", "The chosen point", "right"],
    ["leverage", "Leverage and residual", "right"],
    ["prompts", "“All influential samples are outliers, not all outliers are influential”: try it", "left"],
  ],
  build: buildOutlier,
  draw: drawOutlier,
};

/**
 * @param {Lesson} lesson
 * @param {Bodies} bodies
 */
function buildOutlier(lesson, bodies) {
  makeField(lesson, bodies.plane, {
    label: "Points and the line of least squares",
    lines: ["ghost", "fitted"],
    star: false,
    shaded: false,
    legend: [
      ["fitted", "line of least squares"],
      ["ghost", "line without the chosen point"],
    ],
  });
  const names = ["leverage h", "residual e", "residual r: e in units of its usual size", "Cook’s distance D"];
  lesson.cells = makeTable(bodies.numbers, "The chosen point", ["Figure", "value", "large from"], names);
  lesson.sentence = make("p", "sentence", bodies.numbers);
  makeLegend(bodies.leverage, [
    ["dot", "a point"],
    ["dot chosen", "the chosen one"],
    ["cook", "equal influence, D = 0.5"],
    ["cook cook-100", "D = 1"],
  ]);
  const label = "Residual over leverage, with curves of equal Cook’s distance";
  lesson.chart = makeChart(lesson, make("div", "", bodies.leverage), {
    label,
    x: "leverage h",
    y: "residual r",
    height: 300,
  });
  makePrompts(lesson, bodies.prompts);
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} body
 */
function makePrompts(lesson, body) {
  const list = make("ul", "prompts", body);
  lesson.prompts = PROMPTS.map((prompt) => {
    const item = make("li", "", list);
    const box = make("span", "box", item);
    box.setAttribute("aria-hidden", "true");
    const words = make("span", "", item);
    make("span", "", words, prompt.words);
    return { prompt, item, box, found: make("span", "found", words, prompt.found), done: false };
  });
}

/** @param {Lesson} lesson */
function drawOutlier(lesson) {
  const { points, chosen } = lesson.state;
  const figures = lineFigures(points);
  const line = figures ?? leastSquares(points);
  const without = leastSquares(points.filter((_, row) => row !== chosen));
  drawField(lesson, { ends: { fitted: lineEnds(line), ghost: lineEnds(without) } });
  const each = figures?.each[chosen] ?? null;
  fillOutlier(lesson.cells, each, points.length);
  drawLeverage(lesson, figures);
  const kind = each && each.cook !== null ? kindOf(each, points.length) : null;
  const found = kind ? lesson.prompts.filter((one) => fits(one.prompt, kind)) : [];
  for (const one of lesson.prompts) drawPrompt(one, found.includes(one), !lesson.gesture);
  sayOutlier(lesson, figures, each, kind);
}

/** @param {Line | null} line */
function lineEnds(line) {
  return line && clippedLine([0, line.intercept], [1, line.slope], SPAN);
}

/**
 * Whether a point is an outlier by its residual, far out by its leverage, influential by Cook's distance.
 * @param {PointFigures} figures
 * @param {number} count
 */
function kindOf({ standard, leverage, cook }, count) {
  return {
    outlier: Math.abs(standard) > OUTLYING,
    far: leverage > largeLeverage(count),
    influential: cook > INFLUENTIAL,
  };
}

/** @param {number} count */
function largeLeverage(count) {
  return Math.min(1, (LEVERAGE_TIMES * LINE_WEIGHTS) / Math.max(1, count));
}

/**
 * @param {Prompt} prompt
 * @param {Kind} kind
 */
function fits(prompt, kind) {
  const names = /** @type {const} */ (["outlier", "influential", "far"]);
  return names.every((name) => prompt[name] === undefined || prompt[name] === kind[name]);
}

/**
 * @param {HTMLElement[][]} cells
 * @param {PointFigures | null} each
 * @param {number} count
 */
function fillOutlier(cells, each, count) {
  const { leverage = null, residual = null, standard = null, cook = null } = each ?? {};
  const limits = [shown(largeLeverage(count), 2), "", `±${OUTLYING}`, String(INFLUENTIAL)];
  for (const [line, value] of [leverage, residual, standard, cook].entries()) {
    put(cells[line][0], shown(value), value);
    put(cells[line][1], limits[line]);
  }
}

/**
 * @param {Lesson} lesson
 * @param {LineFigures | null} figures
 */
function drawLeverage({ chart, state }, figures) {
  const known = (figures?.each ?? []).map((each, row) => ({ ...each, row })).filter(({ cook }) => cook !== null);
  const right = Math.max(0.5, roundEnds(0, 1.05 * Math.max(0, ...known.map(({ leverage }) => leverage)))[1]);
  const up = Math.max(3, Math.ceil(1.05 * Math.max(0, ...known.map(({ standard }) => Math.abs(standard)))));
  const kind = (/** @type {number} */ row) => (row === state.chosen ? "point chosen" : "point");
  drawChart(chart, {
    x: [0, Math.min(1, right)],
    y: [-up, up],
    lines: CURVES.flatMap((cook) => [1, -1].map((side) => cookCurve(cook, side))),
    rules: [
      { name: "two", y: OUTLYING },
      { name: "minus-two", y: -OUTLYING },
      { name: "far", x: largeLeverage(state.points.length), text: "large leverage", low: true },
    ],
    dots: [{ name: "points", points: known.map(({ leverage, standard, row }) => [leverage, standard, kind(row)]) }],
  });
}

/**
 * @param {number} cook
 * @param {number} side
 */
function cookCurve(cook, side) {
  return { name: `cook side${side} cook-${100 * cook}`, points: LEVERAGES.map((h) => [h, side * equalCook(cook, h)]) };
}

/**
 * A case is found where the point is left lying: a hand that only passes through it has not found it.
 * @param {PromptLine} one
 * @param {boolean} now
 * @param {boolean} rests
 */
function drawPrompt(one, now, rests) {
  one.done ||= now && rests;
  one.item.className = now ? "now" : one.done ? "done" : "";
  put(one.box, one.done ? "✓" : "");
}

/**
 * @param {Lesson} lesson
 * @param {LineFigures | null} figures
 * @param {PointFigures | null} each
 * @param {Kind | null} kind
 */
function sayOutlier(lesson, figures, each, kind) {
  const words = kind ? verdict(lesson.state, each, kind) : whyNone(lesson.state, figures);
  put(lesson.sentence, words, each?.cook);
  const now = lesson.prompts.find(({ item }) => item.className === "now");
  lesson.say(now ? `${words} ${now.prompt.found}` : words);
}

/**
 * @param {State} state
 * @param {PointFigures} figures
 * @param {Kind} kind
 */
function verdict({ chosen }, { standard, leverage, cook }, { outlier, far, influential }) {
  const parts = [
    outlier ? "an outlier by its residual" : "no outlier by its residual",
    far ? "far out in x" : "not far out in x",
  ];
  const figures = `r = ${shown(standard, 2)}, h = ${shown(leverage, 2)}, D = ${shown(cook)}`;
  return `Point ${chosen + 1} is ${parts.join(", ")}, and ${influential ? "influential" : "not influential"}: ${figures}.`;
}

/**
 * @param {State} state
 * @param {LineFigures | null} figures
 */
function whyNone({ points }, figures) {
  if (points.length <= LINE_WEIGHTS) return "A line and its residuals need three points at least.";
  if (!figures) return "All points stand above one another: there is no line to fit.";
  if (!figures.deviation) return "All points lie on the line: there is no residual to measure.";
  return "The line always passes through this point, so its residual says nothing: leverage 1.";
}
