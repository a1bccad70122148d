"""The case in hand: no click on the bar, no tab, no reload, no step back and no sent link loses it.

Slow, because walks visit a dozen pages each, and end in a second browser.
"""

import random
import re
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.chromium import HARMFUL, SETTLED, tiles, watched

STRIP = '[aria-label="The case in hand"]'
# Each walk starts with another case and makes so many moves.
WALKS, MOVES = 2, 7


def case(page):
    """The case as the strip of the page names it: run, test image, method, class attributed to."""
    page.locator(SETTLED).wait_for()
    # after a step back the page of before may stand for a moment
    page.locator(f'.bar nav a[aria-current][href^="{urlsplit(page.url).path}?"]').first.wait_for()
    page.locator(SETTLED).wait_for()  # the bar is drawn first: a next move would cross the script
    link = page.locator(f"{STRIP} a").first
    link.wait_for()
    return dict(parse_qsl(urlsplit(link.get_attribute("href")).query))


def by_the_bar(draw, page):
    ways = page.locator(".bar nav a")
    to = ways.nth(draw.randrange(ways.count()))
    title, before = to.inner_text(), page.url
    to.click()
    page.locator(f".bar nav a[aria-current]:text-is('{title}')").first.wait_for()
    page.visits += page.url != before  # the page that is open is no other entry of the history


def steps_back(draw, page):
    if page.visits:  # before the first there is no page of the program
        page.visits -= 1
        page.go_back()


def steps_forward(draw, page):
    page.visits += page.go_forward() is not None


def reloads(draw, page):
    page.reload()


def walked(browser, page, server, seed, run, tests, methods, moves=MOVES):
    """Walk at random from a random case; return every move after which another case was in hand."""
    draw = random.Random(seed)
    chosen = {"run": run, "test": str(draw.randrange(tests)), "method": draw.choice(methods)}
    chosen |= {"target": "dog"} if draw.random() < 0.5 else {}
    start = draw.choice(
        ["explain", "predictions", "training_image", "suspects", "retrain", "compare", "trust", "map", "data", ""]
    )
    lost, page_of = [], "&".join(f"{key}={value}" for key, value in chosen.items())
    page.goto(f"{server}/{start}?{page_of}")
    assert case(page) == chosen
    page.visits = 0
    by_the_bar(draw, page)
    for _ in range(moves):
        move = draw.choice([by_the_bar, by_the_bar, steps_back, steps_forward, reloads])
        move(draw, page)
        if (now := case(page)) != chosen:
            lost.append((move.__name__, page.url, now))
    with watched(browser) as pasted:  # whoever gets the link was never here
        pasted.goto(page.url)
        if case(pasted) != chosen:
            lost.append(("pasted", page.url, case(pasted)))
    return lost


@pytest.mark.parametrize("seed", range(WALKS))
def test_a_walk_through_the_program_keeps_the_case(browser, page, reading_server, run, seed):
    assert walked(browser, page, reading_server, seed, "default", len(run.test_labels), run.methods[:2]) == []


def test_keys_lead_to_the_next_wrong_prediction_and_back(tab, reading_server, run):
    first, second = (str(row) for row in run.confidently_wrong(0)[:2])
    tab.goto(f"{reading_server}/explain?run=default&test={first}")
    assert case(tab)["test"] == first
    for key, then in (("j", second), ("k", first)):
        tab.keyboard.press(key)
        tab.wait_for_url(re.compile(rf"test={then}\b"))
        expect(tab.locator(f"{STRIP} a").first).to_have_attribute("href", re.compile(rf"test={then}\b"))
        assert case(tab)["test"] == then


def test_four_keys_lead_to_the_culprit_to_the_proof_and_to_the_next_wrong_prediction(tab, reading_server, run):
    first, second = (str(row) for row in run.confidently_wrong(0)[:2])
    tab.route("**/saliency/**", lambda route: route.fulfill(body="No map here.", content_type="text/plain"))
    tab.goto(f"{reading_server}/explain?run=default&test={first}")
    tiles(tab, HARMFUL).first.wait_for()
    case(tab)
    tab.keyboard.press("w")
    tab.get_by_text("No map here.").wait_for()
    tab.keyboard.press("Escape")
    tab.get_by_role("dialog").wait_for(state="hidden")
    tab.keyboard.press("p")
    tab.get_by_text(re.compile("trials? of this run: on the line")).wait_for()
    tab.keyboard.press("j")
    expect(tab.locator(f"{STRIP} a").first).to_have_attribute("href", re.compile(rf"test={second}\b"))


# Components are shadow trees: what has the focus is inside.
FOCUSED = "() => { let at = document.activeElement; while (at.shadowRoot) at = at.shadowRoot.activeElement; return at.textContent; }"


def test_the_keyboard_gets_past_the_bar_in_one_step(page, reading_server):
    page.goto(f"{reading_server}/predictions")
    case(page)
    for _ in range(4):  # Streamlit's own menu and the part that scrolls come first
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == "Skip to the page":
            break
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED) == "Predictions"


# The page is drawn anew between pressing and letting go: the links are other elements then.
REPLACED = """(link) => { for (const each of link.getRootNode().querySelectorAll('nav a')) each.replaceWith(each.cloneNode(true)); }"""


def test_a_press_in_the_middle_of_a_drawing_is_not_lost(tab, reading_server):
    tab.goto(f"{reading_server}/predictions?test=3")
    case(tab)
    link = tab.locator(".bar nav a", has_text="Map")
    link.hover()
    tab.mouse.down()
    link.evaluate(REPLACED)
    tab.mouse.up()
    tab.wait_for_url(re.compile(r"/map\?.*test=3\b"))
    tab.locator(".bar nav a[aria-current=page]", has_text="Map").wait_for()


def test_what_has_the_focus_in_the_bar_keeps_it(tab, reading_server, run):
    right, first = (
        np.flatnonzero((run.predicted == run.test_labels) & (run.test_labels == 0))[0],
        run.confidently_wrong(0)[0],
    )
    tab.goto(f"{reading_server}/predictions?test={right}")
    case(tab)
    tab.get_by_role("link", name=re.compile("Next wrong")).focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(rf"test={first}\b"))
    expect(tab.locator(f"{STRIP} a").first).to_have_attribute("href", re.compile(rf"test={first}\b"))
    assert tab.evaluate(FOCUSED) == "→J"  # the way and its key
