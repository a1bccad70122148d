// A gallery of pictures: tiles are reused from one drawing to the next, so nothing flashes and nothing jumps.
// Class and file names reach the page as text only, never as HTML.

function tileOf(linked) {
  const tile = document.createElement(linked ? "a" : "div");
  const frame = document.createElement("div");
  frame.className = "frame";
  const image = document.createElement("img");
  image.decoding = "async";
  image.onload = () => {
    frame.classList.add("ready");
    image.classList.toggle("small", image.naturalWidth <= 64);
  };
  frame.append(image);
  tile.append(frame);
  tile.className = "tile";
  return tile;
}

function fill(tile, item) {
  const image = tile.querySelector("img");
  if (image.dataset.source !== item.src) {
    tile.firstChild.classList.remove("ready");
    image.dataset.source = item.src;
    image.src = item.inline || item.src;
  }
  image.alt = item.alt;
  tile.title = item.alt;
  tile.classList.remove("chosen");
  if (item.href) {
    tile.href = item.href;
    tile.dataset.id = item.id;
  }
  const lines = [...tile.querySelectorAll(".line")];
  item.lines.forEach((text, row) => {
    const line = lines[row] ?? tile.appendChild(document.createElement("span"));
    line.className = "line" + (row === 0 ? " first" : "") + (row === 1 && item.sign ? " " + item.sign : "");
    line.textContent = text;
  });
  lines.slice(item.lines.length).forEach((line) => line.remove());
}

function isDark(root) {
  const [r, g, b] = (getComputedStyle(root).color.match(/\d+/g) ?? [0, 0, 0]).map(Number);
  return r + g + b > 384;
}

function move(event, tiles) {
  const here = tiles.indexOf(event.target.closest(".tile"));
  const columns = tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -here, End: tiles.length - 1 - here };
  const next = tiles[here + steps[event.key]];
  if (event.key in steps && next) {
    event.preventDefault();
    next.focus();
  }
}

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".gallery");
  const empty = parentElement.querySelector(".empty");
  root.style.setProperty("--tile", `${data.tile}px`);
  root.classList.toggle("single", data.single);
  root.classList.toggle("dark", isDark(empty));
  root.setAttribute("aria-label", data.label);
  empty.textContent = data.items.length ? "" : data.empty;
  empty.hidden = data.items.length > 0;
  while (root.children.length > data.items.length) root.lastChild.remove();
  data.items.forEach((item, index) => {
    let tile = root.children[index];
    if (!tile || (tile.tagName === "A") !== Boolean(item.href)) {
      const made = tileOf(Boolean(item.href));
      tile ? tile.replaceWith(made) : root.append(made);
      tile = made;
    }
    fill(tile, item);
  });
  root.onclick = (event) => {
    const tile = event.target.closest("a.tile");
    if (!tile || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    tile.classList.add("chosen");
    // Streamlit answers a move in the history with one run of the page that the address names: the shortest way.
    window.history.pushState({}, "", tile.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  };
  root.onkeydown = (event) => move(event, [...root.children]);
}
