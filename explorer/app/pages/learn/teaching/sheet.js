// The worksheet: the questions of all steps on two pages of paper.

import { make } from "../../../components/dom/dom.js";

/** @import { Question, SheetBlock } from "../../../components/blocks.d.ts" */

/**
 * @param {HTMLElement} root
 * @param {SheetBlock} data
 */
export function drawSheet(root, data) {
  const bar = make("div", "sheet-bar");
  const print = make("button", "sheet-print", bar, "Print it: two pages");
  Object.assign(print, { type: "button", onclick: () => window.print() });
  make("a", "sheet-back", bar, "Back to the plan").href = data.back;
  const sheet = make("article", "sheet");
  make("h1", "", sheet, "Why did it call this cat a dog?");
  make("p", "sheet-name", sheet, "Name: ______________________   Class: __________   Date: __________");
  const columns = make("div", "sheet-columns", sheet);
  for (const { title, questions } of data.parts) {
    const part = make("section", "sheet-part", columns);
    make("h2", "", part, title);
    const list = make("ol", "", part);
    for (const question of questions) questionOf(make("li", "", list), question);
  }
  root.replaceChildren(bar, sheet);
}

/**
 * @param {HTMLElement} item
 * @param {Question} question
 */
function questionOf(item, question) {
  make("p", "", item, question.ask);
  if (question.choices.length) {
    const choices = make("ul", "", item);
    for (const choice of question.choices) make("li", "", choices, `☐ ${choice}`);
  } else {
    make("p", "sheet-line", item, "What did you do?");
  }
}
