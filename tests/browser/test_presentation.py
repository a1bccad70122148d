"""The lesson on a wall: keys go from step to step, the figure sees a task, an answer stays in the address."""

import re

from playwright.sync_api import expect

from tests.support.chromium import SETTLED


def test_a_step_is_presented_asked_and_left_by_keys(reading_server, page):
    page.goto(f"{reading_server}/learn?step=4&present=1")
    page.get_by_role("heading", name="4. One point, a little more or a little less").wait_for()
    page.locator(SETTLED).wait_for()
    box = page.locator(".plane .field").bounding_box()
    assert box["y"] + box["height"] <= 900  # the whole figure is above the fold
    expect(page.get_by_test_id("stHeader")).to_be_hidden()

    page.keyboard.press("PageDown")
    page.get_by_role("heading", name="5. The inverse Hessian").wait_for()
    page.locator(SETTLED).wait_for()
    slider = page.get_by_label("Measure x in smaller units")
    slider.press("ArrowRight")  # moves the slider and not the lesson
    slider.press("Home")
    page.get_by_text("✓ Right. Where both axes are measured alike").wait_for()
    page.get_by_label("hardly moves the line").check()
    page.get_by_text("✗ Not yet. Try again.").wait_for()
    page.get_by_label("moves the line far").check()
    page.get_by_text("✓ Right. Nothing else holds the line").wait_for()
    page.wait_for_url(re.compile(r"answers=-\.0\.-"))

    page.keyboard.press("Escape")
    page.get_by_role("link", name="Present ▸").wait_for()
    assert "present=1" not in page.url
