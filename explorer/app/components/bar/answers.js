// Whether Streamlit answers a move in the history. It may lose one that crosses the end of a script's run: then it is sent again.

/** Milliseconds until a move without an answer is sent again: the first time, the second, the third. */
export const PATIENCE = [2500, 5000, 10000];

/**
 * What the watch of moves knows of its surroundings.
 *
 * @typedef {object} Surroundings
 * @property {() => string} address of the page.
 * @property {() => boolean} ready whether the server is there and no script runs.
 * @property {() => void} send asks for the page of the present address once more; the history stays as it is.
 * @property {(act: () => void, wait: number) => void} later calls once after some milliseconds, in place of what was to be called before.
 */

/**
 * Watches the moves of a browser tab. The bar stands on every page and says for which address the server drew it, so a bar
 * for another address than before is the answer.
 *
 * @param {Surroundings} around
 */
export function watchMoves({ address, ready, send, later }) {
  let drawn = ""; // the address that the bar was drawn for, in the server's words
  let stands = ""; // the same in the browser's
  /** @type {{ before: string, tries: number } | null} */
  let open = null;

  const wait = () => later(look, PATIENCE[Math.min(open?.tries ?? 0, PATIENCE.length - 1)]);
  const look = () => {
    if (!open || open.tries === PATIENCE.length) return;
    if (ready()) {
      open.tries += 1;
      send();
    }
    wait();
  };
  return {
    /** Somebody moves: by a link, a key, back or forward. */
    moved() {
      open = address() === stands ? null : { before: drawn, tries: 0 };
      if (open) wait();
    },
    /** @param {string} words the address that the server has just drawn the bar for. */
    answered(words) {
      if (open && words !== open.before) open = null;
      if (!open) stands = address();
      drawn = words;
    },
  };
}
