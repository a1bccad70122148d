// What tools/walking.py asks of a page: whether it stands as expected, when it did, and what it shows.

window.users = {
  // ms between two looks, and which part of what a click took that is at most: thirty pages that wait must not keep the
  // machine busy by looking. On average a page stood half of it earlier.
  every: 25,
  part: 0.08,
  settled: "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]",
  roots: [],

  all(selector) {
    if (!this.roots.length || this.roots.some((root) => root.host && !root.host.isConnected)) this.search();
    return this.roots.flatMap((root) => [...root.querySelectorAll(selector)]);
  },

  search() {
    this.roots = [document];
    for (const root of this.roots)
      for (const element of root.querySelectorAll("*")) if (element.shadowRoot) this.roots.push(element.shadowRoot);
  },

  here() {
    const address = new URL(window.location.href);
    const image = this.all(".gallery.single .tile img")[0];
    const [, side, index] = image?.dataset.source.match(/\/(train|test)\/(\d+)$/) ?? [];
    const menus = Object.fromEntries(this.all(".menus select").map((menu) => [menu.dataset.name, menu.value]));
    const title = this.all("h1")[0]?.textContent;
    const shown = {
      path: address.pathname,
      state: Object.fromEntries(address.searchParams),
      menus,
      title,
      image: side ? `/${side}/${index}` : "",
    };
    return side ? { ...shown, [side]: Number(index) } : shown;
  },

  errors() {
    return this.all("[data-testid=stException], [data-testid=stAlertContentError], [role=dialog]")
      .map((element) => element.textContent)
      .join(" ");
  },

  rows(galleries = ["▲ argue for", "▼ argue"]) {
    return galleries.map((label) =>
      this.all(`.gallery[aria-label^="${label}"] .tile`).map((tile) => Number(tile.dataset.id)),
    );
  },

  shown(expected) {
    const here = this.here();
    const holds = (some, whole) => Object.entries(some ?? {}).every(([name, value]) => whole[name] === value);
    const labels = this.all(".section.narrow .facts dd").map((element) => element.textContent);
    const said = this.all(".said").map((element) => element.textContent);
    const pictures = this.all(".gallery img");
    const reads = ([selector, words]) => this.all(selector).some((element) => element.textContent === words);
    const stands =
      here.path === expected.path &&
      // an explanation stands with the menus that say what it explains
      (here.path !== "/explain" || ("method" in here.menus && "target" in here.menus)) &&
      (expected.reads ?? []).every(reads) &&
      holds(expected.state, here.state) &&
      holds(expected.menus, here.menus) &&
      (!expected.title || here.title === expected.title) &&
      (!expected.image || here.image === expected.image) &&
      (!expected.label || labels.includes(expected.label)) &&
      (!expected.said || said.some((text) => new RegExp(`^${expected.said}$`).test(text))) &&
      pictures.length > 0 &&
      pictures.every((picture) => picture.complete && picture.naturalWidth);
    return { ...here, labels, said, rows: this.rows(expected.galleries), stands };
  },

  // Press an element as a person does, and tell what became of it. Looking from outside would cost more than the page.
  press(element, expected) {
    element.scrollIntoView({ block: "nearest" });
    const begun = performance.now();
    element.click();
    return this.outcome(expected, begun);
  },

  choose(name, value, expected) {
    const menu = this.all(`select[data-name=${name}]`)[0];
    menu.value = value;
    const begun = performance.now();
    menu.dispatchEvent(new Event("change"));
    // a menu is drawn anew with every page, so the one that was used is gone when the answer stands
    return this.outcome(expected, begun, () => !menu.isConnected);
  },

  back(moves, expected) {
    const begun = performance.now();
    window.history.go(-moves);
    return this.outcome(expected, begun);
  },

  // When the page stood, what was wrong, and what it shows once it has come to rest.
  async outcome(expected, begun, answered = () => true) {
    const late = () => performance.now() - begun > expected.latest;
    let [ms, errors] = [null, ""];
    while (ms === null && !errors && !late()) {
      await this.pause(begun);
      this.search();
      errors = this.errors();
      if (answered() && this.shown(expected).stands) ms = performance.now() - begun;
    }
    while (ms !== null && !late() && !document.querySelector(this.settled)) await this.pause(begun);
    this.search();
    return { ms, errors, shown: this.shown(expected) };
  },

  pause(begun) {
    const next = Math.max(this.every, this.part * (performance.now() - begun));
    return new Promise((resolve) => setTimeout(resolve, next));
  },
};
