"""The list of decisions on Retrain: what it says of each, its filters, and what taking back does."""

import json

import pytest

from explorer.app.pages.retrain import edit_list
from explorer.runs.edits import actions, edit_log
from explorer.runs.edits.edit_log import Change
from tests.support.audits import other
from tests.support.pages import opened

pytestmark = pytest.mark.usefixtures("alone", "unedited")


def blocks(app, kind):
    assert [error.value for error in (*app.exception, *app.error)] == []
    drawn = [json.loads(element.proto.json)["blocks"] for element in app.get("bidi_component")]
    return [block for blocks in drawn for block in blocks if block["kind"] == kind]


def listed(**state):
    (found,) = blocks(opened("retrain", **state), "decisions")
    return [(item["picture"], item["what"], item["who"], item["later"]) for item in found["items"]]


def buttons(app):
    return [button for block in blocks(app, "acts") for button in block["buttons"]]


@pytest.fixture
def decided(run):
    """Three decisions by a person and one by another, of which one replaces an earlier one."""
    actions.act(run, "relabel", [3], other(run, 3))
    actions.act(run, "keep", [3])
    edit_log.record_edits(run, [Change("train", run.picture_row("train", 5), "exclude")], "somebody else")
    actions.act(run, "trust", [7])


def label(run, row):
    return run.class_names[run.train_labels[row]]


def test_each_decision_says_from_what_to_what_who_and_whether_it_stands(run, decided):
    me = edit_log.AUTHOR
    assert listed() == [
        ("Test image 7", f"{run.class_names[run.test_labels[7]]}, trusted", me, False),
        ("Training image 5", f"{label(run, 5)}, left out", "somebody else", False),
        ("Training image 3", f"{label(run, 3)}, confirmed", me, False),
        ("Training image 3", f"{label(run, 3)} → {other(run, 3)}", me, True),
    ]


def test_what_is_replaced_is_counted_by_itself(decided):
    said = [block["text"] for block in blocks(opened("retrain"), "text")]
    assert "4 decisions: 1 left out, 1 confirmed, 1 trusted, 1 replaced by a later one." in said


def test_they_are_listed_where_nothing_is_changed_too(run):
    actions.act(run, "keep", [3])
    assert listed() == [("Training image 3", f"{label(run, 3)}, confirmed", edit_log.AUTHOR, False)]


def test_the_list_is_narrowed_by_author_and_kind(decided):
    assert [picture for picture, *_ in listed(author="somebody else")] == ["Training image 5"]
    assert [picture for picture, *_ in listed(kind="keep")] == ["Training image 3"]
    assert len(listed(kind="tag")) == 4  # a kind that is gone by now shows all
    (filters,) = [block["menus"] for block in blocks(opened("retrain"), "menus")][-1:]
    assert [menu["name"] for menu in filters] == ["kind", "author"]
    assert list(filters[0]["options"]) == ["all", "relabel", "exclude", "keep", "trust"]


def test_the_list_is_searched_by_the_picture(run, decided):
    assert [picture for picture, *_ in listed(find="5")] == ["Training image 5"]
    (all_,) = [button for button in buttons(opened("retrain", find="3")) if button["action"] == "take-back"]
    assert all_["label"] == "Take back these 2"
    assert listed(find="nothing like this") == []


def test_one_is_taken_back_and_what_it_replaced_stands_again(run, decided):
    (found,) = blocks(opened("retrain"), "decisions")
    confirmed = found["items"][2]
    assert actions.act(run, "take-back", [confirmed["id"]])[0] == "Taken back: image 3 confirmed, the label is right."
    assert edit_log.state(run.data_digest).labels == {run.picture_row("train", 3): other(run, 3)}
    assert actions.act(run, "take-back", [confirmed["id"]])[0] == "It is taken back already."


def test_all_are_taken_back_and_put_in_force_again(run, decided):
    before = edit_log.live(run.data_digest)
    (all_,) = [button for button in buttons(opened("retrain")) if button["label"] == "Take back all 4"]
    actions.act(run, all_["action"], all_["rows"])
    assert edit_log.live(run.data_digest) == []
    app = opened("retrain")
    assert blocks(app, "decisions") == []
    (redo,) = buttons(app)
    assert redo["label"].startswith("Redo: image 3 relabelled")
    actions.act(run, redo["action"])
    assert edit_log.live(run.data_digest) == before


def test_many_stand_on_several_pages(run, monkeypatch):
    monkeypatch.setattr(edit_list, "PAGE", 3)
    actions.act(run, "exclude", range(5))
    assert [picture for picture, *_ in listed(page="2")] == ["Training image 1", "Training image 0"]
