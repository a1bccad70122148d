// Elements of the page. Names and numbers reach it as text only, never as HTML.

export function make(tag, className, parent, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  parent?.append(element);
  return element;
}

export function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}
