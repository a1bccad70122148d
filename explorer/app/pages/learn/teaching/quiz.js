// Three questions of a step. Choices are checked at once; a task is checked by the step's figure, which tells what is done.

import { make } from "../../../components/dom/dom.js";

/**
 * @import { Question, QuizBlock } from "../../../components/blocks.d.ts"
 * @typedef {HTMLElement & { step?: number, hear?: (event: Event) => void }} QuizRoot
 */

export const TASKS_DONE = "lesson-tasks"; // what the figures call: the names of all tasks that are done now

/**
 * The choices that the address has; −1 where none was made.
 * @param {string | null} text
 * @param {number} count
 */
export function answersOf(text, count) {
  const said = (text ?? "").split(".");
  return Array.from({ length: count }, (_, k) => (/^\d$/.test(said[k] ?? "") ? Number(said[k]) : -1));
}

/** @param {number[]} answers */
export function answersText(answers) {
  return answers.some((answer) => answer >= 0) ? answers.map((answer) => (answer < 0 ? "-" : answer)).join(".") : "";
}

/**
 * @param {QuizRoot} root
 * @param {QuizBlock} data
 */
export function drawQuiz(root, data) {
  if (root.step === data.step) return;
  root.step = data.step;
  const list = make("ol", "quiz");
  const query = new URLSearchParams(window.location.search);
  const answers = answersOf(query.get("answers"), data.questions.length);
  /** @type {Record<string, (done: boolean) => void>} */
  const tasks = {};
  data.questions.forEach((question, number) => {
    const item = make("li", "", list);
    if (question.task) tasks[question.task] = taskOf(item, question, number);
    else choicesOf(item, question, `quiz-${data.step}-${number}`, answers, number);
  });
  root.replaceChildren(list);
  listen(root, tasks);
}

/**
 * @param {QuizRoot} root
 * @param {Record<string, (done: boolean) => void>} tasks
 */
function listen(root, tasks) {
  if (root.hear) window.removeEventListener(TASKS_DONE, root.hear);
  root.hear = (event) => {
    const { detail } = /** @type {CustomEvent<string[]>} */ (event);
    if (root.isConnected) for (const [name, say] of Object.entries(tasks)) if (detail.includes(name)) say(true);
  };
  window.addEventListener(TASKS_DONE, root.hear);
}

/**
 * @param {HTMLElement} item
 * @param {Question} question
 * @param {number} number
 */
function taskOf(item, question, number) {
  make("p", "quiz-ask", item, `${number + 1}. ${question.ask}`);
  const verdict = make("p", "quiz-verdict", item, "○ The figure sees when you have done it.");
  verdict.setAttribute("role", "status");
  return (/** @type {boolean} */ done) => say(verdict, done, question.why);
}

/**
 * @param {HTMLElement} item
 * @param {Question} question
 * @param {string} name
 * @param {number[]} answers
 * @param {number} number
 */
function choicesOf(item, question, name, answers, number) {
  const group = make("fieldset", "quiz-choices", item);
  make("legend", "quiz-ask", group, `${number + 1}. ${question.ask}`);
  const verdict = make("p", "quiz-verdict");
  verdict.setAttribute("role", "status");
  question.choices.forEach((choice, at) => {
    const label = make("label", "quiz-choice", group);
    const input = make("input", "", label);
    Object.assign(input, { type: "radio", name, checked: answers[number] === at });
    input.onchange = () => {
      answers[number] = at;
      keep(answers);
      say(verdict, at === question.right, question.why);
    };
    make("span", "", label, choice);
  });
  item.append(verdict);
  if (answers[number] >= 0) say(verdict, answers[number] === question.right, question.why);
}

/**
 * @param {HTMLElement} verdict
 * @param {boolean} right
 * @param {string} why
 */
function say(verdict, right, why) {
  const words = right ? `✓ Right. ${why}` : "✗ Not yet. Try again.";
  verdict.classList.toggle("right", right);
  if (verdict.textContent !== words) verdict.textContent = words;
}

/** @param {number[]} answers */
function keep(answers) {
  const address = new URL(window.location.href);
  address.searchParams.set("answers", answersText(answers));
  window.history.replaceState(window.history.state, "", address.href);
}
