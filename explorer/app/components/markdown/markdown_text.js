// Texts from Markdown, built from nodes [tag, attributes, child, …] with tags of these two lists only.

/** @import { Node, ProseBlock } from "../blocks.d.ts" */

export const WRITING = new Set(
  "p div em strong code pre blockquote ul ol li h2 h3 h4 hr br a table thead tbody tr th td".split(" "),
);
export const MATHEMATICS = new Set(
  "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle mpadded mphantom menclose".split(
    " ",
  ),
);

/** @param {Node} node */
export function built(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [tag, attributes, ...inside] = node;
  if (!WRITING.has(tag) && !MATHEMATICS.has(tag)) throw new Error(`A text has a <${tag}>.`);
  const element = document.createElementNS(
    `http://www.w3.org/${MATHEMATICS.has(tag) ? "1998/Math/MathML" : "1999/xhtml"}`,
    tag,
  );
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside.map(built));
  return element;
}

/**
 * @param {HTMLElement} root
 * @param {ProseBlock} data
 */
export function drawProse(root, data) {
  root.classList.add("prose");
  root.replaceChildren(...data.nodes.map(built));
}
