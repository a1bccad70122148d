// The bar at the foot of the window: how many images are chosen, and what can be done with them together.

import { post } from "../blocks/outbox.js";
import { make } from "../dom/dom.js";
import { focused } from "../dom/focus.js";
import { visit } from "../dom/navigation.js";
import { choice, clearChoice, counted } from "./choice.js";
import { attend, leave } from "./choice_keys.js";

/** What words can be, and the action that makes them that. */
const WORDS = [
  ["Tag", "tag"],
  ["Note", "note"],
];

/**
 * @import { Answer } from "../blocks.d.ts"
 * @import { Action, PageRoot } from "../component.d.ts"
 * @import { ChoiceBar } from "./types.d.ts"
 */

/**
 * Show the bar of a page, or hide it where nothing is chosen and nothing has to be said; `changed` is called when the choice ends.
 *
 * @param {PageRoot} page
 * @param {() => void} changed
 */
export function drawChoiceBar(page, changed) {
  const rows = choice();
  const any = rows.train.length + rows.test.length > 0;
  if (!page.choice && !any) return;
  page.choice ??= barOf(page, changed);
  attend(page.choice);
  const { bar, count, acts, after, said } = page.choice;
  const inside = acts.contains(focused());
  count.textContent = any ? counted(rows) : "";
  count.classList.toggle("none", !any); // still there for those who listen to it
  acts.hidden = !any;
  after.hidden = any || said.textContent === "";
  if (any) {
    const { train, trust, together } = page.choice;
    for (const button of [...train, together]) button.hidden = !rows.train.length;
    trust.hidden = !rows.test.length;
    fillClasses(/** @type {HTMLSelectElement} */ (train[1]));
  }
  bar.togglePopover(any || said.textContent !== "");
  if (inside && !any) leave(page.choice); // what had the focus is hidden
}

/**
 * Hide the bar of a page's element: another element's bar stands for the same choice.
 *
 * @param {PageRoot} page
 */
export function hideChoiceBar({ choice: state }) {
  if (!state?.bar.matches(":popover-open")) return;
  say(state, "");
  state.bar.hidePopover();
}

/**
 * Say what became of what the bar asked for.
 *
 * @param {PageRoot} page
 * @param {Answer[]} answers
 */
export function hearAnswers(page, answers) {
  const state = page.choice;
  const own = answers.filter(({ id }) => state?.asked.has(id));
  if (!own.length) return;
  const spared = own.find((answer) => answer.spared.length);
  state.too.hidden = !spared;
  if (spared) offerToo(state, spared);
  for (const { id } of own) state.asked.delete(id);
  const failed = own.filter(({ done }) => !done);
  const texts = (failed.length ? failed : own).map(({ text }) => text);
  say(state, `${failed.length ? "Not saved: " : ""}${texts.join(" ")}`, failed.length > 0);
  if (!failed.length) clearChoice();
  state.changed();
}

/**
 * Offer to do the same with the images whose labels were confirmed, which it left alone.
 *
 * @param {ChoiceBar} state
 * @param {Answer} answer
 */
function offerToo(state, { id, spared }) {
  const asked = state.asked.get(id);
  state.too.textContent =
    spared.length === 1
      ? "Take the confirmed one too"
      : `Take the ${spared.length.toLocaleString("en")} confirmed ones too`;
  state.too.onclick = () => {
    say(state, "Saving …");
    const item = { ...asked, action: `${asked.action}-confirmed`, rows: spared };
    state.asked.set(post(state.page, item), item);
  };
}

/**
 * @param {ChoiceBar} state
 * @param {string} text
 * @param {boolean} [failed]
 */
function say(state, text, failed = false) {
  state.said.textContent = text;
  state.said.classList.toggle("failed", failed);
}

/**
 * @param {PageRoot} page
 * @param {() => void} changed
 * @returns {ChoiceBar}
 */
function barOf(page, changed) {
  const bar = make("div", "choice-bar");
  Object.assign(bar, { popover: "manual" });
  bar.setAttribute("role", "region");
  bar.setAttribute("aria-label", "Chosen images");
  page.after(bar);
  const count = make("strong", "choice-count", bar);
  count.setAttribute("role", "status");
  const hint = make("kbd", "choice-key", bar, "A");
  hint.setAttribute("aria-hidden", "true");
  bar.setAttribute("aria-keyshortcuts", "A");
  const acts = make("div", "choice-acts", bar);
  const said = make("span", "said", bar);
  said.setAttribute("role", "status");
  const after = make("div", "choice-acts", bar);
  const [trust, together] = ["Trust the label", "What do they do together?"].map((label) => buttonOf(acts, label));
  const too = buttonOf(after, "");
  too.hidden = true;
  /** @type {ChoiceBar} */
  const state = {
    from: null,
    too,
    page,
    bar,
    count,
    acts,
    after,
    said,
    changed,
    train: [],
    trust,
    together,
    asked: new Map(),
  };
  addActs(state);
  buttonOf(after, "Undo", () => {
    say(state, "Saving …");
    /** @type {Action} */
    const item = { run: choice().run, action: "undo", rows: [], value: "" };
    state.asked.set(post(page, item), item);
  });
  buttonOf(after, "Close", () => finish(state));
  return state;
}

/** @param {ChoiceBar} state */
function addActs(state) {
  const { acts, trust, together } = state;
  const leave = buttonOf(acts, "Leave out", () => ask(state, "exclude"));
  const keep = buttonOf(acts, "Confirm the label", () => ask(state, "keep"));
  state.train = [leave, relabelOf(state), keep];
  trust.onclick = () => ask(state, "trust");
  together.onclick = goTogether;
  acts.prepend(...state.train);
  addWords(state);
  for (const form of ["CSV", "JSON"]) buttonOf(acts, `Export as ${form}`, () => exportChoice(acts, form.toLowerCase()));
  buttonOf(acts, "Clear", () => finish(state));
}

/** @param {ChoiceBar} state */
function finish(state) {
  clearChoice();
  say(state, "");
  state.changed();
}

/** @param {ChoiceBar} state */
function relabelOf(state) {
  const select = make("select", "act");
  select.setAttribute("aria-label", "Relabel to");
  make("option", "", select, "Relabel to …").value = "";
  select.onchange = () => {
    if (select.value) ask(state, "relabel", select.value);
    select.value = "";
  };
  fillClasses(select);
  return select;
}

/**
 * A field for words, and what they are to be: Enter gives a tag.
 *
 * @param {ChoiceBar} state
 */
function addWords(state) {
  const form = make("form", "choice-tag", state.acts);
  const words = make("input", "act", form);
  Object.assign(words, { type: "text", placeholder: "tag or note", maxLength: 2000, required: true });
  words.setAttribute("aria-label", "Tag or note");
  for (const [label, action] of WORDS)
    Object.assign(make("button", "act", form, label), { type: "submit", value: action });
  form.onsubmit = (event) => {
    event.preventDefault();
    ask(state, /** @type {HTMLButtonElement} */ (event.submitter).value, words.value);
    words.value = "";
  };
}

/**
 * @param {HTMLElement} parent
 * @param {string} label
 * @param {() => void} [act]
 */
function buttonOf(parent, label, act) {
  const button = make("button", "act", parent, label);
  Object.assign(button, { type: "button", onclick: act });
  return button;
}

/** @param {HTMLSelectElement} select */
async function fillClasses(select) {
  const { run } = choice();
  if (select.dataset.run === run) return;
  select.dataset.run = run;
  const answer = await fetch(`/classes/${run}`);
  /** @type {string[]} */
  const names = answer.ok ? await answer.json() : [];
  while (select.options.length > 1) select.remove(1);
  for (const name of names) make("option", "", select, name).value = name;
}

/**
 * Ask for a decision about all chosen images of the sides that it can be made about.
 *
 * @param {ChoiceBar} state
 * @param {string} action
 * @param {string} [value]
 */
function ask(state, action, value = "") {
  const { run, ...rows } = choice();
  const sides = action === "trust" ? ["test"] : action === "tag" || action === "note" ? ["train", "test"] : ["train"];
  say(state, "Saving …");
  for (const side of /** @type {("train" | "test")[]} */ (sides))
    if (rows[side].length) {
      const item = { run, action, rows: rows[side], value, side };
      state.asked.set(post(state.page, item), item);
    }
}

/** The key under which the server keeps the choice. */
async function savedKey() {
  const { run, train, test } = choice();
  const answer = await fetch(`/selections/${run}?train=${train}&test=${test}`, { method: "POST" });
  return { run, key: answer.ok ? await answer.json() : "" };
}

async function goTogether() {
  const { key } = await savedKey();
  const address = new URL("/suspects", window.location.origin);
  const run = new URL(window.location.href).searchParams.get("run");
  if (run) address.searchParams.set("run", run);
  address.searchParams.set("view", "groups");
  address.searchParams.set("selection", key);
  if (key) visit(address.href);
}

/**
 * @param {HTMLElement} place
 * @param {string} form
 */
async function exportChoice(place, form) {
  const { run, key } = await savedKey();
  if (!key) return;
  const link = make("a", "", place);
  const name = new URL(window.location.href).searchParams.get("run") ?? run; // it names the file
  Object.assign(link, { href: `/export/${encodeURIComponent(name)}/selection.${form}?selection=${key}`, download: "" });
  link.click();
  link.remove();
}
