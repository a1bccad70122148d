// A page's title, question, notices, menus, and its answers about itself.

import { make } from "../dom/dom.js";
import { built } from "../markdown/markdown_text.js";
import { drawMenus } from "./menus.js";
import { drawRemarks } from "./remarks.js";

/** @import { HeadBlock } from "../blocks.d.ts" */

/**
 * @param {HTMLElement & { about?: string | false }} root
 * @param {HeadBlock} data
 */
export function drawHead(root, data) {
  const line = make("div", "line-of-head");
  const title = make("div", "title-of-head", line);
  make("h1", "", title, data.title);
  if (data.menus.length) drawMenus(make("div", "", line), data);
  root.replaceChildren(line, make("p", "question", null, data.question));
  if (data.about.length) title.append(aboutOf(root, data));
  for (const notice of data.notices) make("p", "notice", root, notice).setAttribute("role", "note");
  drawRemarks(root, data.remarks);
}

/**
 * @param {HTMLElement & { about?: string | false }} root
 * @param {HeadBlock} data
 */
function aboutOf(root, data) {
  const button = make("button", "about-button", null, "About this page");
  const answers = make("div", "about", root);
  answers.append(...data.about.map(built));
  const open = (/** @type {boolean} */ shown) => {
    root.about = shown && data.title;
    answers.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
  };
  open(root.about === data.title);
  Object.assign(button, { type: "button", onclick: () => open(answers.hidden === true) });
  root.onkeydown = (/** @type {KeyboardEvent} */ { key }) => {
    if (key !== "Escape" || answers.hidden) return;
    open(false);
    button.focus();
  };
  return button;
}
