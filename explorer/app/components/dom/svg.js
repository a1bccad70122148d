// Elements of SVG, and the paths and lines of figures.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element of SVG with a class and attributes, and append it where a parent is given.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Element | null} parent
 * @param {Record<string, string | number | boolean>} [attributes]
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, className, parent, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  if (className) element.setAttribute("class", className);
  setAttributes(element, attributes);
  parent?.append(element);
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, string | number | boolean>} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/**
 * A line between two ends in the coordinates of `at`, hidden where there is none.
 * @param {Element} line
 * @param {number[][] | null} ends
 * @param {(place: number[]) => number[]} at
 */
export function putLine(line, ends, at) {
  line.toggleAttribute("hidden", !ends);
  if (!ends) return;
  const [[x1, y1], [x2, y2]] = ends.map(at);
  setAttributes(line, { x1, y1, x2, y2 });
}

/**
 * @param {number[][]} places
 * @param {boolean} [closed]
 */
export function pathOf(places, closed = false) {
  return places.length
    ? `M${places.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}${closed ? "Z" : ""}`
    : "";
}
