// One stop of the Tab key in a gallery: arrows go on from there.

/**
 * Let Tab stop at one of the tiles that are shown, and at no other.
 *
 * @param {Element} gallery
 * @param {Element | null} [wanted] the tile; the one before where it is none that is shown, else the first
 */
export function oneStop(gallery, wanted = null) {
  const tiles = /** @type {HTMLElement[]} */ ([...gallery.querySelectorAll("a.tile")]);
  const shown = tiles.filter((tile) => !tile.closest("[hidden]"));
  const before = shown.find((tile) => tile.getAttribute("tabindex") === "0");
  const stop = shown.find((tile) => tile === wanted) ?? before ?? shown[0];
  for (const tile of tiles) tile.tabIndex = tile === stop ? 0 : -1;
}
