// One large picture and what is known of it.

import { make } from "../dom/dom.js";
import { follow } from "../dom/navigation.js";
import { factsAddress, pictureAddress, placeOf } from "./addresses.js";

/**
 * @import { Tile } from "../blocks.d.ts"
 * @import { Panel } from "./types.d.ts"
 */

const SMALL = 64; // pictures up to this many pixels are enlarged without blur
const SAYS = /^[✓✗] says /; // what the model says, under a tile
/** @type {Record<string, string>} */
const NAMES = { train: "Training image", test: "Test image" };
/** @type {Record<string, string>} */
const DOORS = { train: "What does it do?", test: "Explain it" };

/**
 * @param {HTMLElement} parent
 * @returns {Panel}
 */
export function panelOf(parent) {
  const root = make("figure", "panel", parent);
  const title = make("h2", "panel-title", root);
  const box = make("div", "panel-picture", root);
  const image = make("img", "", box);
  const heat = make("img", "heat", box);
  heat.alt = "";
  image.onload = () => image.classList.toggle("small", image.naturalWidth <= SMALL);
  return { root, title, box, image, heat, words: make("figcaption", "panel-words", root) };
}

/**
 * @param {Panel} panel
 * @param {Tile | null} item
 */
export function fillPanel(panel, item) {
  panel.root.hidden = !item;
  const same = panel.item?.src === item?.src && panel.item?.inline === item?.inline;
  panel.item = item;
  if (!item) return;
  const place = placeOf(item);
  panel.title.textContent = place ? `${NAMES[place.side]} ${place.index}` : "This picture";
  if (!same) showPicture(panel, item);
  panel.image.alt = [item.alt, ...item.marks].join(", ");
  const facts = place ? [factsOf(panel, item, factsAddress(place))] : [];
  panel.words.replaceChildren(...facts, ...wordsOf(item, Boolean(place)));
  if (!item.href) return;
  const link = make("a", "act", panel.words, place ? DOORS[place.side] : "Open it");
  link.href = item.href;
  link.onclick = (event) => {
    follow(event);
    if (event.defaultPrevented) link.closest("dialog").close();
  };
}

/**
 * Show a picture in its own size; until it is there, the thumbnail that stands on the page.
 *
 * @param {Panel} panel
 * @param {Tile} item
 */
function showPicture({ image, heat }, item) {
  const place = placeOf(item);
  const first = item.inline || item.src;
  heat.removeAttribute("src");
  image.src = first;
  if (!place || item.inline.startsWith("data:image/png")) return; // a small picture travels whole
  const whole = new Image();
  whole.src = pictureAddress(place);
  whole.decode().then(
    () => image.getAttribute("src") === first && Object.assign(image, { src: whole.src }),
    () => {}, // the thumbnail stays
  );
}

/**
 * Return what the tile says, but for label and prediction where the server says them of both pictures alike.
 *
 * @param {Tile} item
 * @param {boolean} ofRun
 */
function wordsOf(item, ofRun) {
  const said = item.lines.filter((text, row) => !ofRun || (row > 0 && !SAYS.test(text)));
  if (!said.length && !ofRun) said.push(item.alt);
  const lines = said.map((text) => make("p", item.sign && text === item.lines[1] ? item.sign : "", null, text));
  if (item.marks.length) {
    const marks = make("p", "panel-marks");
    marks.append(...item.marks.map((mark) => make("span", "known", null, mark)));
    lines.push(marks);
  }
  return lines;
}

/**
 * @param {Panel} panel
 * @param {Tile} item
 * @param {string} address
 */
function factsOf(panel, item, address) {
  const list = make("dl", "facts");
  fillFacts(list, address, () => panel.item === item).catch(() => {}); // without a connection the picture says less
  return list;
}

/**
 * @param {HTMLElement} list
 * @param {string} address
 * @param {() => boolean} wanted
 */
async function fillFacts(list, address, wanted) {
  const answer = await fetch(address);
  if (!answer.ok) return;
  /** @type {{ facts: [string, string][], file: string }} */
  const { facts, file } = await answer.json();
  if (!wanted()) return; // another one is shown by now
  for (const [name, value] of facts) factOf(list, name).textContent = value;
  if (file) addFile(list, file);
}

/**
 * @param {HTMLElement} list
 * @param {string} name
 */
function factOf(list, name) {
  const fact = make("div", "", list);
  make("dt", "", fact, name);
  return make("dd", "", fact);
}

/**
 * @param {HTMLElement} list
 * @param {string} file
 */
function addFile(list, file) {
  const value = factOf(list, "File");
  make("code", "", value, file);
  const copy = make("button", "act copy", value, "Copy");
  copy.type = "button";
  copy.setAttribute("aria-label", `Copy ${file}`);
  copy.onclick = async () => {
    await navigator.clipboard.writeText(file);
    copy.textContent = "Copied";
  };
}
