// The game's pictures: every one can be flagged, and the flags live in the address, so that a link carries them and
// pupils on one server never mix. A flag needs no round trip.

function flagsOf(text) {
  let row = 0;
  return new Set(text ? text.split(".").map((step) => (row += parseInt(step, 36))) : []);
}

function flagsText(flags) {
  return [...flags].sort((a, b) => a - b).map((row, at, rows) => (row - (at ? rows[at - 1] : 0)).toString(36)).join(".");
}

function withFlags(address, flags) {
  const changed = new URL(address, window.location.href);
  flags.size ? changed.searchParams.set("flags", flagsText(flags)) : changed.searchParams.delete("flags");
  return changed.href;
}

function drawHunt(root, data) {
  if (!root.querySelector(".hunt")) {
    const hunt = make("div", "hunt", root);
    for (const part of ["hunt-this", "hunt-galleries", "hunt-flags"]) make("div", part, hunt);
    makeTray(root, hunt.lastChild);
    makeForm(root, make("form", "hunt-form", hunt));
  }
  root.data = data;
  root.flags = flagsOf(new URL(window.location.href).searchParams.get("flags"));
  const [shown, galleries] = root.firstChild.children;
  drawGallery(shown, { sections: [data.image] });
  galleries.replaceChildren(...data.sides.map((side) => sideOf(root, side)));
  galleries.onkeydown = move;
  queueMicrotask(() => paintFlags(root)); // the links below this block are drawn after it
}

function sideOf(root, side) {
  const section = make("section", "section");
  make("h3", "title", section, side.title);
  make("p", "text", section, side.text);
  const gallery = make("div", "gallery", section);
  section.style.setProperty("--tile", `${side.tile}px`);
  gallery.setAttribute("role", "group");
  gallery.setAttribute("aria-label", side.label);
  for (const item of side.tiles) {
    const tile = make("button", "tile flaggable", gallery);
    Object.assign(tile, { type: "button", onclick: () => toggleFlag(root, Number(item.id)) });
    tile.append(...tileOf(false).children);
    fillTile(tile, item);
    tile.dataset.id = item.id;
    make("span", "flag-word", tile).setAttribute("aria-hidden", "true");
  }
  if (!side.tiles.length) make("p", "empty", section, side.empty);
  return section;
}

function makeTray(root, tray) {
  make("h3", "title", tray).setAttribute("role", "status");
  make("div", "hunt-tray", tray).setAttribute("role", "group");
  tray.lastChild.setAttribute("aria-label", "Your flags");
  make("a", "act hand-in", tray, "Hand in");
}

function makeForm(root, form) {
  const label = make("label", "", form, "Found a training picture elsewhere? Its number:");
  const input = make("input", "", label);
  Object.assign(input, { type: "number", min: 0, required: true });
  make("button", "act", form, "Flag it").type = "submit";
  form.onsubmit = (event) => {
    event.preventDefault();
    if (!root.flags.has(Number(input.value))) toggleFlag(root, Number(input.value));
    input.value = "";
  };
}

function toggleFlag(root, row) {
  root.flags.delete(row) || root.flags.add(row);
  window.history.replaceState(window.history.state, "", withFlags(window.location.href, root.flags));
  paintFlags(root);
}

function paintFlags(root) {
  const { flags, data } = root;
  for (const tile of root.querySelectorAll(".flaggable")) {
    const on = flags.has(Number(tile.dataset.id));
    tile.setAttribute("aria-pressed", String(on));
    tile.querySelector(".flag-word").textContent = on ? "⚑ flagged" : "⚐ flag it";
  }
  const [title, tray, hand] = root.querySelector(".hunt-flags").children;
  const words = flags.size ? `${flags.size} ${flags.size === 1 ? "picture" : "pictures"} flagged` : "No picture flagged yet";
  if (title.textContent !== `⚑ ${words}`) title.textContent = `⚑ ${words}`;
  hand.href = data.hand;
  root.querySelector(".hunt-form input").max = data.n - 1;
  const focused = [...tray.children].indexOf(root.getRootNode().activeElement);
  tray.replaceChildren(...[...flags].sort((a, b) => a - b).map((row) => flagOf(root, row)));
  (tray.children[focused] ?? (focused < 0 ? null : tray.lastChild))?.focus();
  for (const link of root.closest(".blocks").querySelectorAll("a[href*='game=']")) link.href = withFlags(link.href, flags);
}

function flagOf(root, row) {
  const button = make("button", "flag-taken");
  const image = make("img", "small", button);
  Object.assign(image, { src: `${root.data.thumbs}/${row}`, alt: `training picture ${row}` });
  Object.assign(button, { type: "button", title: `Take the flag off picture ${row}`, onclick: () => toggleFlag(root, row) });
  button.setAttribute("aria-label", button.title);
  return button;
}

// A link to hand to somebody, whole.
function drawShare(root, data) {
  const href = new URL(data.href, window.location.href).href;
  const label = make("label", "share", null, data.label);
  const line = make("div", "share-line", label);
  const input = make("input", "", line);
  Object.assign(input, { readOnly: true, value: href, onfocus: () => input.select() });
  const button = make("button", "act", line, "Copy link");
  button.type = "button";
  button.onclick = async () => {
    input.select();
    // A page that other machines get without encryption has no clipboard of the newer kind, and a person may forbid it.
    try {
      await navigator.clipboard.writeText(href);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = "✓ Copied";
  };
  root.replaceChildren(label);
  if (data.note) make("p", "small", root, data.note);
}

// What somebody found beside what other ways find with as many looks, as bars on one scale.
function drawStanding(root, data) {
  const list = make("dl", "standing");
  for (const { name, words, share, low, high, own } of data.rows) {
    make("dt", own ? "own" : "", list, name);
    const value = make("dd", own ? "own" : "", list);
    const track = make("span", "standing-track", value);
    track.setAttribute("aria-hidden", "true");
    make("span", "standing-bar", track).style.width = `${100 * share}%`;
    if (high !== null) Object.assign(make("span", "standing-range", track).style, { left: `${100 * low}%`, width: `${100 * (high - low)}%` });
    make("span", "standing-words", value, words);
  }
  root.replaceChildren(list);
  if (data.note) make("p", "small", root, data.note);
}

Object.assign(KINDS, { hunt: drawHunt, share: drawShare, standing: drawStanding });
