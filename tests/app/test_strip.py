"""What the strip says of the case in hand, and of a page that is about something else."""

import json
import re

import pytest

from explorer.app import urls
from explorer.game.game import Game
from explorer.game.planted_games import plant
from explorer.runs.edits import edit_log, refit
from explorer.runs.edits.change import Change
from explorer.runs.store import run_folder
from tests.support.pages import opened

pytestmark = pytest.mark.usefixtures("alone", "unedited")


def shown(page, /, **state):
    """The strip of a page, and its menu of runs."""
    blocks = [
        block
        for element in opened(page, **state).get("bidi_component")
        for block in json.loads(element.proto.json).get("blocks", [])
    ]
    (bar,) = [block for block in blocks if block["kind"] == "bar"]
    runs = [menu for block in blocks if block["kind"] == "head" for menu in block["menus"] if menu["name"] == "run"]
    return bar["case"], runs


def words(parts):
    return [part["label"] for part in parts]


def test_the_strip_says_all_that_is_not_as_usual_and_where_it_is_changed(run):
    test = int(run.confidently_wrong(0)[0])
    as_usual = {"method": run.default_method, "target": "cat"}
    assert shown("predictions", test=test, **as_usual)[0]["parts"] == []
    rows = [run.picture_row("train", row) for row in (3, 4)]
    edit_log.record_edits(run, [Change("train", row, "exclude", "") for row in rows])
    state = {"test": test, "method": "influence", "target": "dog"}
    strip, _ = shown("predictions", **state)
    assert words(strip["parts"]) == ["by influence", "about dog", "2 changes"]
    ways = [part["href"] for part in strip["parts"]]
    assert [way.split("?")[0] for way in ways] == ["/explain", "/explain", "/retrain"]
    assert all(f"test={test}&method=influence&target=dog" in way for way in ways)
    assert words(shown("explain", run=refit.refit_edited(run, "mine").id)[0]["parts"]) == ["2 changes"]


def test_the_next_image_takes_the_page_of_a_training_image_along(run):
    strip, _ = shown("training_image", test=int(run.confidently_wrong(0)[0]), train=7)
    assert strip["next"]["href"].startswith("/training_image?")
    assert "train=" not in strip["next"]["href"]


def test_learn_does_not_put_the_case_over_images_of_another_run(run):
    hand = "run=default&test=3"
    back, of_game = "Back to cat 3", "This page: a game with pictures of its own"
    token = plant(Game("drawn", "mislabels", "cat", 10, 1)).token
    for state, said in (
        ({"hand": hand, "step": 2}, (back, "")),
        ({"hand": hand, "step": 7, "run": "default"}, (back, "")),
        ({"step": 7, "run": "default"}, ("", "This page: run default")),
        ({"hand": hand, "view": "game", "game": token}, (back, of_game)),
        ({"view": "game", "game": token}, ("", of_game)),
    ):
        strip, _ = shown("learn", **state)
        assert (strip["words"], strip["about"], strip["prove"]) == (*said, None)


def test_a_run_that_lost_its_name_is_called_by_what_it_was_made_of(run):
    edit_log.record_edits(run, [Change("train", run.picture_row("train", row), "exclude", "") for row in (5, 6, 7)])
    first = refit.refit_edited(run, "again")
    edit_log.undo_step(run.data_digest)
    edit_log.record_edits(run, [Change("train", run.picture_row("train", 8), "exclude", "")])
    refit.refit_edited(run, "again")
    strip, (menu,) = shown("predictions", run=first.id)
    assert re.fullmatch(r"default with 3 changes, \d\d:\d\d", strip["run"])
    assert menu["options"][menu["value"]] == strip["run"]
    assert menu["value"] == first.id  # addresses go on naming it by its id
    assert urls.title_of("0" * 16) == "0" * 16
    assert run_folder(first.id).is_dir()
