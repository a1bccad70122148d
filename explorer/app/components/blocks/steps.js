// The steps of a lesson: numbers in a row with short names, the open one marked; and the ways to the next.

import { make } from "../dom/dom.js";

/** @import { OnwardBlock, StepsBlock } from "../blocks.d.ts" */

// What the figures write into the address and a class takes along from step to step.
const CARRIED = ["data", "seed", "points", "star", "hide", "l2"];

/** @param {string} href */
export function carried(href) {
  const target = new URL(href, window.location.origin),
    now = new URLSearchParams(window.location.search);
  for (const name of CARRIED) if (now.has(name)) target.searchParams.set(name, now.get(name));
  return `${target.pathname}${target.search}`;
}

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @param {string} href
 * @param {string} [text]
 */
function stepLink(parent, className, href, text = "") {
  const link = make("a", className, parent, text);
  link.href = href;
  // The address is read when a person goes: the figures have changed it since this was drawn.
  link.onclick = () => {
    link.href = carried(href);
  };
  return link;
}

/**
 * @param {HTMLElement} root
 * @param {StepsBlock} data
 */
function drawSteps(root, data) {
  const nav = make("nav", "steps");
  nav.setAttribute("aria-label", data.label);
  for (const { number, label, href, open } of data.steps) {
    const link = stepLink(nav, "step", href);
    make("span", "step-number", link, number);
    make("span", "step-name", link, label);
    if (open) link.setAttribute("aria-current", "step");
  }
  const present = stepLink(nav, "step step-present", data.present, "Present ▸");
  present.title = "Large type, one step after the other by the arrow keys; Escape leaves";
  root.replaceChildren(nav);
}

/**
 * @param {HTMLElement} root
 * @param {OnwardBlock} data
 */
function drawOnward(root, data) {
  root.classList.add("doors");
  root.replaceChildren();
  for (const { label, href } of data.links) stepLink(root, "door", href, label);
}

export const kinds = { steps: drawSteps, onward: drawOnward };
