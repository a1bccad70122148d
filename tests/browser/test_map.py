"""The map in a real browser: a drawn line, a click, the keyboard, hover and legend, by graphics card and by hand.

Slow, because every gesture is made twice, for both painters.
"""

import re
from urllib.parse import urljoin

import pytest

from explorer.runs import selections
from explorer.runs.store import open_run
from tests.support.chromium import SETTLED, loaded_once, visited, visitor

TILES = '.gallery[aria-label="Chosen images"] .tile'
NO_CARD = "HTMLCanvasElement.prototype.getContext = ((real) => function (kind, ...rest) { return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest); })(HTMLCanvasElement.prototype.getContext)"


@pytest.fixture(params=["webgl", "canvas"], scope="module")
def viewer(request, browser):
    """A visitor with the graphics card, and one without; and which of them."""
    with visitor(browser, height=1000, script=NO_CARD if request.param == "canvas" else "") as context:
        yield context, request.param


@pytest.fixture(scope="module")
def page(viewer):
    """A watched page of one of them, which comes to each map from another page."""
    context, painter = viewer
    with visited(context) as page:
        page.painter = painter
        yield loaded_once(page)


def standing(page, address):
    """The field of a map that has come to rest."""
    page.goto(urljoin(address, "/trust"))
    page.goto(address)
    field = page.locator(".scatter-field")
    field.wait_for()
    page.locator(SETTLED).wait_for()
    return field


def around(page, field, left, top, right, bottom):
    """Draw a line around a part of the field, in shares of it."""
    box = field.bounding_box()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=5)
    page.mouse.up()


def chosen_key(page):
    """The key in the address, once it is there."""
    page.wait_for_url(re.compile(r"selection=[0-9a-f]{16}"))
    return re.search(r"selection=([0-9a-f]{16})", page.url)[1]


def test_a_line_around_all_points_chooses_them_and_shows_their_pictures(page, reading_server):
    field = standing(page, f"{reading_server}/map?run=default")
    around(page, field, 0.01, 0.01, 0.99, 0.99)
    run = open_run("default")
    assert selections.rows(chosen_key(page)).tolist() == list(range(len(run.train_labels)))
    page.locator(TILES).nth(47).wait_for()
    assert all(image.get_attribute("alt") for image in page.locator(f"{TILES} img").all())
    assert page.locator(".scatter").get_attribute("data-painter") == page.painter


def test_a_line_around_some_points_chooses_those_inside_it(page, reading_server):
    field = standing(page, f"{reading_server}/map?run=default&side=test")
    around(page, field, 0.02, 0.02, 0.5, 0.98)
    some = selections.rows(chosen_key(page), "test")
    assert 0 < len(some) < 400
    page.get_by_text(f"{len(some)} of 400 images chosen.").wait_for()
    around(page, field, 0.02, 0.02, 0.98, 0.98)
    page.get_by_text("400 of 400 images chosen.").wait_for()


def test_a_sent_address_shows_the_same_choice(page, reading_server):
    key = selections.save(open_run("default").id, "train", [3, 14, 15])
    standing(page, f"{reading_server}/map?run=default&selection={key}")
    assert sorted(tile.get_attribute("data-id") for tile in page.locator(TILES).all()) == ["14", "15", "3"]
    assert page.get_by_text("3 of 800 images chosen.").count() == 1


def test_the_keyboard_goes_from_image_to_image_and_chooses_one(page, reading_server):
    field = standing(page, f"{reading_server}/map?run=default")
    field.focus()
    page.keyboard.press("ArrowRight")
    first = page.locator(".scatter-tip img").get_attribute("alt")
    page.keyboard.press("ArrowDown")
    second = page.locator(".scatter-tip img").get_attribute("alt")
    assert first != second
    page.keyboard.press("Enter")
    (row,) = selections.rows(chosen_key(page))
    assert second.startswith(f"Training image {row}, labelled ")
    page.locator(TILES).wait_for()
    page.keyboard.press("Escape")
    page.locator(".scatter-tip").wait_for(state="hidden")


def test_hovering_shows_the_picture_with_its_words_inside_the_frame(page, reading_server):
    field = standing(page, f"{reading_server}/map?run=default&colour=leverage")
    field.focus()
    page.keyboard.press("ArrowLeft")
    box = field.bounding_box()
    ring = page.locator(".scatter-tip")
    words = re.compile(r"Training image \d+, labelled (cat|dog), [✓✗] says (cat|dog) [\d.<>\xa0]+\xa0%, leverage \S+")
    assert words.fullmatch(ring.locator("img").get_attribute("alt"))
    # Through the whole field: wherever a point is met, its words stand inside the frame.
    met = set()
    for step in range(41):
        page.mouse.move(box["x"] + box["width"] * step / 40, box["y"] + box["height"] * (1 - step / 40))
        if ring.is_visible():
            shown = ring.bounding_box()
            met.add(ring.locator("img").get_attribute("alt"))
            assert box["x"] <= shown["x"]
            assert shown["x"] + shown["width"] <= box["x"] + box["width"] + 1
            assert box["y"] <= shown["y"]
            assert shown["y"] + shown["height"] <= box["y"] + box["height"] + 1
    assert met
    assert all(words.fullmatch(alt) for alt in met)


def test_moving_and_zooming_change_what_choose_all_in_view_chooses(page, reading_server):
    field, run = standing(page, f"{reading_server}/map?run=default"), open_run("default")
    page.get_by_role("button", name="Choose every image that is in view").click()
    page.get_by_text("800 of 800 images chosen.").wait_for()
    whole = chosen_key(page)
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Choose every image that is in view").click()
    page.wait_for_url(lambda address: "selection=" in address and whole not in address)
    near = selections.rows(chosen_key(page))
    assert 0 < len(near) < 800
    page.get_by_role("button", name="Drag to move the map").click()
    box = field.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Choose every image that is in view").click()
    page.wait_for_url(lambda address: "selection=" in address and selections.save(run.id, "train", near) not in address)
    moved = selections.rows(chosen_key(page))
    assert 0 < len(moved) < 800


def test_a_class_that_is_hidden_is_not_chosen(page, reading_server):
    field = standing(page, f"{reading_server}/map?run=default")
    page.get_by_role("button", name="dog").click()
    around(page, field, 0.01, 0.01, 0.99, 0.99)
    labels = open_run("default").train_labels
    assert selections.rows(chosen_key(page)).tolist() == [row for row, label in enumerate(labels) if label == 0]


def test_letting_go_takes_the_choice_out_of_the_address(page, reading_server):
    key = selections.save(open_run("default").id, "train", [3])
    standing(page, f"{reading_server}/map?run=default&selection={key}")
    page.get_by_role("button", name="Choose nothing").click()
    page.get_by_text("Nothing is chosen yet.").wait_for()
    page.wait_for_url(lambda address: "selection" not in address)
