// What tools/walking.py asks of a page: whether it stands as expected, when it did, and what it shows.

window.users = {
  every: 25, // ms between two looks: on average the page stood half of it earlier
  stood: null,
  roots: [],

  // Looking for shadow roots costs a millisecond, and ten pages look at once: only where one has come or gone.
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

  rows() {
    const galleries = ["▲ argue for", "▼ argue"];
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
    const stands =
      here.path === expected.path &&
      holds(expected.state, here.state) &&
      holds(expected.menus, here.menus) &&
      (!expected.title || here.title === expected.title) &&
      (!expected.image || here.image === expected.image) &&
      (!expected.label || labels.includes(expected.label)) &&
      (!expected.said || said.some((text) => new RegExp(`^${expected.said}$`).test(text))) &&
      pictures.length > 0 &&
      pictures.every((picture) => picture.complete && picture.naturalWidth);
    return { ...here, labels, said, rows: this.rows(), stands };
  },

  arm(expected) {
    let [begun, menu] = [0, null];
    const armed = performance.now();
    window.addEventListener("pointerup", () => (begun = performance.now()), { capture: true, once: true });
    this.stood = new Promise((resolve) => {
      const look = () => {
        this.search();
        const now = performance.now();
        const errors = this.errors();
        // a menu is drawn anew with every page, so the one that was used is gone when the answer stands
        if (begun && !menu?.isConnected && this.shown(expected).stands) resolve({ ms: now - begun, errors });
        else if (errors || now - armed > expected.latest) resolve({ ms: null, errors, shown: this.shown(expected) });
        else setTimeout(look, this.every);
      };
      look();
    });
    if (!expected.choose) return;
    const [name, value] = expected.choose;
    menu = this.all(`select[data-name=${name}]`)[0];
    menu.value = value;
    begun = performance.now();
    menu.dispatchEvent(new Event("change"));
  },
};
