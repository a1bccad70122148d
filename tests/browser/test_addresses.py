"""Any address gives the page or a sentence, and no name of a class or a file becomes more than text, in a real browser.

The data set's own names are programs (:mod:`scripted_names`): what one of them did would stand in ``window.pwned``, which
outlives every move within the app.
"""

import re
from urllib.parse import quote, urlencode

import pytest

from tests.support.addresses import HOSTILE, PAGES, SCRIPT, names, places
from tests.support.chromium import SETTLED, watched
from tests.support.scripted_names import CLASSES, written

# Visit an address as the app does itself, and wait until its script has begun and ended.
VISIT = """address => new Promise((resolve, reject) => {
  const app = document.querySelector("[data-testid=stApp]");
  let begun = false;
  const watch = new MutationObserver(() => {
    const state = app.dataset.testScriptState;
    if (state !== "notRunning") begun = true;
    else if (begun) { watch.disconnect(); requestAnimationFrame(() => requestAnimationFrame(resolve)); }
  });
  watch.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  window.history.pushState({}, "", address);
  // Streamlit loses a move that comes within milliseconds of the last one's end; a person is never so quick.
  const move = () => begun || window.dispatchEvent(new PopStateEvent("popstate")) && setTimeout(move, 1000);
  move();
  setTimeout(() => reject(new Error(`no answer at ${address}`)), 60000);
})"""
# What a name of the data set, or an address, would have made of itself; components live in shadow roots.
FOREIGN = """() => {
  const found = [], roots = [document];
  const marks = "img[src=x], img[src*='x.png'], [onerror], [onload], [onclick], a[href^='javascript:' i], .katex, iframe";
  for (const root of roots) {
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) roots.push(element.shadowRoot);
    found.push(...[...root.querySelectorAll(marks)].map((element) => element.outerHTML.slice(0, 200)));
  }
  return found;
}"""
TEXT = """() => [document.body.innerText, ...[...document.querySelectorAll("*")].flatMap(
  (element) => [...(element.shadowRoot?.querySelectorAll(".blocks, .plane") ?? [])].map((part) => part.innerText))].join("\\n")"""


@pytest.fixture(scope="module", autouse=True)
def run_id(run, alone):
    """A run whose names are programs, audited, laid out, grouped; the drawn one stands beside it."""
    from explorer.models.custom.spec import NetworkSpec
    from explorer.runs.build.builder import build
    from explorer.runs.build.request import Config
    from explorer.runs.edits import edit_log
    from explorer.runs.results import audit, duplicates, groups, projection
    from explorer.runs.store import point

    folder = alone / "pictures"
    folder.mkdir()
    point("other", run.id)
    config = Config(str(written(folder)), "small-cnn", l2=0.01, own=NetworkSpec(size=16))
    built = build(config, "default", lambda *_: None)
    audit.audit_run(built, "all")
    groups.find_groups(built)
    duplicates.find_duplicates(built)
    projection.project_run(built, "pca", lambda *_: None)
    edited = {"relabel": built.class_names[1 - min(1, built.train_labels[0])], "tag": SCRIPT, "note": SCRIPT}
    edit_log.record_edits(built, [edit_log.Change("train", 0, action, value) for action, value in edited.items()])
    return built.id


@pytest.fixture(scope="module")
def tab(browser, server):
    """One tab in which all visits happen; whatever ran in it is still known at the end."""
    with watched(browser) as page:
        page.goto(f"{server}/")
        page.locator(SETTLED).wait_for()
        yield page
        assert page.evaluate("window.pwned") is None


def visited(tab, address):
    """Visit an address; return the words of what stands there, after checking that it is a page or a sentence."""
    tab.evaluate(VISIT, address)
    return checked(tab, address)


def checked(tab, address):
    tab.locator("h1, [data-testid=stAlert]").first.wait_for()
    assert tab.evaluate("window.pwned") is None, address
    assert tab.evaluate(FOREIGN) == [], address
    assert tab.locator("[data-testid=stException]").count() == 0, address
    said = tab.evaluate(TEXT)
    assert "Traceback" not in said, address
    return said


def test_names_that_are_programs_are_read_as_text_on_every_page(tab):
    said = {}
    for page, state in places():
        said[page, *state.values()] = visited(tab, f"/{page if page != 'overview' else ''}?{urlencode(state)}")
    for name in CLASSES:
        assert name in said["overview",]
        assert name in said["explain",]
    assert any(name in said["retrain",] for name in CLASSES)


# A value's turn comes with every page and every state, and the parameters take turns, too: the values that could become HTML
# or an address, and those that a browser or a server may cut or translate.
SAMPLE = [value for value in HOSTILE if any(mark in value for mark in "<(:\0\r\u202e") or len(value) > 100]


def test_hostile_values_of_every_parameter_get_the_page_or_a_sentence(tab):
    read = [name for name in names() if name not in ("view", "step", "picture")]
    for turn, page in enumerate(page for page in PAGES for _ in range(3)):
        state = {name: SAMPLE[(turn + place) % len(SAMPLE)] for place, name in enumerate(read)}
        state = {"run": "default", "view": "", "step": ""} | ({} if turn % 3 == 0 else state)
        state |= {0: {"run": SAMPLE[turn % len(SAMPLE)]}, 1: {"run": "default"}, 2: {"run": "other"}}[turn % 3]
        visited(tab, f"/{page if page != 'overview' else ''}?{urlencode(state)}")


RAW = {
    "explain?test=%00": "a zero byte",
    "explain?test=%FF%FE": "no UTF-8",
    "explain?test=1&test=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E": "given twice",
    "explain?test": "a name alone",
    "explain?=1&&&=": "a value alone",
    "explain?%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E=1": "a name that is HTML",
    "explain?test=3#%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E": "a fragment",
    "explain/etc/passwd?test=3": "a path below a page",
    "learn?step=2&points=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E&hide=%3Cb%3E&star=1e999,nan&row=-1": "read in the browser",
    "suspects?view=groups&selection=../../../etc/passwd": "a key that is a path",
}


@pytest.mark.parametrize("address", RAW, ids=RAW.get)
def test_an_address_that_is_typed_gets_the_page_or_a_sentence(tab, server, address):
    tab.goto(f"{server}/{address}")
    tab.locator(SETTLED).wait_for()
    tab.locator("h1, [data-testid=stAlert]").first.wait_for()
    assert "root:" not in checked(tab, address)


def test_a_page_that_is_html_does_not_exist(browser, server):
    context = browser.new_context()  # Streamlit writes that into the console too
    page = context.new_page()
    page.goto(f"{server}/{quote(SCRIPT)}")
    page.get_by_text("Page not found").wait_for()
    checked(page, SCRIPT)
    context.close()


@pytest.mark.parametrize(
    "path", ["thumbs/%3Cscript%3E/train/0", "thumbs/default/%3Cscript%3E/0", "explain/..%2F..%2Fetc/passwd"]
)
def test_what_is_no_page_repeats_an_address_as_plain_text_at_most(tab, server, path):
    answer = tab.request.get(f"{server}/{path}")
    assert answer.status in (400, 404)
    assert answer.headers.get("content-type", "text/plain").startswith("text/plain")


def test_what_is_hovered_opened_and_pressed_shows_names_as_text(tab):
    visited(tab, "/explain?test=1")
    tab.locator(".gallery .tile").first.hover()
    tab.get_by_role("link", name="Prove it: leave images out").click()
    tab.get_by_role("combobox", name="Leave out").click()
    tab.keyboard.press("Escape")
    tab.get_by_text(
        "relabelling", exact=True
    ).click()  # a set to leave out may be known: Overview has it found in the background
    tab.get_by_role("button", name="Find a flipping set").click()
    tab.get_by_text(re.compile("With other labels on|No set of images was found")).first.wait_for()
    checked(tab, "explain, proved")
    visited(tab, "/explain?test=1&picture=own")
    tab.get_by_text("Drop a picture here").wait_for()
    checked(tab, "explain, a picture")
