// A field of points: hover shows the picture, a drawn line chooses, the wheel and a drag move. What is chosen goes to
// Python as one bit a point. Names reach the page as text only.

const NEAR = 14; // pixels from the pointer within which a point is meant
const DEEPEST = 60; // times; sixteen bits a place are still 20 steps a pixel there
const STEP = 0.12; // of the field, that a key moves the map by
const TOOLS = [
  ["lasso", "Draw around", "Draw a line around images to choose them"],
  ["move", "Move", "Drag to move the map"],
  ["in", "+", "Zoom in"],
  ["out", "−", "Zoom out"],
  ["whole", "Show all", "Show the whole map"],
  ["seen", "All in view", "Choose every image that is in view"],
  ["clear", "Clear", "Choose nothing"],
];

function fieldOf(root) {
  const parts = { bar: make("div", "scatter-tools", root), field: make("div", "scatter-field", root) };
  parts.bar.setAttribute("role", "toolbar");
  parts.bar.setAttribute("aria-label", "Tools");
  for (const [name, text, title] of TOOLS) {
    const button = make("button", "scatter-tool", parts.bar, text);
    Object.assign(button, { type: "button", title, onclick: () => useTool(root.scatter, name) });
    button.dataset.tool = name;
    button.setAttribute("aria-label", title);
  }
  parts.field.tabIndex = 0;
  parts.field.setAttribute("role", "application");
  parts.canvas = make("canvas", "scatter-points", parts.field);
  parts.over = make("canvas", "scatter-over", parts.field);
  parts.marks = make("div", "scatter-marks", parts.field);
  parts.tip = make("div", "scatter-tip", parts.field);
  parts.tip.hidden = true;
  parts.picture = make("img", "", parts.tip);
  parts.lines = make("div", "", parts.tip);
  parts.legend = make("div", "scatter-legend", root);
  parts.said = make("p", "small", root);
  parts.said.setAttribute("role", "status");
  const keys = "Keys: arrows go from image to image, Shift and arrows move the map, + and − zoom, Enter chooses, Escape lets go.";
  make("p", "small scatter-keys", root, keys);
  return parts;
}

function scatterOf(root) {
  const parts = fieldOf(root);
  const view = { x: 0.5, y: 0.5, zoom: 1 };
  const state = { root, ...parts, view, tool: "lasso", line: null, at: -1, hidden: new Set(), painter: null };
  state.painter = cardPainter(parts.canvas);
  root.dataset.painter = state.painter ? "webgl" : "canvas";
  state.painter ??= handPainter(parts.canvas);
  parts.canvas.addEventListener("webglcontextlost", () => byHand(state));
  const { field } = parts;
  field.onpointerdown = (event) => press(state, event);
  field.onpointermove = (event) => drag(state, event);
  field.onpointerup = (event) => release(state, event);
  field.onpointerleave = () => show(state, -1);
  field.onkeydown = (event) => steer(state, event);
  field.addEventListener("wheel", (event) => wheel(state, event), { passive: false });
  new ResizeObserver(() => resize(state)).observe(field);
  return state;
}

function byHand(state) {
  const fresh = make("canvas", "scatter-points");
  state.canvas.replaceWith(fresh);
  Object.assign(state, { canvas: fresh, painter: handPainter(fresh) });
  state.root.dataset.painter = "canvas";
  resize(state);
  restyle(state);
}

function drawScatter(root, data) {
  root.classList.add("scatter");
  const state = (root.scatter ??= scatterOf(root));
  if (state.token !== data.token) load(state, data);
  state.data = data;
  state.chosen = unpackedMask(data.chosen, state.count);
  state.field.setAttribute("aria-label", data.label);
  useTool(state, state.tool);
  resize(state);
  drawLegend(state);
  restyle(state);
}

function load(state, data) {
  const fresh = state.data?.run !== data.run || state.data?.frame !== data.frame;
  if (fresh) Object.assign(state.view, { x: 0.5, y: 0.5, zoom: 1 });
  if (state.data?.shade.title !== data.shade.title) state.hidden.clear();
  state.token = data.token;
  state.places = unpack(data.places, Uint16Array);
  for (const name of ["codes", "labels", "predicted"]) state[name] = unpack(data[name], Uint16Array);
  for (const name of ["sure", "values"]) state[name] = unpack(data[name], Float32Array);
  state.count = state.places.length / 2;
  state.tests = Uint8Array.from({ length: state.count }, (_, row) => imageAt(state, row, data).side === "test");
  Object.assign(state, { at: -1, line: null });
  state.tip.hidden = true;
  state.marks.replaceChildren(...data.words.map((word) => make("span", "scatter-word", null, word.text)));
  for (const [name, axis] of Object.entries(data.axes)) make("span", `scatter-title ${name}`, state.marks, axis.title);
}

function unpackedMask(text, count) {
  const bytes = unpack(text, Uint8Array);
  return Uint8Array.from({ length: count }, (_, row) => (bytes[row >> 3] >> (row & 7)) & 1);
}

function imageAt(state, row, data = state.data) {
  let first = 0;
  for (const [side, count] of data.sides) {
    if (row < first + count) return { side, index: row - first };
    first += count;
  }
  return null;
}

// How it looks

function dark(state) {
  const [red, green, blue] = getComputedStyle(state.root).color.match(/[\d.]+/g).map(Number);
  return red + green + blue > 384; // light text stands on a dark page
}

function tintOf(state, code) {
  if (state.data.shade.kind === "classes") return channels(CLASS_COLOURS[code % CLASS_COLOURS.length]);
  if (code === NOTHING) return [128, 128, 128];
  return onRamp(RAMPS[dark(state) ? "dark" : "light"], code / (NOTHING - 1));
}

function restyle(state) {
  const { count, codes, chosen } = state;
  const classes = state.data.shade.kind === "classes";
  const tints = new Uint8Array(4 * count);
  const forms = new Uint8Array(count);
  const weights = new Float64Array(count);
  const palette = new Map();
  const any = chosen.includes(1);
  for (let row = 0; row < count; row++) {
    const code = codes[row];
    if (!palette.has(code)) palette.set(code, tintOf(state, code));
    tints.set(palette.get(code), 4 * row);
    tints[4 * row + 3] = hiddenRow(state, row) ? 0 : any && !chosen[row] ? 40 : 205;
    forms[row] = (classes ? code % MARKS.length : code === NOTHING ? 0 : BIGGER * Math.floor(code / 100)) + (state.tests[row] ? HOLLOW : 0);
    // No class lies on top of another: within what is equally strong the order is as good as random.
    weights[row] = 2 * chosen[row] + (classes || code === NOTHING ? 0 : code / NOTHING) + ((row * 7919) % 65521) / 65521 / 300;
  }
  const order = Uint32Array.from(weights.keys()).sort((one, other) => weights[one] - weights[other]);
  state.painter.style(state.places, tints, forms, order);
  const found = chosen.reduce((sum, bit) => sum + bit, 0);
  state.said.textContent = found ? `${found.toLocaleString("en")} of ${count.toLocaleString("en")} images chosen.` : `${count.toLocaleString("en")} images. Draw a line around some of them, or click one.`;
  repaint(state);
}

function hiddenRow(state, row) {
  return state.data.shade.kind === "classes" && state.hidden.has(state.codes[row]);
}

function resize(state) {
  if (!state.data || !state.field.clientWidth) return;
  const density = window.devicePixelRatio || 1;
  const titled = Object.keys(state.data.axes).length > 0;
  const [left, below] = titled ? [64, 52] : [0, 0];
  const [width, height] = [state.field.clientWidth - left, state.field.clientHeight - below];
  Object.assign(state.view, { width, height, density, left, below });
  state.canvas.style.left = `${left}px`;
  fit(state.canvas, width, height, density);
  fit(state.over, state.field.clientWidth, state.field.clientHeight, density);
  repaint(state);
}

function fit(canvas, width, height, density) {
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const [across, up] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== up) canvas.height = up;
}

function repaint(state) {
  state.pending ??= requestAnimationFrame(() => {
    state.pending = null;
    const { view } = state;
    if (!view.width) return;
    const square = !Object.keys(state.data.axes).length;
    const least = Math.min(view.width, view.height);
    const room = 0.94; // a margin, so that points at the edge are whole
    view.across = view.zoom * room * (square ? least : view.width);
    view.up = view.zoom * room * (square ? least : view.height);
    const base = state.count > 20000 ? 4 : state.count > 3000 ? 6 : 8;
    view.size = Math.min(20, base * Math.sqrt(view.zoom));
    state.painter.paint(view);
    drawOver(state);
  });
}

KINDS.scatter = drawScatter;
