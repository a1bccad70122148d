// Where points lie on the screen, and which of them a place, a direction or a drawn line means.

export function onScreen(view, x, y) {
  return [view.width / 2 + (x - view.x) * view.across, view.height / 2 - (y - view.y) * view.up];
}

export function inPlace(view, x, y) {
  return [view.x + (x - view.width / 2) / view.across, view.y - (y - view.height / 2) / view.up];
}

export function placeOf(state, row) {
  return onScreen(state.view, state.places[2 * row] / 65535, state.places[2 * row + 1] / 65535);
}

export function imageAt(state, row, data = state.data) {
  let first = 0;
  for (const [side, count] of data.sides) {
    if (row < first + count) return { side, index: row - first };
    first += count;
  }
  return null;
}

export function hiddenRow(state, row) {
  return state.data.shade.kind === "classes" && state.hidden.has(state.codes[row]);
}

const NEAR = 14; // pixels from the pointer within which a point is meant

export function within(line) {
  const [xs, ys] = [0, 1].map((axis) => line.map((corner) => corner[axis]));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return (x, y) => {
    if (x < left || x > right || y < top || y > bottom) return false;
    let inside = false;
    for (let one = 0, other = xs.length - 1; one < xs.length; other = one++) {
      const between = ys[one] > y !== ys[other] > y;
      if (between && x < ((xs[other] - xs[one]) * (y - ys[one])) / (ys[other] - ys[one]) + xs[one]) inside = !inside;
    }
    return inside;
  };
}

export function nearest(state, x, y) {
  let [found, least] = [-1, NEAR * NEAR];
  for (let row = 0; row < state.count; row++) {
    const [px, py] = placeOf(state, row);
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least && !hiddenRow(state, row)) [found, least] = [row, far];
  }
  return found;
}

export function neighbour(state, [right, down]) {
  const { view } = state;
  const [x, y] = state.at < 0 ? [view.width / 2, view.height / 2] : placeOf(state, state.at);
  let [found, least] = [state.at, Infinity];
  for (let row = 0; row < state.count; row++) {
    if (row === state.at || hiddenRow(state, row)) continue;
    const [px, py] = placeOf(state, row);
    const along = (px - x) * right + (py - y) * down;
    const aside = Math.abs((px - x) * down - (py - y) * right);
    const seen = px >= 0 && py >= 0 && px <= view.width && py <= view.height;
    if (seen && along > 0 && along + 2 * aside < least) [found, least] = [row, along + 2 * aside];
  }
  return found;
}
