// A small chart that is drawn again in a millisecond: axes, lines, dots, marks, rules. Its width is the panel's.

const EDGE = { left: 52, right: 14, top: 14, bottom: 42 };
let charts = 0;

/** An empty chart; `x` and `y` are the titles of its axes. */
function makeChart(lesson, parent, { label, x, y, height = 240 }) {
  const figure = svg("svg", "chart", parent, { role: "img", "aria-label": label });
  const clip = `plane-clip-${charts++}`;
  const opening = svg("rect", "", svg("clipPath", "", svg("defs", "", figure), { id: clip }));
  const axes = svg("g", "axes", figure);
  const inside = svg("g", "", figure, { "clip-path": `url(#${clip})` });
  const over = svg("g", "", figure);
  const chart = { figure, opening, axes, inside, over, titles: { x, y }, height, width: 0, drawn: new Map(), ticks: "" };
  followWidth(lesson, chart, parent);
  return chart;
}

function followWidth(lesson, chart, parent) {
  const fitWidth = () => {
    const width = Math.max(240, Math.round(parent.clientWidth));
    if (width === chart.width) return false;
    chart.width = width;
    set(chart.figure, { viewBox: `0 0 ${width} ${chart.height}`, width, height: chart.height });
    return true;
  };
  fitWidth();
  lesson.watch.observe(parent);
  lesson.fitters.set(parent, fitWidth);
}

/** Ends of an axis on round numbers, so that it does not creep while a hand drags: `[low, high]`. */
function roundEnds(low, high) {
  if (!(high > low)) [low, high] = [low - 0.5, high + 0.5];
  const step = roundStep((high - low) / 4);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * [1, 2, 5, 10].find((times) => times * power >= size * (1 - 1e-9));
}

function ticksOf([low, high], about) {
  const step = roundStep((high - low) / about);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** Ranges of both axes with one scale, around all places given. */
function equalEnds(chart, places) {
  const [xs, ys] = [0, 1].map((k) => places.map((place) => place[k]));
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const half = (values) => (Math.max(...values) - Math.min(...values)) / 2;
  const [across, up] = [chart.width - EDGE.left - EDGE.right, chart.height - EDGE.top - EDGE.bottom];
  const unit = 1.12 * Math.max(half(xs) / across, half(ys) / up, 1e-9);
  return { x: [middle(xs) - unit * across, middle(xs) + unit * across], y: [middle(ys) - unit * up, middle(ys) + unit * up] };
}

/** Draw `{ x, y, lines, arrows, dots, marks, rules }`: what was there and is not named any more goes. */
function drawChart(chart, { x, y, lines = [], arrows = [], dots = [], marks = [], rules = [], xTicks, yTicks }) {
  chart.ends = { x, y };
  const box = { left: EDGE.left, right: chart.width - EDGE.right, top: EDGE.top, bottom: chart.height - EDGE.bottom };
  chart.box = box;
  chart.at = ([a, b]) => [
    box.left + ((a - x[0]) / (x[1] - x[0])) * (box.right - box.left),
    box.bottom - ((b - y[0]) / (y[1] - y[0])) * (box.bottom - box.top),
  ];
  set(chart.opening, { x: box.left - 1, y: box.top - 1, width: box.right - box.left + 2, height: box.bottom - box.top + 2 });
  drawAxes(chart, xTicks ?? ticksOf(x, chart.width > 380 ? 6 : 4), yTicks ?? ticksOf(y, 4));
  const named = new Set();
  for (const rule of rules) drawRule(chart, rule, named);
  for (const line of lines) drawCurve(chart, line, named);
  for (const arrow of arrows) drawArrow(chart, arrow, named);
  for (const group of dots) drawDots(chart, group, named);
  for (const mark of marks) drawMark(chart, mark, named);
  for (const [name, element] of chart.drawn) if (!named.has(name)) forget(chart, name, element);
}

/** Empty axes, where there is no point to draw anything of. */
function drawNothing(chart) {
  drawChart(chart, { x: [-1, 1], y: [-1, 1] });
}

function forget(chart, name, element) {
  element.remove();
  chart.drawn.delete(name);
}

function piece(chart, name, named, create) {
  named.add(name);
  if (!chart.drawn.has(name)) chart.drawn.set(name, create());
  return chart.drawn.get(name);
}

function drawAxes(chart, xs, ys) {
  const { box, ends, titles } = chart;
  const asked = JSON.stringify([xs, ys, ends, chart.width]);
  if (asked === chart.ticks) return;
  chart.ticks = asked;
  chart.axes.replaceChildren();
  svg("rect", "ground", chart.axes, { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top });
  for (const x of xs) {
    const [across] = chart.at([x, 0]);
    svg("line", "tick", chart.axes, { x1: across, x2: across, y1: box.top, y2: box.bottom });
    svg("text", "number", chart.axes, { x: across, y: box.bottom + 15, "text-anchor": "middle" }).textContent = tickText(x, xs);
  }
  for (const y of ys) {
    const [, down] = chart.at([0, y]);
    svg("line", "tick", chart.axes, { x1: box.left, x2: box.right, y1: down, y2: down });
    svg("text", "number", chart.axes, { x: box.left - 6, y: down + 4, "text-anchor": "end" }).textContent = tickText(y, ys);
  }
  drawTitles(chart, box, titles);
}

function drawTitles(chart, box, titles) {
  const [across, down] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  svg("text", "axis", chart.axes, { x: across, y: chart.height - 6, "text-anchor": "middle" }).textContent = titles.x;
  const turned = { x: 0, y: 0, "text-anchor": "middle", transform: `translate(12 ${down}) rotate(-90)` };
  svg("text", "axis", chart.axes, turned).textContent = titles.y;
}

/** A number at an axis, with as many decimals as the longest of its neighbours. */
function tickText(value, all) {
  const largest = Math.max(...all.map(Math.abs));
  if (value && (largest < 1e-4 || largest >= 1e5)) return value.toExponential(0).replaceAll("-", "−").replace("e+", "e");
  return shown(value, Math.max(...all.map((one) => (String(one).split(".")[1] ?? "").length)));
}

function drawCurve(chart, { name, points }, named) {
  const path = piece(chart, name, named, () => svg("path", `line ${name}`, chart.inside));
  path.setAttribute("d", pathOf(points.map(chart.at)));
}

function drawRule(chart, { name, x, y, text = "", low = false }, named) {
  const rule = piece(chart, `rule ${name}`, named, () => newRule(chart, name));
  const { box } = chart;
  const [across, down] = chart.at([x ?? 0, y ?? 0]);
  const level = { x1: box.left, x2: box.right, y1: down, y2: down };
  const upright = { x1: across, x2: across, y1: box.top, y2: box.bottom };
  set(rule.line, x === undefined ? level : upright);
  const above = { x: box.right - 4, y: down - 5, "text-anchor": "end" };
  const beside = { x: across + 5, y: low ? box.bottom - 6 : box.top + 12, "text-anchor": "start" };
  set(rule.text, x === undefined ? above : beside);
  put(rule.text, text);
}

function newRule(chart, name) {
  const line = svg("line", `line rule ${name}`, chart.inside);
  const text = svg("text", "word", chart.over);
  return { line, text, remove: () => [line, text].forEach((part) => part.remove()) };
}

/** An arrow from the origin. */
function drawArrow(chart, { name, end }, named) {
  drawCurve(chart, { name, points: [[0, 0], end] }, named);
  const head = piece(chart, `head ${name}`, named, () => svg("path", `arrow ${name}`, chart.inside, { d: "M0 0L-11 4.5L-11 -4.5Z" }));
  const [[fromX, fromY], [toX, toY]] = [chart.at([0, 0]), chart.at(end)];
  const angle = (Math.atan2(toY - fromY, toX - fromX) * 180) / Math.PI;
  set(head, { transform: `translate(${toX} ${toY}) rotate(${angle})`, "data-end": JSON.stringify(end) });
}

/** Many dots of one kind: `points` are `[x, y, class]`, and dogs are squares as everywhere. */
function drawDots(chart, { name, points, size = 4 }, named) {
  const group = piece(chart, `dots ${name}`, named, () => svg("g", `dots ${name}`, chart.inside));
  const labels = points.map(([, , kind]) => (kind.includes("dog") ? "dog" : "cat")).join();
  if (group.labels !== labels) {
    group.labels = labels;
    group.replaceChildren();
    for (const [, , kind] of points) markOf(kind.includes("dog") ? "dog" : "cat", group, size);
  }
  points.forEach(([x, y, kind], k) => {
    const [across, down] = chart.at([x, y]);
    const mark = group.children[k];
    set(mark, { transform: `translate(${across} ${down})`, class: `mark ${kind}` });
  });
}

/** One round mark with words beside it. */
function drawMark(chart, { name, at, text = "", end = false }, named) {
  const group = piece(chart, `mark ${name}`, named, () => newMark(chart, name));
  const [across, down] = chart.at(at);
  group.setAttribute("transform", `translate(${across} ${down})`);
  set(group.lastChild, { x: end ? -9 : 9, "text-anchor": end ? "end" : "start" });
  put(group.lastChild, text);
}

function newMark(chart, name) {
  const group = svg("g", `handle ${name}`, chart.over);
  svg("circle", "mark", group, { r: 5.5 });
  svg("text", "word", group, { y: -7 });
  return group;
}

/** Let a hand pull the chart's x: `told(x)` on press and on every move, `began` before the first. */
function pullChart(chart, began, told) {
  const tell = (event) => {
    const { left } = chart.figure.getBoundingClientRect();
    const share = (event.clientX - left - chart.box.left) / (chart.box.right - chart.box.left);
    told(chart.ends.x[0] + Math.min(1, Math.max(0, share)) * (chart.ends.x[1] - chart.ends.x[0]));
  };
  chart.figure.classList.add("pulled");
  chart.figure.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    chart.figure.setPointerCapture(event.pointerId);
    began();
    tell(event);
  });
  chart.figure.addEventListener("pointermove", (event) => chart.figure.hasPointerCapture(event.pointerId) && tell(event));
}
