// A page as one element: blocks from top to bottom, each reused from one drawing to the next where its kind stays.
// Kinds of few pages come with a file of their own that names them here. Class and file names reach the page as text only, never as HTML.

const KINDS = { head: drawHead, text: drawText, menus: drawMenus, doors: drawDoors, columns: drawColumns, gallery: drawGallery, bars: drawBars, tug: drawTug, tabs: drawTabs, acts: drawActs, prose: drawProse };

function make(tag, className, parent, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  parent?.append(element);
  return element;
}

function say(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

function visit(address) {
  // Streamlit answers a move in the history with one run of the page that the address names: the shortest way.
  window.history.pushState({}, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

function follow(event) {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  link.classList.add("chosen");
  visit(link.href);
}

function drawHead(root, data) {
  const line = make("div", "line-of-head");
  const title = make("div", "title-of-head", line);
  make("h1", "", title, data.title);
  if (data.menus.length) drawMenus(make("div", "", line), data);
  root.replaceChildren(line, make("p", "question", null, data.question));
  if (data.about.length) title.append(aboutOf(root, data));
  for (const notice of data.notices) make("p", "notice", root, notice).setAttribute("role", "note");
}

function aboutOf(root, data) {
  const button = make("button", "about-button", null, "About this page");
  const answers = make("div", "about", root);
  answers.append(...data.about.map(built));
  const open = (shown) => {
    root.about = shown && data.title;
    answers.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
  };
  open(root.about === data.title);
  Object.assign(button, { type: "button", onclick: () => open(answers.hidden) });
  root.onkeydown = ({ key }) => {
    if (key !== "Escape" || answers.hidden) return;
    open(false);
    button.focus();
  };
  return button;
}

function drawText(root, data) {
  root.replaceChildren(make(data.tag, data.quiet ? "small" : "sentence", null, data.text));
}

function drawDoors(root, data) {
  root.classList.add("doors");
  root.replaceChildren();
  for (const { label, href } of data.links) {
    const link = make(href ? "a" : "span", "door", root, label);
    if (href) link.href = href;
    else link.setAttribute("aria-disabled", "true");
  }
}

function drawColumns(root, data) {
  root.classList.add("columns");
  while (root.children.length > data.columns.length) root.lastChild.remove();
  data.columns.forEach(({ share, blocks }, index) => {
    const column = root.children[index] ?? make("div", "column-of-blocks", root);
    column.style.flexGrow = share;
    drawBlocks(column, blocks);
  });
}

function drawBlocks(root, blocks) {
  while (root.children.length > blocks.length) root.lastChild.remove();
  blocks.forEach((block, index) => {
    let drawn = root.children[index];
    if (drawn?.dataset.kind !== block.kind) {
      const made = make("div", "block");
      made.dataset.kind = block.kind;
      drawn ? drawn.replaceWith(made) : root.append(made);
      drawn = made;
    }
    KINDS[block.kind](drawn, block);
  });
}

export default function (component) {
  const root = component.parentElement.querySelector(".blocks");
  root.tell = component.setTriggerValue;
  drawBlocks(root, component.data.blocks);
  drawWords(root, component.data.words);
  root.onclick = follow;
}
