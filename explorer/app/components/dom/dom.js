// Elements of the page. Names and numbers reach it as text only, never as HTML.

/** @import { PageRoot } from "../component.d.ts" */

/**
 * Make an element with a class and a text, and append it where a parent is given.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Element | null} [parent]
 * @param {string | number} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, parent, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = String(text);
  parent?.append(element);
  return element;
}

/**
 * Show a text, and hide the element where there is none.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function showText(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

/**
 * Return the children of an element of which all are elements of HTML.
 *
 * @param {Element} element
 * @returns {HTMLElement[]}
 */
export function childrenOf(element) {
  return /** @type {HTMLElement[]} */ ([...element.children]);
}

/**
 * Remove the last children until so many are left.
 *
 * @param {Element} element
 * @param {number} count
 */
export function trim(element, count) {
  while (element.children.length > count) element.lastElementChild?.remove();
}

/**
 * Return the element that an event happened to.
 *
 * @param {Event} event
 * @returns {HTMLElement}
 */
export function targetElement(event) {
  return /** @type {HTMLElement} */ (event.target);
}

/**
 * Return the root of the page's element that another element stands in.
 *
 * @param {Element} element
 * @returns {PageRoot}
 */
export function pageOf(element) {
  return /** @type {PageRoot} */ (element.closest(".blocks"));
}

/**
 * Return what has the focus in the part of the page that an element stands in: a component is a part of its own.
 *
 * @param {Element} element
 */
export function focusedNear(element) {
  return /** @type {ShadowRoot} */ (element.getRootNode()).activeElement;
}
