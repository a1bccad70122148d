// The review queue: one image large, its neighbours as a strip, keys for every decision. Moving happens here, from what the
// server sent; decisions go to the server (outbox.js), and the screen says "saved" when it has them on disk.

const STEPS = { " ": 1, ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const AHEAD = 16; // pictures fetched before they are asked for: three seconds of a person in a hurry
const STRIP = 5; // neighbours a side
const DIGITS = 9;
const WORDS = { x: ["exclude", "excluded"], k: ["keep", "kept"] };
const HELP = [
  ["1 … 9", "give it this label"],
  ["X", "exclude it from the training set"],
  ["K", "keep it: its label is right"],
  ["U", "undo your last edit"],
  ["R", "do it again"],
  ["Space → ↓", "next image"],
  ["← ↑", "previous image"],
  ["?", "show these keys; Escape closes them"],
];

let reviewer = null; // the queue that keys go to

function reviewOf(root) {
  const state = { root, entries: [], at: 0, pictures: new Map() };
  const head = make("div", "review-head", root);
  state.progress = make("p", "review-progress", head);
  state.said = make("p", "said", head);
  state.said.setAttribute("role", "status");
  state.strip = make("div", "review-strip", root);
  state.strip.setAttribute("role", "group");
  state.strip.setAttribute("aria-label", "Neighbours in the queue");
  const body = make("div", "review-body", root);
  state.frame = make("div", "frame review-picture", body);
  state.image = make("img", "", state.frame);
  state.image.onload = () => ready(state.image);
  const side = make("div", "review-side", body);
  state.title = make("h3", "title", side);
  state.decided = make("p", "review-decided", side);
  state.actions = make("div", "acts", side);
  state.reason = make("p", "sentence", side);
  state.evidence = make("div", "review-evidence", side);
  state.does = make("div", "review-does", root);
  state.help = helpOf(root);
  return state;
}

function helpOf(root) {
  const dialog = make("dialog", "review-help", root);
  dialog.setAttribute("aria-label", "Keys");
  make("h3", "title", dialog, "Keys");
  const list = make("dl", "facts", dialog);
  for (const [key, words] of HELP) {
    make("dt", "", list, key);
    make("dd", "", list, words);
  }
  const close = make("button", "act", dialog, "Close");
  Object.assign(close, { type: "button", onclick: () => dialog.close() });
  return dialog;
}

function drawReview(root, data) {
  const state = (root.review ??= reviewOf(root));
  const before = state.entries[state.at]?.id;
  const fresh = state.data?.token !== data.token;
  Object.assign(state, { data, entries: data.entries });
  for (const [id, picture] of Object.entries(data.inline)) state.pictures.set(id, picture);
  const settled = settle(root, data.answers);
  const told = settled.filter((answer) => answer.done && ["undo", "redo"].includes(answer.item.action)).at(-1);
  const place = (id) => state.entries.findIndex((entry) => entry.id === id);
  const [undone, now] = [place(String(told?.row)), place(fresh ? data.open : before)];
  state.at = Math.max(0, undone < 0 ? now : undone);
  state.progress.textContent = data.progress;
  drawSaid(state.said, root, settled);
  if (fresh) drawActions(state);
  drawEntry(state);
  if (reviewer !== state) {
    reviewer = state;
    window.addEventListener("keydown", pressed, true); // before Streamlit's own keys; a second time changes nothing
  }
}

// What a key or a button does

function pressed(event) {
  if (!reviewer?.root.isConnected) {
    window.removeEventListener("keydown", pressed, true);
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && key !== "?")) return;
  if (reviewer.help.open || busyElement(event.composedPath()[0], key) || !perform(reviewer, key)) return;
  event.preventDefault();
  event.stopPropagation();
}

function busyElement(element, key) {
  if (!(element instanceof Element)) return false;
  if (element.closest("input, textarea, select, [contenteditable], [role=textbox], [role=combobox], [role=listbox], [role=application]")) return true;
  const moves = key === " " || (key.startsWith("Arrow") && element.closest(".tile"));
  return Boolean(moves && element.closest("button, a, summary, [role=button]"));
}

function perform(state, key) {
  const { classes } = state.data;
  if (key in STEPS) stepBy(state, STEPS[key]);
  else if (key === "?") state.help.showModal();
  else if (key === "u" || key === "r") ask(state, key === "u" ? "undo" : "redo", []);
  else if (key in WORDS) decide(state, WORDS[key][0], "", WORDS[key][1]);
  else if (/^[1-9]$/.test(key) && classes[key - 1] !== undefined) decide(state, "relabel", classes[key - 1], `→ ${classes[key - 1]}`);
  else return false;
  return true;
}

function decide(state, action, value, words) {
  const entry = state.entries[state.at];
  if (!entry) return;
  state.data.done[entry.id] = `${words} …`;
  ask(state, action, [Number(entry.id)], value);
  state.at + 1 < state.entries.length ? stepBy(state, 1) : drawEntry(state);
}

function ask(state, action, rows, value = "") {
  state.said.classList.remove("failed");
  state.said.textContent = "Saving …";
  post(state.root, { run: state.data.run, action, rows, value });
}

function stepBy(state, step) {
  const at = state.at + step;
  if (at in state.entries) openAt(state, at);
  else state.said.textContent = `This is the ${step > 0 ? "last" : "first"} image of this part of the queue.`;
}

function openAt(state, at) {
  state.at = at;
  drawEntry(state);
  const address = new URL(window.location.href);
  address.searchParams.set("train", state.entries[at].id);
  window.history.replaceState(window.history.state, "", address);
}

// How it looks

function drawActions(state) {
  const { classes } = state.data;
  const shown = classes.slice(0, DIGITS).map((name, row) => [String(row + 1), name, `Label it ${name}`]);
  const keys = [...shown, ["x", "Exclude", "Leave it out of the training set"], ["k", "Keep", "Its label is right"], ["u", "Undo", "Undo your last edit"],
    ["r", "Redo", "Do it again"], ["ArrowLeft", "Previous", "The image before"], ["ArrowRight", "Next", "The next image"], ["?", "Keys", "Show all keys"]];
  state.actions.replaceChildren(...keys.map(([key, label, title]) => actionOf(state, key, label, title)));
  if (classes.length > DIGITS) state.actions.children[DIGITS - 1].after(restOf(state, classes));
}

function actionOf(state, key, label, title) {
  const button = make("button", "act review-act");
  Object.assign(button, { type: "button", title });
  make("kbd", "", button, { ArrowLeft: "←", ArrowRight: "→" }[key] ?? key.toUpperCase());
  make("span", "", button, label);
  button.dataset.key = key;
  button.onclick = (event) => {
    perform(state, key);
    if (event.detail) button.blur(); // after a click with the mouse the space bar means the next image
  };
  return button;
}

function restOf(state, classes) {
  const select = make("select", "act");
  select.setAttribute("aria-label", "Another label");
  make("option", "", select, "Another label …").value = "";
  for (const name of classes.slice(DIGITS)) make("option", "", select, name);
  select.onchange = () => {
    const name = select.value;
    select.value = "";
    select.blur();
    if (name) decide(state, "relabel", name, `→ ${name}`);
  };
  return select;
}

function pictureOf(state, entry) {
  return state.pictures.get(entry.id) || entry.src;
}

function drawEntry(state) {
  const entry = state.entries[state.at];
  if (!entry) return;
  showPicture(state, state.image, entry);
  state.image.alt = entry.alt;
  state.title.textContent = entry.title;
  const done = state.data.done[entry.id] ?? "";
  state.decided.textContent = done ? `Decided: ${done}` : "Not decided yet";
  state.decided.classList.toggle("open", !done);
  state.reason.textContent = entry.reason;
  for (const button of state.actions.children) button.classList.toggle("on", Boolean(done) && matches(state, button.dataset.key, done));
  state.evidence.replaceChildren(...state.data.rankings.map((part) => evidenceOf(part, entry)));
  drawDoes(state, entry);
  drawStrip(state);
  for (const next of state.entries.slice(state.at + 1, state.at + 1 + AHEAD)) fetchAhead(state, next);
}

function showPicture(state, image, entry) {
  if (image.dataset.id === entry.id) return;
  image.dataset.id = entry.id;
  image.src = pictureOf(state, entry);
}

function fetchAhead(state, entry) {
  if (state.pictures.has(entry.id)) return;
  const image = new Image();
  image.src = entry.src;
  image.onload = () => state.pictures.set(entry.id, entry.src); // it stands in the browser's own store now
}

function matches(state, key, done) {
  const words = WORDS[key]?.[1] ?? `→ ${state.data.classes[key - 1]}`;
  return done === words || done === `${words} …`;
}

function evidenceOf({ title, names }, entry) {
  const part = make("div", "");
  make("h4", "", part, title);
  const list = make("dl", "facts", part);
  for (const [name, label] of Object.entries(names)) {
    make("dt", "", list, label);
    make("dd", entry.evidence[name].strong ? "" : "weak", list, entry.evidence[name].words);
  }
  return part;
}

function drawDoes(state, entry) {
  const words = make("p", "sentence", null, entry.does);
  const doors = make("div", "");
  drawDoors(doors, { links: entry.links });
  const gallery = make("div", "gallery");
  gallery.setAttribute("role", "group");
  gallery.setAttribute("aria-label", "Wrong predictions that it harms most");
  gallery.style.setProperty("--tile", "84px");
  fillTiles(gallery, entry.harmed.map(([test, score]) => harmedTile(state, test, score)));
  const heading = make("h4", "", null, "Wrong predictions that it harms most");
  state.does.replaceChildren(words, ...(entry.harmed.length ? [heading, gallery] : []), doors);
}

function harmedTile(state, test, score) {
  const tile = state.data.tests[test];
  return { ...tile, lines: [tile.lines[0], score, tile.lines[1]], sign: "harmful", alt: `${tile.alt}; harmful, score ${score.slice(2)}` };
}

function drawStrip(state) {
  const { strip, at, entries } = state;
  const width = Math.min(2 * STRIP + 1, entries.length);
  const first = Math.max(0, Math.min(at - STRIP, entries.length - width));
  while (strip.children.length > width) strip.lastChild.remove();
  while (strip.children.length < width) make("button", "review-near", strip).append(nearFrame(), make("span", "line"));
  [...strip.children].forEach((button, place) => fillNear(state, button, first + place));
}

function nearFrame() {
  const frame = make("div", "frame");
  const image = make("img", "", frame);
  image.onload = () => ready(image);
  return frame;
}

function fillNear(state, button, at) {
  const entry = state.entries[at];
  const done = state.data.done[entry.id] ?? "";
  showPicture(state, button.querySelector("img"), entry);
  button.querySelector("img").alt = `${at + 1} in the queue: ${entry.alt}${done ? `, ${done}` : ""}`;
  button.lastChild.textContent = done || String(at + 1);
  button.lastChild.classList.toggle("first", Boolean(done));
  Object.assign(button, { type: "button", onclick: (event) => (openAt(state, at), event.detail && button.blur()) });
  at === state.at ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current");
}

KINDS.review = drawReview;
