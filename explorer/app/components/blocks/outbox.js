// What a person decides goes to the server, and stays in this tab's own storage until the server says that it is saved:
// neither a second click in the meantime, nor a lost connection, nor a reload loses it. Each action has a name of its own,
// so that one which is sent twice is done once.

import { make, pageOf } from "../dom/dom.js";

/**
 * @import { Answer } from "../blocks.d.ts"
 * @import { Action, PageRoot, SentAction, SettledAction } from "../component.d.ts"
 */

const OUTBOX = "influence-explorer-outbox";
const AGAIN = 4000; // ms after which an action without an answer is sent again
/** @type {SentAction[]} */
let outboxCopy = []; // where the browser keeps no storage for this page

/** @returns {SentAction[]} */
function unanswered() {
  try {
    return JSON.parse(window.sessionStorage.getItem(OUTBOX)) ?? [];
  } catch {
    return outboxCopy;
  }
}

/** @param {SentAction[]} items */
function keepUnanswered(items) {
  outboxCopy = items;
  try {
    window.sessionStorage.setItem(OUTBOX, JSON.stringify(items));
  } catch {
    // the copy in memory has them
  }
}

/** @type {Map<string, PageRoot>} The page's element that asked for an action: another one leaves its answer alone. */
const askers = new Map();

/**
 * Return those answers that an element of the page itself asked for.
 *
 * @param {PageRoot} page
 * @param {Answer[]} answers
 */
export function ownAnswers(page, answers) {
  return answers.filter(({ id }) => askers.get(id) === page);
}

/**
 * Send an action, and return the name under which its answer comes.
 *
 * @param {HTMLElement} root
 * @param {Action} item
 */
export function post(root, item) {
  const name = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  askers.set(name, pageOf(root));
  keepUnanswered([...unanswered(), { ...item, id: name }]);
  sendAll(root);
  return name;
}

/** @param {HTMLElement} root */
function sendAll(root) {
  const items = unanswered();
  const page = pageOf(root);
  stopWaiting(page);
  if (!items.length) return;
  // A message replaces one that is still on its way, so each carries all that has no answer yet.
  page.tell("act", { items });
  page.again = window.setTimeout(() => root.isConnected && sendAll(root), AGAIN);
}

/** @param {PageRoot} page */
function stopWaiting(page) {
  clearTimeout(page.again);
  page.again = undefined;
}

/**
 * @param {HTMLElement} root
 * @param {Answer[]} answers
 */
export function settle(root, answers) {
  const known = new Map(answers.map((answer) => [answer.id, answer]));
  const open = unanswered();
  const settled = open.filter((item) => known.has(item.id)).map((item) => ({ ...known.get(item.id), item }));
  // every drawing comes here, and to write down the same again would cost it some milliseconds
  if (settled.length) keepUnanswered(open.filter((item) => !known.has(item.id)));
  const page = pageOf(root);
  if (!unanswered().length) stopWaiting(page);
  else if (!page.again) sendAll(root); // left over from before a reload or another page
  return settled;
}

/**
 * @param {HTMLElement} said
 * @param {HTMLElement} root
 * @param {SettledAction[]} settled
 */
export function drawSaid(said, root, settled) {
  if (!settled.length) return;
  const failed = settled.filter((answer) => !answer.done);
  const last = failed.at(-1) ?? settled.at(-1);
  said.classList.toggle("failed", failed.length > 0);
  said.replaceChildren(make("span", "", null, failed.length ? `Not saved: ${last.text}` : last.text));
  if (!failed.length) return;
  const again = make("button", "act", said, "Try again");
  again.type = "button";
  again.onclick = () => {
    said.replaceChildren(make("span", "", null, "Saving …"));
    for (const { item } of failed) post(root, item);
  };
}

window.addEventListener("beforeunload", (event) => unanswered().length && event.preventDefault());
