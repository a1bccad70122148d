"""axe-core on every page and view, in both themes: nothing serious and nothing critical.

Slow, because axe looks at every element of every page twice, for two seconds a page.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.core.progress import silent
from explorer.runs import jobs
from explorer.runs.database import database
from explorer.runs.edits import edit_log
from explorer.runs.edits.refit import refit_edited
from explorer.runs.results import duplicates
from explorer.runs.results.agreement import RemovalSample, measure_agreement
from explorer.runs.results.audit import load_audit
from explorer.runs.results.cleaning import cleaning_curve
from explorer.runs.results.groups import find_groups
from explorer.runs.work import table
from tests.support import axe
from tests.support.audits import with_audit
from tests.support.chromium import HARMFUL, MAP, POLLING_MS, loaded_once, tiles, watched

pytest.importorskip("axe_playwright_python.base")
MAIN = Path(__file__).parents[2] / "explorer/app/frame/main.py"
# Beside every page of the navigation: views that have an address of their own, and states behind a click.
VIEWS = {
    "explain": ("test=3", "test=3&picture=own"),
    "training_image": ("train=3",),
    "suspects": tuple(
        f"trusted=even&view={view}" for view in ("queue", "outliers", "groups", "duplicates", "cell", "cleaning")
    ),
    "compare": ("test=3", "what=runs"),
    "map": ("projection=pca",),
    "data": ("", "manage=cleaned"),
    "learn": (
        *(f"view=lesson&step={step}" for step in range(1, 9)),
        "view=game",
        "view=experiments",
        "view=words",
        "view=teach",
        "view=teach&sheet=1",
    ),
}
# axe judges the contrast only of what the window shows; no page is longer.
HEIGHT = 9000
STANDS = """(title) => {
  const roots = [...document.querySelectorAll('*')].map((each) => each.shadowRoot).filter(Boolean);
  const drawn = roots.every((root) => root.querySelector('.blocks')?.children.length !== 0);
  return drawn && roots.some((root) => root.querySelector('h1')?.textContent === title);
}"""


def pages():
    tree = ast.parse(MAIN.read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    return ast.literal_eval(next(node.value for node in assigned if node.targets[0].id == "PAGES"))


def addresses():
    for row, (page, title) in enumerate(pages()):
        for state in VIEWS.get(page, ("",)):
            yield pytest.param(
                f"/{page if row else ''}?{state}", title if row else "Influence Explorer", id=f"{page} {state}".strip()
            )


@pytest.fixture(scope="module")
def worked(run, alone):
    """A home in which every view has something to show: audit, groups, copies, trials, an edit, and a run with it."""
    order = with_audit(run, alone).order
    cleaning_curve(run, load_audit(run, "even"))
    duplicates.find_duplicates(run)
    with pytest.MonkeyPatch.context() as patch:  # one method at one λ: all of them take 40 s
        patch.setattr("explorer.evaluation.groups.STARTS", 1)  # any groups do: ten starts each take four seconds
        find_groups(run)
        patch.setattr(type(run), "methods", [run.default_method])
        patch.setattr("explorer.runs.results.agreement.L2_TIMES", ())
        measure_agreement(run, RemovalSample(pairs=20, subsets=10), silent)
    edit_log.record_edits(run, [edit_log.Change("train", int(row), "exclude") for row in order[:3]])
    refit_edited(run, "cleaned")


@pytest.fixture(scope="module")
def visit(browser, worked, server):
    """Goes to an address in one page for all, and returns the page when it stands."""
    with watched(browser, height=HEIGHT, color_scheme="light") as page:
        loaded_once(page).goto(f"{server}/data")
        page.locator("h1").wait_for()
        axe.bring(page)

        def go(address, title):
            page.goto(server + address)
            page.wait_for_function(STANDS, arg=title, polling=POLLING_MS)
            return page

        yield go


@pytest.mark.parametrize(("address", "title"), addresses())
def test_axe_finds_nothing_serious(visit, address, title):
    assert axe.in_each_theme(visit(address, title)) == axe.CLEAN


def test_axe_finds_nothing_serious_behind_a_click(visit):
    page = visit("/explain?test=3", "Explain")
    page.get_by_role("link", name="Prove it: leave images out").click()
    page.get_by_role("button", name="Leave out and refit").wait_for()
    page.get_by_role("button", name="About this page").click()
    page.locator(".word").first.hover()
    page.get_by_role("tooltip").wait_for()
    assert axe.in_each_theme(page) == axe.CLEAN
    page.route("**/saliency/**", lambda route: route.fulfill(body="No map here.", content_type="text/plain"))
    tiles(page, HARMFUL).first.focus()
    page.keyboard.press("x")
    page.get_by_role("region", name="Chosen images").wait_for()
    assert axe.in_each_theme(page) == axe.CLEAN
    page.keyboard.press("w")
    page.get_by_text("No map here.").wait_for()
    assert axe.in_each_theme(page) == axe.CLEAN
    page.keyboard.press("Escape")
    page.route("**/saliency/**", lambda route: route.fulfill(body=MAP, content_type="image/png"))
    page.keyboard.press("w")
    page.locator(".lightbox .mapped").nth(1).wait_for()
    assert axe.in_each_theme(page) == axe.CLEAN
    page.keyboard.press("Escape")


@pytest.fixture
def busy(worked):
    """A queue in which a work has failed, one runs (a process that only waits), and one waits for it."""
    process = subprocess.Popen([sys.executable, "-c", "input()", "looks-runs"], stdin=subprocess.PIPE)
    with database() as connection:
        for job, kind in (("looks-runs", "build"), ("waits", "trust"), ("fails", "retrain")):
            table.insert(connection, job, f"busy-{job}", {"kind": kind, "words": [kind, "--run", f"busy-{job}"]})
        table.begin(connection, "fails", 0)
        table.begin(connection, "looks-runs", process.pid)
    table.update("fails", state="failed", message="The disk is full.")
    table.update("looks-runs", {"whole": 0.4, "left": 90}, stage="Features of the training images")
    yield
    for job in jobs.jobs():
        jobs.cancel(job.id)
    process.communicate()


def test_axe_finds_nothing_serious_in_a_queue_of_work(visit, busy):
    page = visit("/data", "Data and models")
    page.get_by_text("busy-waits").first.wait_for()
    page.get_by_text("The disk is full.").wait_for()
    page.locator("[data-testid^=stBaseButton-primary]").first.hover()
    assert axe.in_each_theme(page) == axe.CLEAN


def test_axe_finds_nothing_serious_in_a_presentation(visit, server):
    page = visit("/learn?view=words", "Learn")
    page.goto(f"{server}/learn?step=4&present=1")
    page.get_by_role("heading", name="4. One point, a little more or a little less").wait_for()
    assert axe.in_each_theme(page) == axe.CLEAN
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").get_by_text("next step").wait_for()
    assert axe.in_each_theme(page) == axe.CLEAN
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Keys").wait_for(state="hidden")
    assert "present=1" in page.url


def test_axe_sees_into_the_components(visit):
    page = visit("/learn?view=words", "Learn")
    page.get_by_label("Find a word").evaluate("(field) => field.closest('label').replaceWith(field)")
    page.locator(".entry dd").last.evaluate("(meaning) => (meaning.style.opacity = 0.2)")
    assert {found[0] for found in axe.violations(page, {})} == {"label", "color-contrast"}
