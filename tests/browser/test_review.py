"""The review queue in a real browser: every key, what it writes, and when it must do nothing."""

import re
import sqlite3
from contextlib import closing

import pytest

from explorer.app.components import loader
from explorer.runs.edits import actions, edit_log
from tests.support.audits import other, with_audit
from tests.support.chromium import SETTLED, loaded_once, tiles, visited

pytestmark = pytest.mark.usefixtures("alone", "unedited")


@pytest.fixture(scope="module")
def order(run, alone):
    """The queue, the most suspect first."""
    return with_audit(run, alone).order


@pytest.fixture(scope="module")
def page(somebody, server):
    """A watched page, which comes to each queue from another page, and is closed before its server."""
    with visited(somebody) as page:
        yield loaded_once(page)


@pytest.fixture
def reviewed(page, server, order):
    """A browser tab in which the queue stands."""
    page.goto(f"{server}/trust")
    return opened(page, server)


def opened(tab, server):
    tab.goto(f"{server}/suspects?trusted=even")
    tab.locator(".review-picture img").wait_for()
    tab.locator(SETTLED).wait_for()
    return tab


def shown(tab):
    return int(tab.locator(".review-picture img").get_attribute("data-id"))


def said(tab, words):
    tab.locator(".said", has_text=words).wait_for()


def decided(run):
    """What stands in the database, by training image."""
    state = edit_log.state(run.data_digest)
    rows = run.arrays["train_rows"].tolist()
    return {at: actions.decision(state, row) for at, row in enumerate(rows) if actions.decision(state, row)}


def test_digits_e_and_c_decide_and_go_on(reviewed, run, order):
    first, second, third = order[:3].tolist()
    assert shown(reviewed) == first
    reviewed.keyboard.press(str(1 + run.class_names.index(other(run, first))))
    assert shown(reviewed) == second
    reviewed.keyboard.press("e")
    assert shown(reviewed) == third
    reviewed.keyboard.press("c")
    said(reviewed, f"Saved: image {third} confirmed")
    assert decided(run) == {first: f"→ {other(run, first)}", second: "excluded", third: "confirmed"}
    reviewed.locator(".review-progress", has_text="3 of 200 decided: 2 changes, 1 confirmation").wait_for()


def test_many_keys_at_once_lose_nothing(reviewed, run, order):
    for _ in range(20):
        reviewed.keyboard.press("e")
        reviewed.keyboard.press("c")
    reviewed.locator(".review-progress", has_text="40 of 200 decided: 20 changes, 20 confirmations").wait_for()
    assert decided(run) == {row: ("excluded", "confirmed")[place % 2] for place, row in enumerate(order[:40].tolist())}


def test_undo_goes_back_to_the_image_and_redo_does_it_again(reviewed, run, order):
    first = int(order[0])
    reviewed.keyboard.press("e")
    said(reviewed, f"Saved: image {first} excluded.")
    for _ in range(3):
        reviewed.keyboard.press("ArrowRight")
    reviewed.keyboard.press("u")
    said(reviewed, f"Undone: image {first} excluded.")
    assert shown(reviewed) == first
    assert decided(run) == {}
    reviewed.keyboard.press("r")
    said(reviewed, f"Done again: image {first} excluded.")
    assert decided(run) == {first: "excluded"}


def test_space_and_arrows_move_and_the_address_knows(reviewed, order):
    for key, at in (("Space", 1), ("ArrowRight", 2), ("ArrowDown", 3), ("ArrowLeft", 2), ("ArrowUp", 1)):
        reviewed.keyboard.press(key)
        assert shown(reviewed) == order[at]
    assert reviewed.locator(".review-near[aria-current]").locator("img").get_attribute("data-id") == str(order[1])
    assert re.search(rf"[?&]train={order[1]}\b", reviewed.url)
    reviewed.reload()
    reviewed.locator(".review-picture img").wait_for()
    assert shown(reviewed) == order[1]
    reviewed.keyboard.press("ArrowLeft")
    reviewed.keyboard.press("ArrowLeft")
    said(reviewed, "This is the first image")
    assert shown(reviewed) == order[0]


def test_every_action_has_a_button_with_its_key(reviewed, run, order):
    first, second = order[:2].tolist()
    reviewed.get_by_role("button", name="E Exclude").click()
    said(reviewed, f"Saved: image {first} excluded.")
    assert shown(reviewed) == second
    reviewed.keyboard.press(
        "Space"
    )  # the button was clicked, not reached by Tab: space is the next image, no second click
    assert shown(reviewed) == order[2]
    reviewed.get_by_role("button", name="U Undo").click()
    said(reviewed, "Undone")
    assert decided(run) == {}
    keys = reviewed.locator(".review-act kbd").all_inner_texts()
    assert keys == ["1", "2", "E", "C", "U", "R", "←", "→"]


def test_a_button_reached_by_tab_answers_the_space_bar(reviewed, run, order):
    reviewed.get_by_role("button", name="E Exclude").focus()
    reviewed.keyboard.press("Space")
    said(reviewed, f"Saved: image {order[0]} excluded.")
    assert decided(run) == {int(order[0]): "excluded"}


def test_keys_are_shown_and_do_nothing_meanwhile(reviewed, run, order):
    reviewed.keyboard.press("Shift+?")
    reviewed.get_by_role("dialog", name="Keys").get_by_text("confirm it: its label is right").wait_for()
    reviewed.keyboard.press("e")
    reviewed.keyboard.press("Escape")
    reviewed.get_by_role("dialog", name="Keys").wait_for(state="hidden")
    assert shown(reviewed) == order[0]
    assert decided(run) == {}


BAR_ANEW = """async (names) => {
  const [keys, { kinds }] = await Promise.all(names.map((name) => import(name)));
  const old = document.querySelector("[data-kind=bar]") ?? [...document.querySelectorAll("*")]
    .map((each) => each.shadowRoot?.querySelector("[data-kind=bar]")).find(Boolean);
  const fresh = Object.assign(document.createElement("div"), { className: "block" });
  old.replaceWith(fresh);
  const meanwhile = keys.keysAreShown();
  kinds.bar(fresh, { doors: [], pages: [], case: null, address: "" });
  return meanwhile;
}"""


def test_the_sheet_of_keys_outlives_a_bar_that_is_drawn_anew(reviewed, run, order):
    """The server may draw the page anew at any moment: a key that is pressed then was not meant for what lies below the sheet."""
    reviewed.keyboard.press("Shift+?")
    sheet = reviewed.get_by_role("dialog", name="Keys")
    sheet.wait_for()
    names = [f"{loader.address()}/components/{name}/{name}.js" for name in ("keys", "bar")]
    assert reviewed.evaluate(BAR_ANEW, names)
    reviewed.keyboard.press("e")
    assert sheet.is_visible()
    reviewed.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert shown(reviewed) == order[0]
    reviewed.keyboard.press("ArrowRight")
    assert shown(reviewed) == order[1]
    assert decided(run) == {}


def test_keys_of_other_pages_decide_nothing(reviewed, run, order):
    reviewed.keyboard.press("x")
    said(reviewed, "E excludes this image, C confirms its label")
    reviewed.keyboard.press("k")
    reviewed.keyboard.press("ArrowRight")
    assert shown(reviewed) == order[1]
    assert decided(run) == {}


def test_no_key_acts_while_typing_or_with_a_modifier_or_in_a_menu(reviewed, run, order):
    reviewed.evaluate("document.body.append(Object.assign(document.createElement('input'), { id: 'typed' }))")
    reviewed.locator("#typed").focus()
    reviewed.keyboard.type("ecu12 ?")
    assert reviewed.locator("#typed").input_value() == "ecu12 ?"
    reviewed.locator("#typed").evaluate("(field) => field.remove()")
    reviewed.locator("select[data-name=trusted]").focus()
    reviewed.keyboard.press("e")
    reviewed.keyboard.press("c")
    reviewed.locator("select[data-name=trusted]").blur()
    for key in ("Control+e", "Alt+c", "Meta+1", "Shift+E"):
        reviewed.keyboard.press(key)
    assert shown(reviewed) == order[0]
    reviewed.keyboard.press("c")  # the first message: what was pressed before would be in it
    said(reviewed, "Saved")
    assert decided(run) == {int(order[0]): "confirmed"}


def test_saved_is_not_said_before_the_database_has_it(reviewed, run, order, alone):
    with closing(sqlite3.connect(alone / "explorer.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        reviewed.keyboard.press("e")
        said(reviewed, "Saving …")
        reviewed.keyboard.press("ArrowRight")  # moving needs no server
        assert shown(reviewed) == order[2]
        assert reviewed.locator(".said").first.inner_text() == "Saving …"
        assert decided(run) == {}
        connection.execute("ROLLBACK")
    said(reviewed, f"Saved: image {order[0]} excluded.")
    assert decided(run) == {int(order[0]): "excluded"}


def test_what_the_disk_refuses_is_said_and_can_be_tried_again(reviewed, run, order, alone):
    with closing(sqlite3.connect(alone / "explorer.sqlite")) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON edits BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        reviewed.keyboard.press("e")
        said(reviewed, re.compile("Not saved: .*disk is full"))
        assert decided(run) == {}
        connection.execute("DROP TRIGGER full")
    reviewed.get_by_role("button", name="Try again").click()
    said(reviewed, f"Saved: image {order[0]} excluded.")
    assert decided(run) == {int(order[0]): "excluded"}


def test_an_edit_on_its_way_survives_a_reload(reviewed, run, order, alone):
    reviewed.on("dialog", lambda dialog: dialog.accept())
    with closing(sqlite3.connect(alone / "explorer.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        reviewed.keyboard.press("e")
        said(reviewed, "Saving …")
        reviewed.reload()
        connection.execute("ROLLBACK")
    reviewed.locator(".review-progress", has_text="1 of 200 decided: 1 change, 0 confirmations").wait_for()
    assert len(edit_log.live(run.data_digest)) == 1
    assert decided(run) == {int(order[0]): "excluded"}


def test_two_tabs_show_each_others_edits_on_the_next_action(reviewed, server, run, order):
    second = opened(reviewed.context.new_page(), server)
    reviewed.keyboard.press("e")
    said(reviewed, f"Saved: image {order[0]} excluded.")
    second.keyboard.press("ArrowRight")
    second.keyboard.press("c")
    second.locator(".review-progress", has_text="2 of 200 decided: 1 change, 1 confirmation").wait_for()
    assert second.locator(".review-near").first.locator(".line").inner_text() == "excluded"
    reviewed.keyboard.press("ArrowRight")
    reviewed.keyboard.press("c")
    reviewed.locator(".review-progress", has_text="3 of 200 decided: 1 change, 2 confirmations").wait_for()
    assert reviewed.locator(".review-near").nth(1).locator(".line").inner_text() == "confirmed"
    assert decided(run) == {int(order[0]): "excluded", int(order[1]): "confirmed", int(order[2]): "confirmed"}


def test_every_picture_has_words_and_what_it_harms_leads_on(reviewed, order):
    assert all(image.get_attribute("alt") for image in reviewed.locator(".review img, .review-strip img").all())
    harmed = tiles(reviewed, "Wrong predictions that it harms most").first
    test = harmed.get_attribute("data-id")
    assert re.search(r"harmful, score −", harmed.locator("img").get_attribute("alt"))
    harmed.click()
    reviewed.wait_for_url(re.compile(rf"/explain\?.*test={test}\b"))
    tiles(reviewed, "The test image").first.wait_for()
    reviewed.keyboard.press("e")  # no queue stands here any more
    assert reviewed.locator(".review-picture").count() == 0


def test_a_training_image_can_be_excluded_where_it_stands(page, server, run):
    page.goto(f"{server}/training_image?train=3")
    page.get_by_role("button", name="Exclude this image").click()
    said(page, "Saved: image 3 excluded.")
    assert decided(run) == {3: "excluded"}
    page.get_by_role("button", name="✓ Exclude this image").wait_for()
    page.get_by_role("button", name="Undo").click()
    said(page, "Undone: image 3 excluded.")
    assert decided(run) == {}
