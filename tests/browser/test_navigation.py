"""The real app in a real browser: deep links first, galleries, keyboard, back button, nothing from elsewhere."""

import re

import pytest

from tests.support.chromium import HARMFUL, HELPFUL, SETTLED, back, tiles


def test_a_deep_link_is_the_first_request_to_a_fresh_server(page, server):
    page.goto(f"{server}/explain?run=default&test=7&method=influence")
    tiles(page, HARMFUL).first.wait_for()
    assert page.get_by_text("Page not found").count() == 0
    assert tiles(page, "The test image").locator("img").get_attribute("alt").startswith("test image 7")
    assert tiles(page, HELPFUL).count() == 24


@pytest.mark.parametrize("path", ["", "predictions", "training_image?train=3", "compare?test=3", "trust", "data"])
def test_every_page_opens_without_an_error_in_the_console(tab, reading_server, path):
    tab.goto(f"{reading_server}/{path}")
    tab.locator(f'.bar nav a[aria-current][href^="/{path.partition("?")[0]}?"]').first.wait_for()
    tab.locator(SETTLED).wait_for()
    tab.locator("h1").wait_for()
    assert tab.locator("[data-testid=stException]").count() == 0


def test_from_a_wrong_prediction_to_its_culprits_and_back(tab, reading_server):
    tab.goto(f"{reading_server}/predictions")
    tile = tiles(tab, "Test images").nth(1)
    tile.wait_for()
    chosen = tile.get_attribute("data-id")
    tile.click()
    tab.wait_for_url(re.compile(rf"/explain\?.*test={chosen}\b"))
    tiles(tab, HELPFUL).nth(3).click()
    tab.wait_for_url(re.compile(r"/training_image\?.*train=\d+"))
    tab.locator("h1", has_text="Training image").wait_for()
    back(tab)
    tab.wait_for_url(re.compile(rf"/explain\?.*test={chosen}\b"))
    tiles(tab, HELPFUL).first.wait_for()
    back(tab)
    tiles(tab, "Test images").first.wait_for()


def test_a_menu_writes_the_address_and_the_back_button_undoes_it(tab, reading_server):
    tab.goto(f"{reading_server}/explain?test=7")
    tiles(tab, HARMFUL).first.wait_for()
    tab.locator(SETTLED).wait_for()
    tab.locator("select[data-name=method]").select_option("influence")
    tab.wait_for_url(re.compile(r"method=influence"))
    tab.locator(".menus", has_text="classical first-order estimate").wait_for()
    back(tab)
    tab.locator(".menus", has_text="in one step").wait_for()
    assert tab.locator("select[data-name=method]").input_value() == "newton"


def test_galleries_work_by_keyboard(tab, reading_server):
    tab.goto(f"{reading_server}/predictions")
    tiles(tab, "Test images").first.wait_for()
    tab.locator(SETTLED).wait_for()
    tiles(tab, "Test images").first.focus()
    tab.keyboard.press("ArrowRight")
    chosen = tiles(tab, "Test images").nth(1).get_attribute("data-id")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(rf"/explain\?.*test={chosen}\b"))


def test_every_picture_has_words_and_every_thumbnail_is_kept_forever(tab, reading_server, run):
    tab.goto(f"{reading_server}/explain?test=7")
    tiles(tab, HARMFUL).nth(23).wait_for(state="attached")
    words = [image.get_attribute("alt") for image in tab.locator(".gallery img").all()]
    assert all(words)
    assert re.fullmatch(
        r"training image \d+, labelled \w+, number 24 of those that argue against \w+, score −\S+", words[-1]
    )
    answer = tab.request.get(f"{reading_server}/thumbs/{run.id}/test/7")
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["thumbs/nobody/train/0", "thumbs/default/side/0", "thumbs/default/train/99999"])
def test_a_thumbnail_that_does_not_exist_is_not_found(tab, reading_server, path):
    assert tab.request.get(f"{reading_server}/{path}").status == 404
