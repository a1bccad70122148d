"""axe-core on a page of the program, in both themes."""

from tests.support.chromium import POLLING_MS, SETTLED

THEMES = ("light", "dark")
# The other theme has other colours and nothing else.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# The theme by its background: .streamlit/config.toml has both.
THEME = "() => { const [red] = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/g); return red > 128 ? 'light' : 'dark'; }"
# Each of axe's colours keeps its parts in six of the language's weak maps, which took a third of its time: here they lie on the
# colour itself.
ON_OBJECTS = """
class WeakMap {
  #key = Symbol();
  get(holder) { return holder[this.#key]; }
  has(holder) { return Object.hasOwn(holder, this.#key); }
  set(holder, value) { holder[this.#key] = value; return this; }
  delete(holder) { return delete holder[this.#key]; }
}
class WeakSet extends WeakMap {
  add(holder) { return this.set(holder, true); }
}
"""
# axe reads the few colours of a page some ten thousand times, which is half of its time: here each is read once.
COLOURS_ONCE = """() => {
  const { prototype } = axe.commons.color.Color, read = prototype.parseString, known = new Map();
  prototype.parseString = function (text) {
    if (!known.has(text)) {
      const { r, g, b, alpha } = read.call(this, text);  // what is no colour is an error, and not kept
      known.set(text, { r, g, b, alpha });
    }
    return Object.assign(this, known.get(text));
  };
}"""

# Rules that make of all that they find something moderate or minor are not asked, and the HTML around what is found is not
# copied: neither is read here.
GRAVE_ALONE = """() => {
  for (const rule of axe._audit.rules) rule.enabled &&= !["moderate", "minor"].includes(rule.impact);
  axe.configure({ noHtml: true });
}"""


def bring(page):
    """Load axe into a page; it stays until the page is loaded anew."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(f"(() => {{ {ON_OBJECTS} {AXE_SCRIPT} }})()")
    page.evaluate(COLOURS_ONCE)
    page.evaluate(GRAVE_ALONE)


def violations(page, options):
    found = page.evaluate("(options) => axe.run(document, options)", {"resultTypes": ["violations"]} | options)
    grave = [each for each in found["violations"] if each["impact"] in {"serious", "critical"}]
    return [(each["id"], node["target"], node["failureSummary"]) for each in grave for node in each["nodes"]]


def in_each_theme(page):
    """What axe finds in the page's theme and in the other, which stays: each change draws all of the page anew."""
    page.locator(SETTLED).wait_for()  # what is about to be replaced is drawn paler
    first = page.evaluate(THEME)
    (other,) = set(THEMES) - {first}
    found = {first: violations(page, {})}
    page.emulate_media(color_scheme=other)  # the page follows the system's setting at once
    page.wait_for_function(f"(theme) => ({THEME})() === theme", arg=other, polling=POLLING_MS)
    return found | {other: violations(page, COLOURS)}


CLEAN = {theme: [] for theme in THEMES}
