// A page as one element: blocks from top to bottom, each reused from one drawing to the next where its kind stays.

import { hearAnswers } from "../choice_bar/bar.js";
import { childrenOf, make, trim } from "../dom/dom.js";
import { follow } from "../dom/navigation.js";
import { drawGallery } from "../gallery/gallery.js";
import { drawWords } from "../glossary_terms/term_hints.js";
import { drawBars } from "../histogram/histogram.js";
import { drawActs } from "../image_actions/image_actions.js";
import { drawAwaited } from "../job_progress/awaited.js";
import { keepKeys } from "../keys/keys.js";
import { hearDecided } from "../lightbox/decide.js";
import { drawProse } from "../markdown/markdown_text.js";
import { drawRest, drawSaid } from "../said_above/said_above.js";
import { drawSearch } from "../search_field/search_field.js";
import { drawTake } from "../take_along/take_along.js";
import { drawTug } from "../tug_of_war/tug_of_war.js";
import { drawHead } from "./head.js";
import { drawDoors } from "./links.js";
import { drawMenus } from "./menus.js";
import { ownAnswers, settle } from "./outbox.js";
import { drawTabs } from "./tabs.js";

/**
 * @import { Block, ColumnsBlock, PageData, TextBlock } from "../blocks.d.ts"
 * @import { Component, Drawing, KindsModule, PageRoot } from "../component.d.ts"
 */

/** @type {Record<string, Drawing>} */
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
  search: drawSearch,
  take: drawTake,
  awaited: drawAwaited,
  said: drawSaid,
  rest: drawRest,
};

/**
 * @param {HTMLElement} root
 * @param {TextBlock} data
 */
function drawText(root, data) {
  root.replaceChildren(make(data.tag, data.quiet ? "small" : "sentence", null, data.text));
}

/**
 * @param {HTMLElement} root
 * @param {ColumnsBlock} data
 */
function drawColumns(root, data) {
  root.classList.add("columns");
  trim(root, data.columns.length);
  data.columns.forEach(({ share, blocks }, index) => {
    const column = childrenOf(root)[index] ?? make("div", "column-of-blocks", root);
    column.style.flexGrow = String(share);
    drawBlocks(column, blocks);
  });
}

/**
 * @param {HTMLElement} root
 * @param {Block[]} blocks
 */
function drawBlocks(root, blocks) {
  trim(root, blocks.length);
  blocks.forEach((block, index) => {
    let drawn = childrenOf(root)[index];
    if (drawn?.dataset.kind !== block.kind) {
      const made = make("div", "block");
      made.dataset.kind = block.kind;
      drawn ? drawn.replaceWith(made) : root.append(made);
      drawn = made;
    }
    KINDS[block.kind](drawn, block);
  });
}

/**
 * @param {Component<PageData>} component
 * @param {KindsModule[]} modules
 */
export default function draw(component, modules) {
  Object.assign(KINDS, ...modules.map(({ kinds }) => kinds));
  const root = /** @type {PageRoot} */ (component.parentElement.querySelector(".blocks"));
  root.tell = component.setTriggerValue;
  drawBlocks(root, component.data.blocks);
  if (component.data.answers.length) {
    hearAnswers(root, component.data.answers);
    hearDecided(root, component.data.answers);
    settle(root, ownAnswers(root, component.data.answers)); // what none of its blocks has settled
  }
  drawWords(root, component.data.words);
  keepKeys(root);
  root.onclick = follow;
}
