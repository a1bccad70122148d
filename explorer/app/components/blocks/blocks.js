// A page as one element: blocks from top to bottom, each reused from one drawing to the next where its kind stays.

import { make } from "../dom/dom.js";
import { follow } from "../dom/navigation.js";
import { drawGallery } from "../gallery/gallery.js";
import { drawWords } from "../glossary_terms/term_hints.js";
import { drawBars } from "../histogram/histogram.js";
import { drawActs } from "../image_actions/image_actions.js";
import { drawProse } from "../markdown/markdown_text.js";
import { drawTug } from "../tug_of_war/tug_of_war.js";
import { drawHead } from "./head.js";
import { drawDoors } from "./links.js";
import { drawMenus } from "./menus.js";
import { drawTabs } from "./tabs.js";

const KINDS = {
  head: drawHead,
  text: drawText,
  menus: drawMenus,
  doors: drawDoors,
  columns: drawColumns,
  gallery: drawGallery,
  bars: drawBars,
  tug: drawTug,
  tabs: drawTabs,
  acts: drawActs,
  prose: drawProse,
};

function drawText(root, data) {
  root.replaceChildren(make(data.tag, data.quiet ? "small" : "sentence", null, data.text));
}

function drawColumns(root, data) {
  root.classList.add("columns");
  while (root.children.length > data.columns.length) root.lastChild.remove();
  data.columns.forEach(({ share, blocks }, index) => {
    const column = root.children[index] ?? make("div", "column-of-blocks", root);
    column.style.flexGrow = share;
    drawBlocks(column, blocks);
  });
}

function drawBlocks(root, blocks) {
  while (root.children.length > blocks.length) root.lastChild.remove();
  blocks.forEach((block, index) => {
    let drawn = root.children[index];
    if (drawn?.dataset.kind !== block.kind) {
      const made = make("div", "block");
      made.dataset.kind = block.kind;
      drawn ? drawn.replaceWith(made) : root.append(made);
      drawn = made;
    }
    KINDS[block.kind](drawn, block);
  });
}

export default function draw(component, modules) {
  Object.assign(KINDS, ...modules.map(({ kinds }) => kinds));
  const root = component.parentElement.querySelector(".blocks");
  root.tell = component.setTriggerValue;
  drawBlocks(root, component.data.blocks);
  drawWords(root, component.data.words);
  root.onclick = follow;
}
