// One large picture and what is known of it.

import { make } from "../dom/dom.js";
import { follow } from "../dom/navigation.js";
import { factsAddress, pictureAddress, placeOf } from "./addresses.js";

/**
 * @import { Tile } from "../blocks.d.ts"
 * @import { Panel } from "./types.d.ts"
 */

const SMALL = 64; // pictures up to this many pixels are enlarged without blur
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
  panel.words.replaceChildren(...wordsOf(item), ...(place ? [factsOf(panel, item, factsAddress(place))] : []));
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

/** @param {Tile} item */
function wordsOf(item) {
  const lines = item.lines.map((text, row) => make("p", row === 1 && item.sign ? item.sign : "", null, text));
  if (!lines.length) lines.push(make("p", "", null, item.alt));
  lines[0].classList.add("panel-first");
  if (item.marks.length) {
    const marks = make("p", "panel-marks");
    marks.append(...item.marks.map((mark) => make("span", "mark", null, mark)));
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
  for (const [name, value] of facts) {
    make("dt", "", list, name);
    make("dd", "", list, value);
  }
  if (file) addFile(list, file);
}

/**
 * @param {HTMLElement} list
 * @param {string} file
 */
function addFile(list, file) {
  make("dt", "", list, "File");
  const value = make("dd", "panel-file", list);
  make("code", "", value, file);
  const copy = make("button", "act copy", value, "Copy");
  copy.type = "button";
  copy.setAttribute("aria-label", `Copy ${file}`);
  copy.onclick = async () => {
    await navigator.clipboard.writeText(file);
    copy.textContent = "Copied";
  };
}
