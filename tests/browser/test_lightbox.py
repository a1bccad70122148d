"""Pictures large, by hand and by key, and how tiles are sized and chosen: in a real browser, where nothing is written."""

import re

import pytest

from tests.support.chromium import HARMFUL, HELPFUL, MAP, SETTLED, tiles, watched

FOCUSED = """() => {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found?.getAttribute('href') ?? found?.className;
}"""


@pytest.fixture(scope="module")
def tab(browser, reading_server):
    """Explain in one tab for all tests of this module; maps are answered here."""
    with watched(browser) as page:
        page.route("**/saliency/**", lambda route: route.fulfill(body=MAP, content_type="image/png"))
        page.goto(f"{reading_server}/explain?test=3")
        tiles(page, HARMFUL).first.wait_for()
        page.locator(SETTLED).wait_for()
        yield page
        assert page.locator("dialog[open]").count() == 0


def test_a_key_opens_both_pictures_arrows_go_on_and_the_focus_comes_back(tab):
    second, third = (tiles(tab, HELPFUL).nth(row) for row in (1, 2))
    second.focus()
    tab.keyboard.press("l")
    dialog = tab.get_by_role("dialog")
    assert dialog.get_by_role("heading").all_inner_texts() == ["Test image 3", f"Training image {row_of(second)}"]
    dialog.get_by_text("The model says").nth(1).wait_for()
    tab.keyboard.press("ArrowRight")
    assert dialog.get_by_role("heading").nth(1).inner_text() == f"Training image {row_of(third)}"
    foot = dialog.locator(".lightbox-foot")
    assert foot.get_by_role("button").all_inner_texts() == [
        "Leave out (O)",
        "Relabel to cat (1)",
        "Relabel to dog (2)",
        "Undo (U)",
    ]
    assert foot.get_by_text(f"Training image {row_of(third)}:").count() == 1
    for _ in range(16):
        tab.keyboard.press("Tab")
        assert tab.evaluate(FOCUSED) is None or "tile" not in str(tab.evaluate(FOCUSED)), "the focus left the dialog"
    tab.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    # the browser says that the dialog is closed in an event of its own, after it is hidden
    tab.wait_for_function(f"(href) => ({FOCUSED})() === href", arg=third.get_attribute("href"))


def row_of(tile):
    return re.search(r"train=(\d+)", tile.get_attribute("href"))[1]


def test_w_lays_the_map_over_both_pictures_with_its_caveat(tab):
    tiles(tab, HARMFUL).first.focus()
    tab.keyboard.press("w")
    tab.locator(".lightbox .mapped").nth(1).wait_for()
    tab.get_by_text("On training images it was no better than chance").wait_for()
    row = row_of(tiles(tab, HARMFUL).first)
    assert tab.url.endswith(f"&large=train-{row}-where")
    tab.reload()
    tab.locator(".lightbox .mapped").nth(1).wait_for()
    assert tab.get_by_role("dialog").get_by_role("heading").nth(1).inner_text() == f"Training image {row}"
    tab.locator(SETTLED).wait_for()
    tab.keyboard.press("w")
    assert tab.locator(".lightbox .mapped").count() == 0
    tab.get_by_role("button", name="Close (Esc)").click()
    tab.wait_for_url(re.compile(r"/explain\?test=3$"))


def test_two_rows_of_both_galleries_and_what_can_be_done_stand_without_scrolling(tab):
    for label in (HELPFUL, HARMFUL):
        boxes = tiles(tab, label).evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().toJSON())")
        shown = [box for box in boxes if box["height"]]
        assert len({box["y"] for box in shown}) == 2
        assert max(box["bottom"] for box in shown) < 900
    assert tab.evaluate("document.scrollingElement.scrollTop") == 0
    for name in ("Prove it: leave images out", "Case file"):
        assert tab.get_by_role("link", name=name).bounding_box()["y"] < 900


def test_a_gallery_is_searched_and_tab_stops_in_it_once(tab):
    gallery = tab.locator(f'.gallery[aria-label^="{HELPFUL}"]')
    assert gallery.locator("a.tile[tabindex='0']").count() == 1
    wanted = tiles(tab, HELPFUL).nth(4).get_attribute("data-id")
    tiles(tab, HELPFUL).nth(2).focus()
    assert gallery.locator("a.tile[tabindex='0']").get_attribute("data-id") == (
        tiles(tab, HELPFUL).nth(2).get_attribute("data-id")
    )
    field = tab.get_by_role("searchbox", name=f"Search: {HELPFUL}")
    field.fill(wanted)
    assert [tile.get_attribute("data-id") for tile in tiles(tab, HELPFUL).all()] == [wanted]
    assert gallery.locator("a.tile[tabindex='0']").count() == 1
    field.fill("")
    assert tiles(tab, HELPFUL).count() == 24


def test_a_hand_chooses_a_range_and_the_bar_counts_it(tab):
    gallery = tab.locator(f'.gallery[aria-label^="{HARMFUL}"]')
    gallery.locator(".cell").nth(0).hover()
    gallery.locator(".check").nth(0).click()
    gallery.locator(".cell").nth(2).hover()
    gallery.locator(".check").nth(2).click(modifiers=["Shift"])
    bar = tab.get_by_role("region", name="Chosen images")
    assert bar.get_by_role("status").first.inner_text() == "3 chosen"
    assert bar.get_by_role("combobox", name="Relabel to").locator("option").all_inner_texts()[1:] == ["cat", "dog"]
    tiles(tab, HARMFUL).nth(2).focus()
    tab.keyboard.press("x")
    assert gallery.locator(".picked").count() == 2
    bar.get_by_role("button", name="Clear").click()
    bar.wait_for(state="hidden")
    assert gallery.locator(".picked").count() == 0


def test_the_size_of_tiles_is_chosen_and_kept(tab):
    width = tiles(tab, HELPFUL).first.bounding_box()["width"]
    tab.get_by_role("button", name="Large pictures").click()
    assert tiles(tab, HELPFUL).first.bounding_box()["width"] > 1.3 * width
    assert tab.evaluate("localStorage.getItem('influence-explorer-tiles')") == "Large"
    tab.get_by_role("button", name="Middle pictures").click()
    assert tiles(tab, HELPFUL).first.bounding_box()["width"] == width


def test_on_a_wall_the_bar_stands_over_the_page(tab):
    tab.set_viewport_size({"width": 3840, "height": 900})
    door, strip = (tab.locator(place).bounding_box() for place in (".doors-of-bar", ".case"))
    assert abs(door["x"] - strip["x"]) < 24


def test_on_a_touched_screen_no_button_covers_a_small_picture(browser, reading_server):
    with watched(browser, has_touch=True, is_mobile=True) as page:
        page.goto(f"{reading_server}/explain?test=3")
        tiles(page, HELPFUL).first.wait_for()
        page.locator(SETTLED).wait_for()
        gallery = page.locator(f'.gallery[aria-label^="{HELPFUL}"]')
        button = gallery.locator(".magnify").first
        assert button.is_visible()
        gallery.evaluate("(gallery) => (gallery.style.gridTemplateColumns = '64px')")
        assert not button.is_visible()
