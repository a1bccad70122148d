// Elements of SVG, and the paths and lines of figures.

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, className, parent, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  if (className) element.setAttribute("class", className);
  setAttributes(element, attributes);
  parent?.append(element);
  return element;
}

export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

/** A line between two ends in the coordinates of `at`, hidden where there is none. */
export function putLine(line, ends, at) {
  line.toggleAttribute("hidden", !ends);
  if (!ends) return;
  const [[x1, y1], [x2, y2]] = ends.map(at);
  setAttributes(line, { x1, y1, x2, y2 });
}

export function pathOf(places, closed = false) {
  return places.length
    ? `M${places.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}${closed ? "Z" : ""}`
    : "";
}
