// The field: points as shapes that can be reached by keyboard, the boundary with its probabilities, lines, the star.

const SIDE = 400; // length of the field in its own units; a point of the plane is 50 of them
const SHADE_REACH = 6; // log-odds at which a class's colour is full: P = 0.9975
const SHADE_DEPTH = 0.42;
const KEYS =
  "Tab goes from point to point. Arrow keys move a point, with Shift ten times as far. Enter chooses it, Delete removes it.";

const REACHED = { tabindex: 0, role: "button", "aria-describedby": "plane-keys" };

function onField([x, y]) {
  return [((x + SPAN) * SIDE) / (2 * SPAN), ((SPAN - y) * SIDE) / (2 * SPAN)];
}

/** The field with its layers; `lines` are the names of what is drawn under the points, the last on top. */
function makeField(lesson, parent, { label, lines, legend, star = true, shaded = true }) {
  const skip = make("a", "skip", parent, "Skip the points");
  const figure = svg("svg", "field", parent, { viewBox: "-30 -8 438 440", role: "group", "aria-label": label, tabindex: 0 });
  const field = { figure, shade: shaded ? makeShade(figure) : null, points: [] };
  svg("rect", "frame-of-field", figure, { width: SIDE, height: SIDE });
  field.ticks = svg("g", "axes", figure, { "aria-hidden": "true" });
  field.lines = Object.fromEntries(lines.map((name) => [name, svg("line", `line ${name}`, figure)]));
  field.over = svg("g", "", figure);
  field.layer = svg("g", "", figure);
  field.star = star ? makeStar(figure) : null;
  drawTicks(field, 1);
  makeLegend(parent, legend);
  make("p", "keys", parent, `${KEYS} ${lesson.step.letters === "p" ? "P adds a point." : "C adds a cat, D a dog."}`).id = "plane-keys";
  lesson.field = field;
  listenToField(lesson, field);
  skipTo(skip, parent);
  return field;
}

function skipTo(link, parent) {
  link.href = "#";
  link.onclick = (event) => {
    event.preventDefault();
    const keys = parent.querySelector(".keys");
    keys.tabIndex = -1;
    keys.focus();
  };
}

/** Probability as colour: it depends on the distance from the boundary only, so one gradient across it is exact at its stops. */
function makeShade(figure) {
  const definitions = svg("defs", "", figure);
  const gradient = svg("linearGradient", "", definitions, { id: "plane-shade", gradientUnits: "userSpaceOnUse" });
  for (let odds = -SHADE_REACH; odds <= SHADE_REACH; odds += 0.5) {
    const sure = Math.abs(2 * sigmoid(odds) - 1);
    const offset = (odds + SHADE_REACH) / (2 * SHADE_REACH);
    svg("stop", odds < 0 ? "cat" : "dog", gradient, { offset, "stop-opacity": (SHADE_DEPTH * sure).toFixed(3) });
  }
  const ground = svg("rect", "shade", figure, { width: SIDE, height: SIDE, fill: "url(#plane-shade)" });
  return { gradient, ground };
}

function drawShade({ gradient, ground }, [a, b, bias = 0]) {
  const square = a * a + b * b;
  const flat = square < 1e-12;
  ground.setAttribute("fill", flat ? "none" : "url(#plane-shade)");
  if (flat) return;
  const place = (odds) => onField([(a * (odds - bias)) / square, (b * (odds - bias)) / square]);
  const [[x1, y1], [x2, y2]] = [place(-SHADE_REACH), place(SHADE_REACH)];
  set(gradient, { x1, y1, x2, y2 });
}

function drawTicks(field, stretch) {
  if (field.stretch === stretch) return;
  field.stretch = stretch;
  field.ticks.replaceChildren();
  for (let value = -SPAN; value <= SPAN; value++) {
    const [across] = onField([value, 0]);
    const [, down] = onField([0, value]);
    svg("line", "tick", field.ticks, { x1: across, x2: across, y1: 0, y2: SIDE });
    svg("line", "tick", field.ticks, { x1: 0, x2: SIDE, y1: down, y2: down });
    if (value % 2) continue;
    svg("text", "number", field.ticks, { x: across, y: SIDE + 14, "text-anchor": "middle" }).textContent = shown(value * stretch, 0);
    svg("text", "number", field.ticks, { x: -5, y: down + 4, "text-anchor": "end" }).textContent = shown(value, 0);
  }
  svg("text", "axis", field.ticks, { x: SIDE / 2, y: SIDE + 29, "text-anchor": "middle" }).textContent = "x";
  svg("text", "axis", field.ticks, { x: -22, y: SIDE / 2 + 4, "text-anchor": "middle" }).textContent = "y";
}

function makeStar(figure) {
  const group = svg("g", "star", figure, REACHED);
  svg("circle", "hit", group, { r: 15 });
  svg("path", "mark", group, { d: pathOf(STAR_SHAPE, true) });
  svg("text", "word", group, { x: 13, y: 4 });
  return group;
}

/** Draw points, star and lines; `ends` maps the name of a line to its two ends in the plane, or null. */
function drawField(lesson, { theta = null, ends = {}, dropped = -1 }) {
  const { field, state } = lesson;
  if (theta && field.shade) drawShade(field.shade, theta);
  for (const [name, line] of Object.entries(field.lines)) putLine(line, ends[name] ?? null, onField);
  while (field.points.length > state.points.length) field.points.pop().remove();
  state.points.forEach((point, row) => drawPoint(lesson, point, row, dropped));
  if (field.star) drawStar(field.star, state.star);
}

function drawPoint({ field, state, step }, point, row, dropped) {
  const group = (field.points[row] ??= svg("g", "", field.layer, { ...REACHED, "data-row": row }));
  if (group.label !== point.label) redrawMark(group, point.label);
  const chosen = row === state.chosen;
  const kind = `point ${point.label}${chosen ? " chosen" : ""}${row === dropped ? " dropped" : ""}`;
  const words = `${nameOf(point, row)} at ${shown(point.x, 2)}, ${shown(point.y, 2)}${row === dropped ? ", left out" : ""}`;
  const [across, down] = onField([point.x, point.y]);
  const asked = `${kind} ${words}`;
  if (group.asked === asked) return;
  group.asked = asked;
  set(group, { class: kind, transform: `translate(${across} ${down})`, "aria-label": words, "aria-pressed": chosen });
  group.setAttribute("aria-roledescription", step.letters === "p" ? "point" : "training point");
}

function redrawMark(group, label) {
  group.label = label;
  group.replaceChildren();
  svg("circle", "hit", group, { r: 13 });
  svg("circle", "ring", group, { r: 11 });
  markOf(label, group);
}

/** What a point is called: `cat 3`, numbered from 1. */
function nameOf(point, row) {
  return `${point.label} ${row + 1}`;
}

function drawStar(group, star) {
  const [across, down] = onField([star.x, star.y]);
  const words = `test ${star.label} at ${shown(star.x, 2)}, ${shown(star.y, 2)}; Enter makes it a ${star.label === "cat" ? "dog" : "cat"}`;
  set(group, { class: `star ${star.label}`, transform: `translate(${across} ${down})`, "aria-label": words });
  put(group.lastChild, `test ${star.label}`);
  set(group.lastChild, { x: across > SIDE - 70 ? -13 : 13, "text-anchor": across > SIDE - 70 ? "end" : "start" });
}
