"""A bug is planted and one pupil's hunt is played to its end, in a real browser.

Slow, because a network's features are extracted, an audit computed and a whole hunt played.
"""

import re

import pytest

from tests.support import axe
from tests.support.chromium import SETTLED, loaded_once, tiles
from tests.support.servers import served

# A process loads torch, extracts features and computes an audit, and yields to all others.
PLANTING_MS = 60_000


@pytest.fixture(scope="module")
def classroom(alone, run):
    """A home of its own, with the network that a game's features need; what still runs at the end is stopped."""
    from explorer.runs import jobs

    (alone / "weights").symlink_to(run.folder.parents[1] / "weights")
    yield alone
    for job in jobs.jobs():
        jobs.cancel(job.id)


@pytest.fixture(scope="module")
def server(classroom):
    """A server whose jobs are processes as those of a person's server: here the whole way is gone, from the button to the result."""
    with served(classroom, fresh=True) as address:
        yield address


def flags_in(page):
    found = re.search(r"flags=([0-9a-z.]+)", page.url)
    return found[1] if found else ""


def test_a_bug_is_planted_hunted_and_judged(server, page):
    from explorer.game import rooms
    from explorer.game.game import pack_rows, planted_rows
    from explorer.game.planted_games import planted_game, show_solution
    from explorer.runs.store import open_run

    page.goto(f"{server}/learn?view=game")
    page.get_by_role("button", name="Plant it").click()
    page.get_by_role("link", name="Open the hunt").wait_for(timeout=PLANTING_MS)
    link = page.get_by_label("For your pupils").input_value()
    code = re.fullmatch(rf"{server}/learn\?view=game&game=([\w-]+)", link)[1]
    planted = planted_game(code)
    run = open_run(planted.run_name)
    mask = planted_rows(run, planted.game)
    teachers = page.url
    assert {planted.token, planted.key} <= set(re.split("[=&]", teachers))

    page.goto(link)
    misled = tiles(page, "▼ argue against the label")
    misled.nth(15).wait_for()
    page.locator(SETTLED).wait_for()
    first = [int(tile.get_attribute("data-id")) for tile in misled.all()]
    misled.nth(0).click()
    misled.nth(0).press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_label("Its number").fill("3")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("3 pictures flagged").wait_for()
    flagged = sorted({*first[:2], 3})
    assert flags_in(page) == pack_rows(flagged)
    assert [tile.get_attribute("aria-pressed") for tile in misled.all()[:3]] == ["true", "true", "false"]

    tiles(page, "Test pictures").nth(1).click()
    page.wait_for_url(re.compile("test="))
    page.locator(SETTLED).wait_for()
    assert flags_in(page) == pack_rows(flagged)
    page.reload()
    page.get_by_role("status").get_by_text("3 pictures flagged").wait_for()
    page.get_by_role("button", name="Take the flag off picture 3", exact=True).click()
    page.get_by_role("status").get_by_text("2 pictures flagged").wait_for()

    page.locator(SETTLED).wait_for()
    page.get_by_role("link", name="Hand in").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Handed in.").wait_for()
    show_solution(planted.token)
    page.get_by_role("heading", name=f"You found {mask[first[:2]].sum()} of {mask.sum()}").wait_for()
    page.locator(SETTLED).wait_for()
    page.get_by_role("link", name="Keep hunting").click()
    page.get_by_role("status").get_by_text("2 pictures flagged").wait_for()
    assert flags_in(page) == pack_rows(sorted(first[:2]))

    loaded_once(page).goto(teachers)
    page.get_by_role("button", name="Open a room").click()
    page.get_by_text("Nobody has joined yet.").wait_for()
    code = rooms.room_of(planted.token)
    word = rooms.join(code, "Ada <b>")
    rooms.hand_in(rooms.pupil(code, word), pack_rows(sorted(first[:2])))
    page.get_by_role("heading", name="1 of 1 have handed in").wait_for()
    row = page.get_by_role("row", name="Ada <b>")
    assert row.get_by_role("cell").all_inner_texts()[1:3] == ["2", f"{mask[first[:2]].sum()} of {mask.sum()}"]
    page.set_viewport_size({"width": 1280, "height": 3000})
    axe.bring(page)
    assert axe.in_each_theme(page) == axe.CLEAN
    handed = f"me={word}&done=1&flags={pack_rows(sorted(first[:2]))}"
    for state, words in ((handed, f"You found {mask[first[:2]].sum()}"), ("wall=1", "1 joined"), ("", "Your name")):
        page.goto(f"{server}/learn?view=game&room={code}&{state}")
        page.get_by_text(words).first.wait_for()
        assert axe.in_each_theme(page) == axe.CLEAN
