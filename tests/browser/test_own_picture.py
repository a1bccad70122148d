"""A picture of one's own on Explain in a real browser: dropped, explained, forgotten, and never seen by another.

Slow, because a process of its own loads torch and looks at the picture.
"""

import re

from playwright.sync_api import expect

from tests.support.chromium import HARMFUL, HELPFUL, SETTLED, back, tiles, watched
from tests.support.own_pictures import TEST, stored

# A process that loads torch takes four seconds on an idle machine, and the tests of others may run beside it.
LOOKING_MS = 60_000


def place(page, server, address):
    """Go from a test image to the place for a picture."""
    page.goto(f"{server}/explain?{address}")
    tiles(page, HARMFUL).first.wait_for(timeout=LOOKING_MS)
    page.locator(SETTLED).wait_for()
    page.get_by_role("link", name="Explain a picture of your own").click()
    page.get_by_role("link", name="Back to test image").wait_for()
    page.locator(SETTLED).wait_for()


def drop(page, content):
    """Drop a picture and wait for its explanation."""
    page.locator("input[type=file]").set_input_files({"name": "<b>a.png", "mimeType": "image/png", "buffer": content})
    looking = page.get_by_text("The network looks at your picture")  # said where it takes longer than half a second
    looking.or_(tiles(page, HELPFUL)).first.wait_for()
    tiles(page, HELPFUL).first.wait_for(timeout=LOOKING_MS)
    page.locator(SETTLED).wait_for()


def test_a_picture_is_dropped_explained_shown_to_nobody_else_and_forgotten(run, browser, page, server):
    """One drop for all of it: the process that looks takes seconds."""
    place(page, server, "run=default&test=7&method=influence")
    drop(page, stored(run, "test", TEST))
    same = page.get_by_text(f"This is test image {TEST}, labelled")
    expect(same).to_be_visible()
    expect(tiles(page, "Your picture").locator("img")).to_have_attribute("src", re.compile("^data:image/png;base64,"))
    assert tiles(page, HARMFUL).count() == 24
    assert page.url == f"{server}/explain?run=default&test=7&method=influence&picture=own"

    with watched(browser) as other:
        other.goto(page.url)
        other.get_by_text("Drop a picture here").wait_for()
        other.locator(SETTLED).wait_for()
        assert other.get_by_text(f"This is test image {TEST}").count() == 0
        assert tiles(other, HELPFUL).count() == 0

    page.get_by_role("combobox", name="What does it really show?").fill("dog")
    page.keyboard.press("Enter")
    expect(page.get_by_text("each would lower P(dog)")).to_be_visible()
    expect(page.locator("dt", has_text="You say")).to_be_visible()

    page.locator(SETTLED).wait_for()
    page.get_by_role("link", name="Back to test image 7").click()
    expect(tiles(page, "The test image").locator("img")).to_have_attribute("alt", re.compile("^test image 7,"))
    assert page.url == f"{server}/explain?run=default&test=7&method=influence"
    back(page)
    expect(same).to_be_visible()

    page.locator(SETTLED).wait_for()
    page.get_by_role("button", name="Forget it").click()
    page.get_by_text("Drop a picture here").wait_for()
    expect(tiles(page, HELPFUL)).to_have_count(0)


def test_a_web_page_under_a_picture_s_name_is_one_sentence(page, server):
    place(page, server, "run=default&test=7")
    content = b"<html><img src=x onerror=window.pwned=1>"
    page.locator("input[type=file]").set_input_files({"name": "cat.jpg", "mimeType": "image/jpeg", "buffer": content})
    refused = page.get_by_text("This picture cannot be used: it is a web page, not a picture.")
    refused.wait_for(timeout=LOOKING_MS)
    assert page.evaluate("window.pwned") is None
    page.get_by_text("Drop a picture here").wait_for()
