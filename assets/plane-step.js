// A step of the lesson: its panels, its controls, and the one function that draws all of it again after every change.

const STEPS = { 2: RISK, 3: LEAVE, 4: WEIGHT, 5: CURVATURE, 6: OUTLIER };

function makeLesson(root, data) {
  const step = STEPS[data.step];
  const query = new URLSearchParams(window.location.search);
  const lesson = { root, data, step, path: window.location.pathname, past: [], sliders: {}, fitters: new Map(), gesture: null };
  Object.assign(lesson, stateOfAddress(data, step, query));
  lesson.watch = new ResizeObserver((entries) => fitAgain(lesson, entries));
  root.replaceChildren();
  makeBar(lesson, root);
  const bodies = makePanels(lesson, root);
  lesson.say = speaker(liveLine(root));
  lesson.copied = make("span", "said", root.querySelector(".bar"));
  lesson.copied.setAttribute("role", "status");
  step.build(lesson, bodies);
  root.onkeydown = (event) => undoByKey(lesson, event);
  lesson.showMode();
  showPanels(lesson);
  drawLesson(lesson);
  lesson.written = window.location.search;
  return lesson;
}

function liveLine(root) {
  const line = make("p", "unseen", root);
  line.setAttribute("aria-live", "polite");
  return line;
}

function makePanels(lesson, root) {
  const grid = make("div", "panels", root);
  const sides = { left: make("div", "side left", grid), right: make("div", "side right", grid) };
  lesson.sides = sides;
  lesson.panels = {};
  const bodies = {};
  for (const [name, title, side] of lesson.step.panels) {
    const panel = make("section", "panel", sides[side]);
    const head = make("h3", "", panel, title);
    head.id = `plane-panel-${name}`;
    panel.setAttribute("aria-labelledby", head.id);
    lesson.panels[name] = panel;
    bodies[name] = make("div", "body", panel);
  }
  return bodies;
}

function showPanels({ panels, hidden, sides }) {
  for (const [name, panel] of Object.entries(panels)) panel.hidden = hidden.has(name);
  for (const side of Object.values(sides)) side.hidden = [...side.children].every((panel) => panel.hidden);
}

function fitAgain(lesson, entries) {
  const moved = entries.map(({ target }) => lesson.fitters.get(target)()).some(Boolean);
  if (moved) drawLesson(lesson);
}

function drawLesson(lesson) {
  drawBar(lesson);
  lesson.step.draw(lesson);
}

function undoByKey(lesson, event) {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.target.matches("input")) return;
  event.preventDefault();
  undo(lesson);
}

/** What of the data and the address makes a figure another one. */
function identityOf(data) {
  return JSON.stringify([data.step, data.preset, data.seed, data.points]);
}

export default function (component) {
  const root = component.parentElement.querySelector(".plane");
  const identity = identityOf(component.data);
  const same = root.lesson && root.identity === identity && root.lesson.written === window.location.search;
  if (same) root.lesson.data = component.data;
  else {
    root.lesson?.watch.disconnect();
    clearTimeout(root.lesson?.writing);
    root.identity = identity;
    root.lesson = makeLesson(root, component.data);
  }
}
