// Panels of a figure, and the menu that shows and hides them.

import { childrenOf, make } from "../../../../components/dom/dom.js";
import { changed } from "./state.js";

/** @import { Bodies, Lesson } from "./types.d.ts" */

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} root
 */
export function makePanels(lesson, root) {
  const grid = make("div", "panels", root);
  const sides = { left: make("div", "side left", grid), right: make("div", "side right", grid) };
  lesson.sides = sides;
  lesson.panels = {};
  /** @type {Bodies} */
  const bodies = {};
  for (const [name, title, side] of lesson.step.panels) {
    const panel = make("section", "panel", sides[side]);
    const head = make("h3", "", panel, title);
    head.id = `plane-panel-${name}`;
    panel.setAttribute("aria-labelledby", head.id);
    lesson.panels[name] = panel;
    bodies[name] = make("div", "body", panel);
  }
  return bodies;
}

/** @param {Lesson} lesson */
export function showPanels({ panels, hidden, sides }) {
  for (const [name, panel] of Object.entries(panels)) panel.hidden = hidden.has(name);
  for (const side of Object.values(sides)) side.hidden = childrenOf(side).every((panel) => panel.hidden);
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} bar
 */
export function makePanelsMenu(lesson, bar) {
  const menu = make("details", "panels-menu", bar);
  make("summary", "act", menu, "Panels");
  const list = make("div", "panels-list", menu);
  make("p", "quiet", list, "Shown here, and by the link");
  for (const [name, title] of lesson.step.panels) panelBox(lesson, list, name, title);
  menu.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  };
}

/**
 * @param {Lesson} lesson
 * @param {HTMLElement} list
 * @param {string} name
 * @param {string} title
 */
function panelBox(lesson, list, name, title) {
  const label = make("label", "", list);
  const box = make("input", "", label);
  box.type = "checkbox";
  box.checked = !lesson.hidden.has(name);
  make("span", "", label, title);
  box.onchange = () => {
    box.checked ? lesson.hidden.delete(name) : lesson.hidden.add(name);
    showPanels(lesson);
    changed(lesson);
  };
}
