"""The walk that the program exists for: from a misclassified cat to its culprits in two clicks, repaired in two more."""

import re

import pytest

from explorer.core.phrases import probability
from explorer.runs.edits import edit_log
from tests.support.chromium import HARMFUL, MAP, POLLING_MS, SETTLED, tiles, visited, visitor

# Counts what a person's hand does, whatever the page does with it; kept over a reload.
COUNT = (
    "addEventListener('click', (e) => e.isTrusted && (sessionStorage.clicks = +(sessionStorage.clicks || 0) + 1), true)"
)


pytestmark = pytest.mark.usefixtures("alone", "unedited")


@pytest.fixture(scope="module")
def person(browser):
    """A visitor whose pages count their clicks, each its own."""
    with visitor(browser, script=COUNT, accept_downloads=True) as context:
        yield context


@pytest.fixture
def visit(person):
    """A watched page that counts its clicks."""
    with visited(person) as page:
        yield page


def clicks(page):
    return int(page.evaluate("sessionStorage.clicks || 0"))


def settled(page):
    page.locator(SETTLED).wait_for()


def test_from_a_misclassified_cat_to_its_repair_in_four_clicks(visit, server, run):
    from explorer.runs.results.explanation import explain
    from explorer.runs.store import open_run

    visit.goto(server)
    visit.get_by_role("link", name="✗ cat → dog").click()
    first = tiles(visit, "Test images").first
    first.wait_for()
    chosen = int(first.get_attribute("data-id"))
    first.click()
    tiles(visit, HARMFUL).first.wait_for()
    assert clicks(visit) == 2
    assert run.class_names[run.test_labels[chosen]] == "cat" != run.class_names[run.predicted[chosen]]
    culprits = [int(tile.get_attribute("data-id")) for tile in tiles(visit, HARMFUL).all()]
    assert culprits == [entry.train_index for entry in explain(run, chosen).harmful]

    settled(visit)
    visit.get_by_role("button", name=f"Exclude the {len(culprits)} that argue for dog (what it said)").click()
    visit.get_by_role("link", name=f"Refit with the {len(culprits)} changes").click()
    visit.wait_for_url(re.compile(rf"/retrain\?.*test={chosen}\b"))
    visit.get_by_role("heading", name="Repaired: the model now says cat").wait_for()
    assert clicks(visit) == 4

    after = open_run("default-edited")
    assert after.class_names[after.predicted[chosen]] == "cat"
    excluded = edit_log.state(run.data_digest).excluded
    assert excluded == {run.picture_row("train", row) for row in culprits}
    assert after.manifest.n_train == run.manifest.n_train - len(culprits)
    visit.locator(".facts dd").first.wait_for()
    settled(visit)
    shown = visit.locator(".facts dd").all_inner_texts()
    for figure in (run.test_probabilities[chosen, 0], after.test_probabilities[chosen, 0]):
        assert probability(float(figure)) in shown

    visit.get_by_role("link", name="Compare both runs").click()
    visit.get_by_role("heading", name=re.compile(r"✓ \d+ predictions? fixed")).wait_for()
    assert visit.locator("select[data-name=before]").input_value() == run.id
    assert visit.locator("select[data-name=after]").input_value() == after.id
    assert tiles(visit, "Put to the test on this machine").first.get_attribute("data-id") == str(chosen)

    summary = visit.get_by_text("As a table: Fixed and broken predictions")
    summary.click()
    table = visit.get_by_role("region", name="Fixed and broken predictions").get_by_role("row")
    with visit.expect_download() as coming:
        visit.get_by_role("button", name="Take along Fixed and broken predictions as CSV").click()
    assert coming.value.suggested_filename == "fixed-and-broken.csv"
    lines = coming.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == table.count() > 1
    assert f"fixed,{chosen},,cat,dog,cat,{run.test_probabilities[chosen, 0]}," in "\n".join(lines)


def test_the_large_picture_is_decided_about_by_a_key(visit, server, run):
    from explorer.runs.edits import edit_log

    visit.goto(f"{server}/explain?test=3")
    culprit = tiles(visit, HARMFUL).first
    culprit.wait_for()
    settled(visit)  # a tile that is drawn again would lose the focus, and the key
    culprit.focus()
    visit.keyboard.press("l")
    visit.get_by_role("button", name="Leave out (O)").wait_for()
    visit.keyboard.press("o")
    row = int(culprit.get_attribute("data-id"))
    visit.get_by_role("dialog").get_by_text(f"Saved: image {row} excluded.").wait_for()
    visit.get_by_role("dialog").get_by_text("left out", exact=True).wait_for()
    assert edit_log.state(run.data_digest).excluded == {run.picture_row("train", row)}


def test_the_surest_mistake_is_repaired_by_its_flipping_set_in_two_clicks_more(visit, server, run):
    from explorer.runs.results.flipping_sets import find_flip
    from explorer.runs.store import open_run

    visit.goto(server)
    visit.get_by_role("link", name="See all that argue for it and against it").click()
    tiles(visit, HARMFUL).first.wait_for()
    chosen = int(re.search(r"test=(\d+)", visit.url)[1])
    before = clicks(visit)
    assert before == 1

    settled(visit)
    visit.get_by_role("link", name="Find a flipping set").click()
    visit.get_by_role("button", name="my changes and refit").click()
    visit.get_by_role("heading", name="Repaired: the model now says cat").wait_for()
    assert clicks(visit) - before == 2
    after = open_run("default-edited")
    assert run.predicted[chosen] != run.test_labels[chosen] == after.predicted[chosen]
    assert after.manifest.n_train == run.manifest.n_train - len(find_flip(run, chosen).rows)


def test_the_case_file_is_downloaded(visit, server, run, tmp_path):
    visit.goto(f"{server}/explain?test=3")
    settled(visit)
    visit.get_by_text("Left out together").wait_for()  # the sentence is completed where it stands
    visit.get_by_role("link", name="Case file").click()
    with visit.expect_download() as coming:
        visit.get_by_role("button", name="Download as one HTML file").click()
    assert coming.value.suggested_filename == f"case-{run.id}-3.html"
    coming.value.save_as(tmp_path / "case.html")
    text = (tmp_path / "case.html").read_text(encoding="utf-8")
    assert "Why does the model call this" in text
    assert f"{server}/explain?run={run.id}&amp;test=3&amp;method=newton" in text


# Components are shadow trees: what has the focus is inside. Its name or its text, and where it leads.
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at === document.body ? '' : `${at.getAttribute('aria-label') ?? at.textContent} ${at.getAttribute('href') ?? ''}`;
}"""


def focus_is(page, words):
    page.wait_for_function(f"(words) => ({FOCUSED})().includes(words)", arg=words, polling=POLLING_MS)


def tab_to(page, words, most, key="Tab"):
    """Press Tab until something with these words has the focus, so often at most."""
    for _ in range(most):
        page.keyboard.press(key)
        if words in page.evaluate(FOCUSED):
            return
    pytest.fail(f"{words!r} is more than {most} stops away.")


def test_keys_alone_go_from_a_wrong_cat_to_its_repair(visit, server, run):
    first, second = (int(row) for row in run.confidently_wrong(0)[:2])
    visit.route("**/saliency/**", lambda route: route.fulfill(body=MAP, content_type="image/png"))
    visit.goto(server)
    tiles(visit, HARMFUL).first.wait_for()
    visit.locator(SETTLED).wait_for()
    tab_to(visit, "Skip to the pictures", most=6)
    visit.keyboard.press("Enter")
    focus_is(visit, f"test={first}")
    visit.keyboard.press("Enter")
    visit.wait_for_url(re.compile("/explain"))
    focus_is(visit, "Explain")

    visit.keyboard.press("?")
    visit.get_by_role("dialog", name="Keys").get_by_text("the next wrong prediction of this class").wait_for()
    visit.keyboard.press("j")
    visit.keyboard.press("Escape")
    visit.keyboard.press("w")
    visit.locator(".lightbox .mapped").nth(1).wait_for()
    visit.keyboard.press("Escape")
    strongest = tiles(visit, HARMFUL).first.get_attribute("href")
    focus_is(visit, strongest)
    assert f"test={first}" in strongest

    visit.keyboard.press("p")
    visit.get_by_text(re.compile("trials? of this run: on the line")).wait_for()
    focus_is(visit, "Leave out and refit")
    visit.keyboard.press("j")
    focus_is(visit, f"test={second}&train=")
    culprit = visit.evaluate(FOCUSED)
    visit.keyboard.press("Enter")
    visit.wait_for_url(re.compile("/training_image"))
    focus_is(visit, "Training image")
    visit.locator(SETTLED).wait_for()
    visit.go_back()
    focus_is(visit, culprit)

    visit.keyboard.press("x")
    visit.keyboard.press("a")
    focus_is(visit, "Leave out")
    visit.keyboard.press("Enter")
    visit.get_by_text("Saved").first.wait_for()
    focus_is(visit, re.search(r"train=\d+", culprit)[0])
    assert len(edit_log.state(run.data_digest).excluded) == 1
    visit.get_by_role("link", name="Refit with the 1 change").wait_for()
    tab_to(visit, "Refit with the 1 change", most=9, key="Shift+Tab")
    visit.keyboard.press("Enter")
    visit.wait_for_url(re.compile("/retrain"))
    focus_is(visit, "Retrain")
    visit.get_by_text(re.compile("fixed")).first.wait_for()
