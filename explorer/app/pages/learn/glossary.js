// The glossary: words by the alphabet, narrowed down while a person types, each with an address of its own.

import { make } from "../../components/dom/dom.js";
import { follow } from "../../components/dom/navigation.js";
import { built } from "../../components/markdown/markdown_text.js";

/** @typedef {{ entry: HTMLElement, letter: string, said: string }} GlossaryEntry said: what is searched, in small letters */

/**
 * @import { GlossaryData, GlossaryWord } from "../../components/blocks.d.ts"
 * @import { Component } from "../../components/component.d.ts"
 */

/**
 * @param {HTMLElement} root
 * @param {GlossaryWord[]} words
 */
function drawGlossary(root, words) {
  const top = make("div", "finding", root);
  const label = make("label", "finder", top, "Find a word");
  const field = Object.assign(make("input", "", label), { type: "search", autocomplete: "off", spellcheck: false });
  const letters = make("nav", "letters", top);
  letters.setAttribute("aria-label", "Letters");
  const found = make("p", "found", root);
  found.setAttribute("role", "status");
  const list = make("dl", "", root);
  const entries = words.map((word) => entryOf(list, word));
  for (const letter of new Set(entries.map((entry) => entry.letter))) letterOf(letters, letter, entries);
  field.oninput = () => narrow(entries, letters, found, field.value.trim().toLowerCase());
  narrow(entries, letters, found, "");
}

/**
 * The way to where the word is shown.
 * @param {HTMLElement} meaning
 * @param {GlossaryWord} word
 */
function placeOf(meaning, { place, href }) {
  const link = make("a", "place", meaning, `See it: ${place}`);
  link.href = href;
  link.onclick = follow;
}

/**
 * @param {HTMLElement} list
 * @param {GlossaryWord} word
 */
function entryOf(list, word) {
  const entry = make("div", "entry", list);
  entry.id = word.anchor;
  const link = make("a", "", make("dt", "", entry), word.name);
  link.href = `?view=words#${word.anchor}`;
  link.onclick = (event) => {
    event.preventDefault();
    window.history.replaceState(window.history.state, "", link.href);
    reach(entry);
  };
  const meaning = make("dd", "prose", entry);
  meaning.append(...word.nodes.map(built));
  const said = `${word.name} ${meaning.textContent}`.toLowerCase();
  if (word.href) placeOf(meaning, word);
  return { entry, letter: word.name[0].toUpperCase(), said };
}

/**
 * @param {HTMLElement} letters
 * @param {string} letter
 * @param {GlossaryEntry[]} entries
 */
function letterOf(letters, letter, entries) {
  const button = make("button", "letter", letters, letter);
  Object.assign(button, {
    type: "button",
    onclick: () => reach(entries.find((each) => each.letter === letter && !each.entry.hidden).entry),
  });
}

/**
 * @param {GlossaryEntry[]} entries
 * @param {HTMLElement} letters
 * @param {HTMLElement} found
 * @param {string} sought
 */
function narrow(entries, letters, found, sought) {
  for (const each of entries) each.entry.hidden = !each.said.includes(sought);
  const shown = entries.filter((each) => !each.entry.hidden);
  const left = new Set(shown.map((each) => each.letter));
  for (const button of letters.querySelectorAll("button")) button.disabled = !left.has(button.textContent);
  found.textContent = shown.length
    ? `${shown.length} ${shown.length === 1 ? "word" : "words"}`
    : "No word and no meaning says that.";
}

/** @param {HTMLElement} entry */
function reach(entry) {
  entry.querySelector("a").focus({ preventScroll: true });
  entry.scrollIntoView({ block: "start" });
}

/** @param {Component<GlossaryData>} component */
export default function draw(component) {
  const root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".glossary"));
  if (root.children.length) return;
  drawGlossary(root, component.data.words);
  /** @type {NodeListOf<HTMLElement>} */
  const entries = root.querySelectorAll(".entry");
  const sought = [...entries].find((entry) => `#${entry.id}` === decodeURIComponent(window.location.hash));
  if (sought) requestAnimationFrame(() => reach(sought));
}
