// What a hand and a keyboard do to a scatter, and what is drawn over its points: axes, curves, words, line and ring.

function at(state, event) {
  const box = state.field.getBoundingClientRect();
  return [event.clientX - box.left - state.view.left, event.clientY - box.top];
}

function useTool(state, name) {
  const { view } = state;
  if (name === "in" || name === "out") return zoomBy(state, name === "in" ? 1.5 : 1 / 1.5, view.width / 2, view.height / 2);
  if (name === "whole") Object.assign(view, { x: 0.5, y: 0.5, zoom: 1 });
  if (name === "seen") return tell(state, (x, y) => x >= 0 && y >= 0 && x <= view.width && y <= view.height);
  if (name === "clear") return tell(state, () => false);
  if (name === "lasso" || name === "move") state.tool = name;
  for (const button of state.bar.children) {
    const { tool } = button.dataset;
    if (tool === "lasso" || tool === "move") button.setAttribute("aria-pressed", tool === state.tool);
  }
  state.field.classList.toggle("moving", state.tool === "move");
  repaint(state);
}

function tell(state, inside) {
  const mask = new Uint8Array(state.count);
  for (let row = 0; row < state.count; row++) mask[row] = !hiddenRow(state, row) && inside(...placeOf(state, row), row);
  state.chosen = mask;
  restyle(state);
  state.root.closest(".blocks").tell("lasso", { frame: state.data.frame, rows: packed(mask) });
}

function placeOf(state, row) {
  return onScreen(state.view, state.places[2 * row] / 65535, state.places[2 * row + 1] / 65535);
}

function press(state, event) {
  if (event.button) return;
  event.preventDefault();
  state.field.focus({ preventScroll: true });
  state.field.setPointerCapture(event.pointerId);
  state.line = [at(state, event)];
  show(state, -1);
}

function drag(state, event) {
  const here = at(state, event);
  if (!state.line) {
    state.hover = here;
    return show(state, nearest(state, ...here));
  }
  const last = state.line.at(-1);
  const [x, y] = [here[0] - last[0], here[1] - last[1]];
  if (Math.hypot(x, y) < 3) return;
  state.line.push(here);
  if (state.tool === "move") moveBy(state, x, y);
  repaint(state);
}

function release(state, event) {
  const { line } = state;
  state.line = null;
  if (!line) return;
  repaint(state);
  if (line.length < 3) return choose(state, nearest(state, ...at(state, event)));
  if (state.tool === "lasso") tell(state, within(line));
}

function choose(state, row) {
  if (row >= 0) tell(state, (_x, _y, other) => other === row);
}

function within(line) {
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

function nearest(state, x, y) {
  let [found, least] = [-1, NEAR * NEAR];
  for (let row = 0; row < state.count; row++) {
    const [px, py] = placeOf(state, row);
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least && !hiddenRow(state, row)) [found, least] = [row, far];
  }
  return found;
}

function moveBy(state, x, y) {
  state.view.x -= x / state.view.across;
  state.view.y += y / state.view.up;
  repaint(state);
}

function zoomBy(state, times, x, y) {
  const { view } = state;
  const [fixedX, fixedY] = inPlace(view, x, y);
  const zoom = Math.min(DEEPEST, Math.max(0.8, view.zoom * times));
  const change = zoom / view.zoom;
  Object.assign(view, { zoom, x: fixedX + (view.x - fixedX) / change, y: fixedY + (view.y - fixedY) / change });
  repaint(state);
}

function wheel(state, event) {
  event.preventDefault();
  zoomBy(state, Math.exp(-event.deltaY / 400), ...at(state, event));
}

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function steer(state, event) {
  const { view } = state;
  const arrow = ARROWS[event.key];
  if (arrow && event.shiftKey) moveBy(state, -arrow[0] * STEP * view.width, -arrow[1] * STEP * view.height);
  else if (arrow) show(state, neighbour(state, arrow));
  else if (event.key === "+" || event.key === "=") useTool(state, "in");
  else if (event.key === "-") useTool(state, "out");
  else if (event.key === "Enter") choose(state, state.at);
  else if (event.key === "Escape") Object.assign(state, { line: null }), show(state, -1), repaint(state);
  else return;
  event.preventDefault();
}

function neighbour(state, [right, down]) {
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

function show(state, row) {
  if (row === state.at) return;
  state.at = row;
  state.tip.hidden = row < 0;
  if (row >= 0) fillTip(state, row);
  repaint(state);
}

function fillTip(state, row) {
  const { side, index } = imageAt(state, row);
  const { names, shade, run } = state.data;
  const sure = state.sure[row] > 0.995 && state.sure[row] < 0.99995 ? state.sure[row].toFixed(4) : state.sure[row] >= 0.99995 ? "> 0.9999" : state.sure[row].toFixed(2);
  const right = state.labels[row] === state.predicted[row] ? "✓" : "✗";
  const words = [`${side === "train" ? "Training" : "Test"} image ${index}`, `labelled ${names[state.labels[row]]}`, `${right} says ${names[state.predicted[row]]} ${sure}`];
  if (state.values.length && !Number.isNaN(state.values[row])) words.push(`${shade.title} ${valueText(state.values[row])}`);
  state.picture.src = `/thumbs/${run}/${side}/${index}`;
  state.picture.alt = words.join(", ");
  state.picture.onload = () => state.picture.classList.toggle("small", state.picture.naturalWidth <= 64);
  state.lines.replaceChildren(...words.map((word, line) => make("div", line ? "" : "first", null, word)));
  place(state);
}

function valueText(value) {
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return (Math.abs(value) < 1e-4 ? value.toExponential(1) : value.toFixed(4)).replace("-", "−");
}

function place(state) {
  const { tip, view } = state;
  const [x, y] = placeOf(state, state.at);
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const fitted = (wish, other, most) => Math.max(0, Math.min(wish + other > most ? wish - other - 28 : wish, most - other));
  tip.style.left = `${view.left + fitted(x + 14, width, view.width)}px`;
  tip.style.top = `${fitted(y + 14, height, view.height)}px`;
}

function drawOver(state) {
  const { over, view, data } = state;
  const pen = over.getContext("2d");
  pen.setTransform(view.density, 0, 0, view.density, 0, 0);
  pen.clearRect(0, 0, over.width, over.height);
  pen.strokeStyle = pen.fillStyle = getComputedStyle(state.root).color;
  pen.paper = getComputedStyle(state.root).getPropertyValue("--st-background-color");
  pen.font = `12px ${getComputedStyle(state.root).fontFamily}`;
  drawTicks(pen, view, data.axes);
  pen.translate(view.left, 0);
  pen.beginPath();
  pen.rect(0, 0, view.width, view.height);
  pen.clip();
  for (const curve of data.curves) drawCurve(pen, view, curve);
  drawRing(pen, state);
  drawLine(pen, state.line && state.tool === "lasso" ? state.line : []);
  placeWords(state);
  if (state.at >= 0) place(state);
}

function drawTicks(pen, view, axes) {
  pen.globalAlpha = 0.75;
  for (const [share, text] of axes.x?.ticks ?? []) {
    const [x] = onScreen(view, share, 0);
    pen.textAlign = "center";
    if (x >= 0 && x <= view.width) pen.fillText(text, view.left + x, view.height + 18);
  }
  for (const [share, text] of axes.y?.ticks ?? []) {
    const [, y] = onScreen(view, 0, share);
    pen.textAlign = "right";
    if (y >= 0 && y <= view.height) pen.fillText(text, view.left - 8, y + 4);
  }
  if (axes.x) pen.strokeRect(view.left + 0.5, 0.5, view.width - 1, view.height - 1);
}

function drawCurve(pen, view, { points, text, dashed, at }) {
  pen.globalAlpha = 0.85;
  pen.lineWidth = 1.5;
  pen.setLineDash(dashed ? [3, 5] : []);
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(...onScreen(view, x, y));
  pen.stroke();
  pen.setLineDash([]);
  if (text && points.length) drawLabel(pen, text, ...onScreen(view, ...points[Math.round(at * (points.length - 1))]));
}

function drawLabel(pen, text, x, y) {
  const ink = pen.strokeStyle;
  pen.textAlign = "right";
  pen.lineWidth = 4;
  pen.strokeStyle = pen.paper; // a rim of the page's colour, so that words can be read on points
  pen.strokeText(text, x - 8, y + 4);
  pen.strokeStyle = ink;
  pen.fillText(text, x - 8, y + 4);
}

function drawRing(pen, state) {
  if (state.at < 0) return;
  pen.globalAlpha = 1;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(...placeOf(state, state.at), state.view.size, 0, 7);
  pen.stroke();
}

function drawLine(pen, line) {
  if (line.length < 2) return;
  pen.beginPath();
  for (const corner of line) pen.lineTo(...corner);
  pen.closePath();
  pen.globalAlpha = 0.08;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.setLineDash([5, 4]);
  pen.stroke();
  pen.setLineDash([]);
}

function placeWords(state) {
  const { view, data, marks } = state;
  data.words.forEach((word, index) => {
    const [x, y] = onScreen(view, word.x, word.y);
    const element = marks.children[index];
    element.hidden = x < 0 || y < 0 || x > view.width || y > view.height;
    Object.assign(element.style, { left: `${view.left + x}px`, top: `${y}px`, transform: `translate(${word.end ? "-100%" : "0"}, ${word.low ? "-100%" : "0"})` });
  });
}

function drawLegend(state) {
  const { legend, data } = state;
  const { shade } = data;
  legend.replaceChildren(make("span", "scatter-legend-title", null, shade.title));
  if (shade.kind === "classes") shade.names.forEach((name, code) => legend.append(legendButton(state, name, code)));
  else legend.append(rampOf(state));
  if (state.tests.includes(1) && state.tests.includes(0)) make("span", "", legend, "hollow: test images");
}

function legendButton(state, name, code) {
  const button = make("button", "scatter-tool");
  Object.assign(button, { type: "button", title: `Show or hide ${name}` });
  make("span", "scatter-mark", button, MARKS[code % MARKS.length]).style.color = CLASS_COLOURS[code % CLASS_COLOURS.length];
  make("span", "", button, name);
  button.setAttribute("aria-pressed", !state.hidden.has(code));
  button.onclick = () => {
    state.hidden.has(code) ? state.hidden.delete(code) : state.hidden.add(code);
    button.setAttribute("aria-pressed", !state.hidden.has(code));
    restyle(state);
  };
  return button;
}

function rampOf(state) {
  const ramp = make("span", "scatter-ramp");
  const stops = RAMPS[dark(state) ? "dark" : "light"];
  make("span", "scatter-ramp-bar", ramp).style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const ticks = make("span", "scatter-ramp-ticks", ramp);
  for (const text of state.data.shade.ticks) make("span", "", ticks, text);
  return ramp;
}
