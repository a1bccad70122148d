// The flags of the game as a text in the address: rows in order, each as the step from the one before, in base 36.

/** @param {string | null} text */
export function flagsOf(text) {
  let row = 0;
  return new Set(text ? text.split(".").map((step) => (row += parseInt(step, 36))) : []);
}

/** @param {Set<number>} flags */
export function flagsText(flags) {
  return [...flags]
    .sort((a, b) => a - b)
    .map((row, at, rows) => (row - (at ? rows[at - 1] : 0)).toString(36))
    .join(".");
}

/**
 * @param {string} address
 * @param {Set<number>} flags
 */
export function withFlags(address, flags) {
  const changed = new URL(address, window.location.href);
  flags.size ? changed.searchParams.set("flags", flagsText(flags)) : changed.searchParams.delete("flags");
  return changed.href;
}
