// Elements of the page and of SVG; names and numbers reach them as text only, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

function make(tag, className, parent, text = "") {
  const element = Object.assign(document.createElement(tag), { className, textContent: text });
  parent?.append(element);
  return element;
}

function svg(tag, className, parent, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  if (className) element.setAttribute("class", className);
  set(element, attributes);
  parent?.append(element);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

/** Text with the number that it rounds, for whoever wants all of it. */
function put(element, text, value = null) {
  if (element.textContent !== text) element.textContent = text;
  if (value !== null && value !== undefined) element.dataset.value = value;
  else delete element.dataset.value;
}

/** A text with a sign's colour. */
function putScore(element, value, digits = 4) {
  put(element, value === null ? "–" : signedScore(value, digits), value);
  element.classList.toggle("helpful", value !== null && signClass(value) === "helpful");
  element.classList.toggle("harmful", value !== null && signClass(value) === "harmful");
}

/** A line between two ends in the coordinates of `at`, hidden where there is none. */
function putLine(line, ends, at) {
  line.toggleAttribute("hidden", !ends);
  if (!ends) return;
  const [[x1, y1], [x2, y2]] = ends.map(at);
  set(line, { x1, y1, x2, y2 });
}

function pathOf(places, closed = false) {
  return places.length ? `M${places.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}${closed ? "Z" : ""}` : "";
}

/** The mark of a class: a circle for cats, a square for dogs, so that nothing is said by colour alone. */
function markOf(label, parent, size = 6) {
  if (label !== "dog") return svg("circle", "mark", parent, { r: size });
  const half = size - 0.5; // a square looks larger than a circle of its width
  return svg("rect", "mark", parent, { x: -half, y: -half, width: 2 * half, height: 2 * half, rx: 1 });
}

const STAR_SHAPE = Array.from({ length: 10 }, (_, k) => {
  const [size, angle] = [k % 2 ? 4.6 : 11, (Math.PI * (k - 2.5)) / 5];
  return [size * Math.cos(angle), size * Math.sin(angle)];
});

/** The words of a figure's lines and marks: `[class of the sample, words]`. */
function makeLegend(parent, entries) {
  const list = make("ul", "legend", parent);
  for (const [kind, words] of entries) {
    const item = make("li", "", list);
    const sample = svg("svg", "sample", item, { viewBox: "0 0 28 16", "aria-hidden": "true" });
    drawSample(sample, kind);
    make("span", "", item, words);
  }
  return list;
}

function drawSample(sample, kind) {
  const group = svg("g", kind, sample, { transform: "translate(14 8)" });
  if (kind === "cat" || kind === "dog") markOf(kind, group, 5.5);
  else if (kind === "star") svg("path", "mark", group, { d: pathOf(STAR_SHAPE, true), transform: "scale(0.72)" });
  else if (kind.startsWith("dot")) svg("circle", "mark", group, { r: 4 });
  else svg("line", `line ${kind}`, sample, { x1: 1, y1: 8, x2: 27, y2: 8 });
}
