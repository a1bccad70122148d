"""Words that explain themselves, the answers of a page about itself, and the glossary, in a real browser."""

import json
import re

import pytest

from tests.support.chromium import HARMFUL, SETTLED, loaded_once, tiles, visited
from tests.support.pages import opened

EXPLAIN = "/explain?test=7"
SAYS = "Which training images argue for this prediction, and which argue against it?"


@pytest.fixture(scope="module")
def page(somebody):
    """A reader's window, which goes from page to page."""
    with visited(somebody) as page:
        yield loaded_once(page)


@pytest.fixture
def explain(page, reading_server):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(reading_server + EXPLAIN)
    tiles(page, HARMFUL).nth(23).wait_for(state="attached")
    page.locator(SETTLED).wait_for()
    page.locator("h1").scroll_into_view_if_needed()
    return page


def word(page, form):
    return page.locator(".word", has_text=re.compile(f"^{form}$"))


def within(page, box):
    size = page.viewport_size
    return (
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )


def sent():
    app = opened("explain", test=7)
    return [entry[0] for element in app.get("bidi_component") for entry in json.loads(element.proto.json)["words"]]


def test_every_word_that_travels_is_underlined_once_and_the_text_stays_the_same(explain):
    assert sorted(explain.locator(".word").all_inner_texts()) == sorted(sent())
    assert explain.locator(".question").inner_text() == SAYS
    assert explain.get_by_role("tooltip").count() == 0


@pytest.mark.parametrize("by", ["hand", "keyboard"])
def test_a_word_says_what_it_means_until_escape(explain, by):
    against = word(explain, "argue against")
    if by == "hand":
        against.hover()
    else:
        word(explain, "argue for").focus()
        explain.keyboard.press("Tab")
    tip = explain.get_by_role("tooltip")
    tip.wait_for()
    assert tip.inner_text().startswith("harmful\nSaid of a training image without which the model would be more sure")
    assert against.get_attribute("aria-describedby") == tip.get_attribute("id")
    explain.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    assert against.get_attribute("aria-describedby") is None


def test_a_hand_may_move_on_to_the_meaning_and_leaving_closes_it(explain):
    word(explain, "argue for").hover()
    tip = explain.get_by_role("tooltip")
    tip.hover()
    assert tip.is_visible()
    explain.mouse.move(640, 600)
    tip.wait_for(state="hidden")


@pytest.mark.parametrize("width", [800, 1280])
def test_no_meaning_is_cut_off_at_the_edge_of_the_window(page, reading_server, width):
    page.set_viewport_size({"width": width, "height": 400})
    page.goto(reading_server + EXPLAIN)
    tiles(page, HARMFUL).nth(23).wait_for(state="attached")
    page.locator(SETTLED).wait_for()
    tip = page.get_by_role("tooltip")
    for each in page.locator(".word").all():
        each.scroll_into_view_if_needed()
        each.hover()
        tip.wait_for()
        assert within(page, tip.bounding_box())
        page.keyboard.press("Escape")


def test_a_page_answers_for_itself_by_keyboard_and_is_quiet_before(explain):
    answers = explain.locator(".about")
    before = explain.locator(".question").bounding_box()
    assert not answers.is_visible()
    explain.get_by_role("button", name="About this page").focus()
    explain.keyboard.press("Enter")
    assert answers.get_by_role("heading").all_inner_texts() == ["What am I looking at?", "What can I not conclude?"]
    assert explain.get_by_role("button", name="About this page", expanded=True).count() == 1
    assert explain.locator(".question").bounding_box() == before
    explain.keyboard.press("Escape")
    assert not answers.is_visible()


def test_the_glossary_opens_at_a_word_and_is_narrowed_down(page, reading_server):
    page.goto(f"{reading_server}/learn?view=words#leverage")
    leverage = page.get_by_role("link", name="leverage", exact=True)
    leverage.wait_for()
    page.wait_for_function(
        "(() => { let at = document.activeElement; while (at?.shadowRoot) at = at.shadowRoot.activeElement; return at?.textContent === 'leverage'; })()"
    )
    assert within(page, leverage.bounding_box())
    assert page.locator("#leverage math").count() >= 1
    page.get_by_label("Find a word").fill("curvature nobody has")
    page.get_by_text("No word and no meaning says that.").wait_for()
    page.get_by_label("Find a word").fill("cook")
    page.get_by_text(re.compile(r"^\d words?$")).wait_for()
    assert page.get_by_role("link", name="Cook's distance").is_visible()
    assert not leverage.is_visible()
    page.get_by_role("link", name="Cook's distance").click()
    page.wait_for_url(re.compile(r"view=words#cook-s-distance$"))
