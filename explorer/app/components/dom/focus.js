// What has the focus, and what stands where: a component is a tree of its own, so that each is asked.

/** @param {ParentNode} [root] */
export function everyRoot(root = document) {
  /** @type {ParentNode[]} */
  const roots = [root];
  for (const element of root.querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
  return roots;
}

/**
 * Return the elements on the page that a selector names and that are shown.
 *
 * @param {string} selector
 */
export function allShown(selector) {
  const found = everyRoot().flatMap((root) => [...root.querySelectorAll(selector)]);
  return /** @type {HTMLElement[]} */ (found.filter((each) => each.getClientRects().length));
}

/** Return what has the focus, inside its component; null where nothing has. */
export function focused() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at === document.body ? null : /** @type {HTMLElement | null} */ (at);
}

/**
 * Whether a key that a person presses is meant for the program: no text, no menu, no command of the browser.
 *
 * @param {KeyboardEvent} event
 */
export function isPlainKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = /** @type {HTMLElement} */ (event.composedPath()[0] ?? event.target);
  return !(target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.closest?.("dialog"));
}
