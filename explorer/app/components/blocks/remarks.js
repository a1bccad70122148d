// Small remarks under a page's head: what was left out of the data. Who hid one is not told again in this browser.

import { make } from "../dom/dom.js";

/** @import { Remark } from "../blocks.d.ts" */

const HIDDEN = "influence-explorer-hidden";

/** @returns {string[]} */
export function hiddenRemarks() {
  try {
    const keys = JSON.parse(window.localStorage.getItem(HIDDEN) ?? "[]");
    return Array.isArray(keys) ? keys : [];
  } catch {
    return []; // the browser keeps no storage for this page, or something else stands there
  }
}

/** @param {string} key */
export function hideRemark(key) {
  try {
    window.localStorage.setItem(HIDDEN, JSON.stringify([...new Set([...hiddenRemarks(), key])]));
  } catch {
    // without storage it is told again on the next page
  }
}

/**
 * @param {HTMLElement} root
 * @param {Remark[]} remarks
 */
export function drawRemarks(root, remarks) {
  const hidden = hiddenRemarks();
  for (const { key, text, href } of remarks) {
    if (hidden.includes(key)) continue;
    const line = make("p", "remark", root, `${text} `);
    line.setAttribute("role", "note");
    make("a", "", line, "Which?").href = href;
    const hide = make("button", "", line, "Hide");
    hide.setAttribute("aria-label", `Hide: ${text}`);
    Object.assign(hide, {
      type: "button",
      onclick: () => {
        hideRemark(key);
        line.remove();
      },
    });
  }
}
