"""The review queue and its actions, without a browser: what each action writes, says and undoes, and what the queue shows."""

import json

import numpy as np
import pytest
from scipy.stats import rankdata

from explorer.app import backend
from explorer.app.components.image_actions import image_actions
from explorer.app.pages.suspects import error_causes, queue, queue_view, views
from explorer.app.pages.suspects.cleaning import decisions_sentence
from explorer.app.pages.suspects.queue import QueuePage, queue_page
from explorer.cli.results import cleaning
from explorer.core.errors import ExplorerError
from explorer.figures.cleaning_curve import ORDERS, cleaning_curves, leading
from explorer.runs import selections
from explorer.runs.edits import actions, edit_log
from explorer.runs.edits.edit_log import Change
from explorer.runs.edits.refit import refit_edited
from explorer.runs.results.audit import AuditResult
from explorer.runs.results.cleaning import count_decisions, edits_curve, load_edits_curve
from tests.support.audits import other, with_audit
from tests.support.pages import opened

pytestmark = pytest.mark.usefixtures("alone", "unedited")


@pytest.fixture(scope="module")
def result(run, alone):
    """The audit of the run of all tests, computed once for all test files and copied into this one's home."""
    return with_audit(run, alone)


def state(run):
    return edit_log.state(run.data_digest)


def rows_of(run):
    return len(edit_log.live(run.data_digest))


def item(run, action="exclude", rows=(3,), value="", name="a"):
    return {"id": name, "run": run.id, "action": action, "rows": list(rows), "value": value}


def test_an_action_is_written_before_it_is_said(run):
    text, row = actions.act(run, "relabel", [3], other(run, 3))
    assert text == f"Saved: image 3 relabelled {other(run, 3)}."
    assert row == 3
    assert state(run).labels == {run.picture_row("train", 3): other(run, 3)}
    assert actions.act(run, "exclude", [3])[0] == "Saved: image 3 excluded."
    assert state(run).excluded == {run.picture_row("train", 3)}


def test_the_label_that_it_has_keeps_an_image(run):
    text, _ = actions.act(run, "relabel", [3], run.class_names[run.train_labels[3]])
    assert text == "Saved: image 3 confirmed, the label is right."
    assert (state(run).kept, state(run).labels) == ({run.picture_row("train", 3)}, {})


def test_what_stands_already_is_not_written_again(run):
    actions.act(run, "exclude", [3, 4])
    before = rows_of(run)
    assert actions.act(run, "exclude", [3])[0] == "Already so: image 3 excluded."
    assert actions.act(run, "exclude", [3, 4, 5])[0] == "Saved: image 5 excluded."
    assert rows_of(run) == before + 1


def test_undo_and_redo_say_what_they_did_and_take_a_step_whole(run):
    actions.act(run, "keep", [30])
    assert actions.act(run, "exclude", range(24))[0] == "Saved: 24 images excluded."
    assert actions.act(run, "undo") == ("Undone: 24 images excluded.", 23)
    assert len(state(run).excluded) == 0
    assert actions.act(run, "undo") == ("Undone: image 30 confirmed, the label is right.", 30)
    assert actions.act(run, "undo") == ("There is nothing of yours to undo.", None)
    assert actions.act(run, "redo") == ("Done again: image 30 confirmed, the label is right.", 30)


def test_undo_leaves_the_edits_of_others(run):
    edit_log.record_edits(run, [Change("train", 5, "exclude")], "somebody else")
    assert actions.act(run, "undo")[0] == "There is nothing of yours to undo."
    assert state(run).excluded == {5}


def test_of_many_those_whose_label_is_confirmed_stay_and_are_named(run):
    actions.act(run, "keep", [4])
    actions.act(run, "keep", [6])
    kept = {run.picture_row("train", row) for row in (4, 6)}
    left = " Left as they are, because their labels were confirmed: images 4 and 6."
    assert actions.act(run, "exclude", [3, 4, 5, 6])[0] == "Saved: 2 images excluded." + left
    assert state(run).kept == kept
    assert actions.act(run, "relabel", [4, 6], other(run, 4))[0] == "Nothing was changed." + left
    assert actions.act(run, "exclude-confirmed", [3, 4, 5])[0] == "Saved: image 4 excluded."
    assert state(run).kept == kept - {run.picture_row("train", 4)}
    assert actions.act(run, "exclude", [6])[0] == "Saved: image 6 excluded."  # one image by itself is meant


def test_a_button_for_many_names_the_confirmed_and_a_second_one_takes_them_too(run):
    first, *none = image_actions.excluding(run, "Exclude these", [3, 4])
    assert (first["label"], first["rows"], none) == ("Exclude these", [3, 4], [])
    actions.act(run, "keep", [4])
    first, second = image_actions.excluding(run, "Exclude these", [3, 4])
    assert (first["label"], first["action"], first["rows"]) == ("Exclude these, but not image 4", "exclude", [3])
    assert second["label"] == "Exclude these, also image 4, confirmed"
    assert (second["action"], second["rows"]) == ("exclude-confirmed", [3, 4])
    (alone,) = image_actions.excluding(run, "Exclude it", [4])
    assert alone["action"] == "exclude-confirmed"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([3], "image 3"),
        ([3, 5], "images 3 and 5"),
        ([1, 2, 3], "images 1, 2 and 3"),
        (range(9), "images 0, 1, 2, 3, 4 and 4 more"),
    ],
)
def test_images_are_named(rows, words):
    assert actions.named(list(rows)) == words


def test_undo_says_what_it_takes_back_and_takes_back_nothing_else(run):
    assert image_actions.undo(run) == []
    actions.act(run, "exclude", [3, 4])
    (promised,) = image_actions.undo(run)
    assert promised["label"] == "Undo: 2 images excluded"
    actions.act(run, "keep", [7])
    assert (
        "your latest decision is another one by now (image 7 confirmed"
        in actions.act(run, "undo", [], promised["value"])[0]
    )
    assert len(state(run).excluded) == 2
    (now,) = image_actions.undo(run)
    assert actions.act(run, "undo", [], now["value"])[0] == "Undone: image 7 confirmed, the label is right."
    (again,) = image_actions.redo(run)
    assert again["label"] == "Redo: image 7 confirmed, the label is right"


def test_trust_is_given_and_taken(run):
    assert actions.act(run, "trust", [7])[0] == "Saved: test image 7 trusted."
    assert state(run).trusted == {7}
    assert actions.act(run, "trust", [7])[0] == "Already so: test image 7 trusted."
    assert actions.act(run, "trust", [7], "-")[0] == "Saved: test image 7 no longer trusted."
    assert state(run).trusted == set()


def test_images_of_either_side_are_tagged_and_noted_once(run):
    tag = {"action": "tag", "value": " blurred "}
    (answer,) = actions.perform({"items": [item(run, name="tag-train") | tag | {"rows": [7, 9]}]}, backend.run)
    assert answer.text == "Saved: 2 images tagged blurred."
    assert actions.act(run, "tag", [7, 9, 11], "blurred")[0] == "Saved: image 11 tagged blurred."
    assert actions.act(run, "tag", [7], "blurred")[0] == "Already so: image 7 tagged blurred."
    (answer,) = actions.perform(
        {"items": [item(run, name="tag-test") | tag | {"rows": [7], "side": "test"}]}, backend.run
    )
    assert answer.text == "Saved: test image 7 tagged blurred."
    now = state(run)
    assert (now.test_tags, set(now.tags.values())) == ({7: ("blurred",)}, {("blurred",)})
    assert actions.act(run, "note", [7, 9], " seen twice ")[0] == "Saved: 2 images noted."
    assert actions.act(run, "note", [7, 11], "seen twice")[0] == "Saved: image 11 noted."
    assert set(state(run).notes.values()) == {"seen twice"}
    for change, says in (({"side": "left"}, "There is no side 'left'"), ({"value": " "}, "The tag is empty")):
        (answer,) = actions.perform({"items": [item(run, name=says) | tag | change]}, backend.run)
        assert not answer.done
        assert says in answer.text


def test_an_action_that_is_sent_twice_is_done_once(run):
    actions.act(run, "exclude", [8])
    (first,) = actions.perform({"items": [item(run, name="one")]}, backend.run)
    assert first.text == "Saved: image 3 excluded."
    undo = item(run, "undo", (), name="two")
    answers = actions.perform({"items": [item(run, name="one"), undo]}, backend.run)
    assert [answer.text for answer in answers] == [first.text, "Undone: image 3 excluded."]
    assert actions.perform({"items": [item(run, name="one"), undo]}, backend.run) == answers
    assert state(run).excluded == {run.picture_row("train", 8)}


def test_an_answer_names_the_confirmed_that_were_spared(run):
    actions.act(run, "keep", [4])
    (answer,) = actions.perform({"items": [item(run, rows=(3, 4), name="spared")]}, backend.run)
    assert answer.spared == (4,)
    (answer,) = actions.perform({"items": [item(run, "exclude-confirmed", (4,), name="too")]}, backend.run)
    assert (answer.text, answer.spared) == ("Saved: image 4 excluded.", ())


def test_what_the_disk_refuses_is_said_and_may_be_tried_again(run, monkeypatch):
    def full(*_):
        raise ExplorerError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(edit_log, "record_edits", full)
        (failed,) = actions.perform({"items": [item(run, name="full")]}, backend.run)
    assert (failed.text, failed.done) == ("The disk is full.", False)
    (saved,) = actions.perform({"items": [item(run, name="full")]}, backend.run)
    assert (saved.text, saved.done) == ("Saved: image 3 excluded.", True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"action": "burn"}, "There is no action 'burn'; choose one of: relabel"),
        ({"action": "relabel", "value": "horse"}, "There is no class 'horse'"),
        ({"rows": [10**6]}, "the numbers go from 0 to 799"),
        ({"rows": ["3"]}, "names no images"),
        ({"run": "nobody"}, "There is no run 'nobody'"),
    ],
)
def test_a_strange_action_is_one_sentence_and_writes_nothing(run, change, says):
    (answer,) = actions.perform({"items": [item(run, name=says) | change]}, backend.run)
    assert says in answer.text
    assert not answer.done
    assert rows_of(run) == 0


@pytest.mark.parametrize("told", [None, [], {"items": 3}, {"items": ["x"]}])
def test_a_message_that_is_no_list_of_actions_is_refused(told):
    with pytest.raises(ExplorerError, match="cannot be read; load the page again"):
        actions.perform(told, backend.run)


def test_keeping_an_own_label_in_an_edited_run_keeps_it(run):
    actions.act(run, "relabel", [3], other(run, 3))
    edited = refit_edited(run, "relabelled")
    assert actions.own_label(edited, 3) == run.class_names[run.train_labels[3]]
    assert actions.act(edited, "keep", [3])[0].startswith("Already so")
    assert actions.act(edited, "relabel", [3], other(run, 3))[0].startswith("Already so")
    assert state(run).labels == {run.picture_row("train", 3): other(run, 3)}
    assert (
        actions.act(edited, "relabel", [3], actions.own_label(edited, 3))[0]
        == "Saved: image 3 confirmed, the label is right."
    )
    assert state(run).labels == {}


@pytest.mark.parametrize(
    ("page", "row", "expected"),
    [
        (None, None, (0, 1)),
        (2, None, (200, 2)),
        (99, None, (400, 3)),
        (None, 450, (400, 3)),
        (1, 450, (0, 1)),
        (None, 10**6, (0, 1)),
    ],
)
def test_the_part_of_the_queue_that_is_asked_for(page, row, expected):
    found = queue_page(np.arange(500), page, row)
    assert (found.rows[0], found.page, found.pages) == (*expected, 3)


def test_progress_counts_what_was_looked_at_and_what_was_changed(run):
    shown = QueuePage((3, 4, 5, 6), 4, 1)
    assert queue.progress(run, shown, state(run)) == "0 of 4 decided"
    actions.act(run, "keep", [3])
    actions.act(run, "relabel", [4], other(run, 4))
    actions.act(run, "exclude", [5])
    actions.act(run, "exclude", [99])
    assert queue.progress(run, shown, state(run)) == "3 of 4 decided: 2 changes, 1 confirmation"
    assert queue.decision_labels(run, shown.rows, state(run)) == {
        "3": "confirmed",
        "4": f"→ {other(run, 4)}",
        "5": "excluded",
    }


def test_the_evidence_is_a_rank_in_each_ranking(result):
    row = int(result.order[5])
    said = queue.ranks_by_method(result, row)
    for name, values in result.evidence.items():
        rank = 1 + sum(value > values[row] for value in values)
        assert said[name]["words"] == f"{queue.ordinal(rank)} of {len(values)}"
        assert said[name]["strong"] == (rank <= 0.05 * len(values))


@pytest.mark.parametrize(
    ("rank", "said"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (112, "112th"), (1023, "1,023rd")]
)
def test_ranks_in_words(rank, said):
    assert queue.ordinal(rank) == said


def test_the_wrong_predictions_that_an_image_harms_most(run, result):
    row = int(result.order[0])
    wrong = np.flatnonzero(run.predicted != run.test_labels)
    scores = run.scorer("newton").exact(run.tests_of(wrong), np.array([row]))[0]
    (found,) = queue.most_harmed(run, [row])
    expected = wrong[np.argsort(scores)][: min(queue.HARMED, (scores < 0).sum())]
    assert [test for test, _ in found] == expected.tolist()
    assert all(said.startswith("▼ −") for _, said in found)


def test_what_an_image_does_is_counted_by_cell(result):
    row = int(result.arrays["harmed"].sum(axis=0).argmax())
    cell, count = result.facts["cells"][0], result.arrays["harmed"][0, row]
    assert count
    sentence = f"{count} of the {cell['errors']} images labelled {cell['label']} but called {cell['predicted']}"
    assert sentence in queue.harm_summary(result, row)


def test_places_in_a_ranking_are_scipys(result):
    for name, values in result.evidence.items():
        np.testing.assert_array_equal(result.ranks[name], rankdata(-values, method="min"), err_msg=name)
    assert len(np.unique(result.ranks["neighbours"])) < len(result.score)  # equal ones share a place


def test_what_is_good_on_the_whole_and_often_bad_is_one_sentence(result):
    counted = result.arrays["harmed"].sum(axis=0) > 0
    good = int(np.flatnonzero(counted & (result.evidence["harm"] < 0))[0])
    bad = int(np.flatnonzero(counted & (result.evidence["harm"] > 0))[0])
    said = queue.harm_summary(result, good)
    assert said.startswith("▼ Good on the whole, harmful to some:")
    assert f"by harm it is the {queue.ordinal(int(result.ranks['harm'][good]))} of {len(result.score):,}" in said
    assert said.count(".") == 1
    assert queue.harm_summary(result, bad).startswith("▼ Harms ")


@pytest.mark.parametrize("sort", ["suspicion", *queue_view.RANKED, "class", "number"])
def test_the_queue_in_another_order(run, result, sort, monkeypatch):
    whole = np.random.default_rng(0).normal(size=len(run.train_labels))
    monkeypatch.setattr("explorer.runs.results.audit.load_self_influences", lambda run_id: whole)
    result = AuditResult(run, result.facts, result.arrays)
    order = queue_view.in_order(result, sort)
    assert sorted(order.tolist()) == list(range(len(run.train_labels)))
    keys = {"suspicion": -result.score, "class": run.train_labels, "number": np.arange(len(order))}
    key = keys[sort] if sort in keys else -result.evidence[sort]
    assert (np.diff(key[order]) >= 0).all()


def test_the_queue_is_searched(run, result):
    (shown,) = review_blocks(opened("suspects", trusted="even", find="dog"))
    dogs = [row for row in result.order.tolist() if run.class_names[run.train_labels[row]] == "dog"]
    assert [entry["id"] for entry in shown["entries"]] == [str(row) for row in dogs[: queue.PAGE_SIZE]]
    (shown,) = review_blocks(opened("suspects", trusted="even", find="17"))
    assert [entry["id"] for entry in shown["entries"]] == ["17"]
    app = opened("suspects", trusted="even", find="nothing like this")
    assert review_blocks(app) == []
    assert "Nothing here fits what you search for." in "".join(
        element.proto.json for element in app.get("bidi_component")
    )


def review_blocks(app):
    drawn = [json.loads(element.proto.json)["blocks"] for element in app.get("bidi_component")]
    return [block for blocks in drawn for block in blocks if block["kind"] == "review"]


def test_the_queue_has_everything_but_the_truth(run, result):
    first = queue.most_harmed(run, [int(result.order[0])])[0][0][0]
    actions.act(run, "trust", [first])
    actions.act(run, "exclude", [int(result.order[0])])
    (shown,) = review_blocks(opened("suspects", trusted="even"))
    assert "trusted" in shown["tests"][str(first)]["marks"]
    assert [entry["id"] for entry in shown["entries"]] == result.order[: queue.PAGE_SIZE].astype(str).tolist()
    assert shown["open"] == str(result.order[1])
    assert shown["done"] == {str(result.order[0]): "excluded"}
    assert shown["undo"] == f"image {result.order[0]} excluded"
    assert shown["entries"][0]["reason"]
    keys = {"id", "src", "alt", "title", "file", "reason", "evidence", "does", "links", "harmed"}
    assert set(shown["entries"][0]) == keys  # nothing that depends on the truth
    assert shown["entries"][0]["src"] == f"/thumbs/{run.id}/train/{result.order[0]}"


def test_a_selection_restricts_the_queue(run, result):
    rows = result.order[[50, 3, 700]]
    key = selections.save(run.id, "train", rows)
    (shown,) = review_blocks(opened("suspects", trusted="even", selection=key))
    assert [entry["id"] for entry in shown["entries"]] == [str(row) for row in result.order[[3, 50, 700]]]
    key = selections.save(run.id, "test", [1])
    assert review_blocks(opened("suspects", trusted="even", selection=key)) == []


def test_without_an_audit_the_page_offers_one(run):
    app = opened("suspects", trusted="all")
    assert [button.label for button in app.button] == ["Start the audit"]
    assert len(app.exception) == 0
    said = json.dumps([json.loads(element.proto.json) for element in app.get("bidi_component")])
    assert "looks for labels that are probably wrong" in said


def test_marked_images_are_asked_for_where_there_are_none():
    app = opened("suspects", trusted="marked")
    said = json.dumps([json.loads(element.proto.json) for element in app.get("bidi_component")])
    assert "I trust this label" in said


def test_a_view_that_does_not_exist_is_one_sentence():
    assert "choose one of: queue, outliers" in opened("suspects", view="nowhere").error[0].value


@pytest.mark.parametrize("view", views.VIEWS)
def test_every_view_opens(view, result):
    app = opened("suspects", view=view, trusted="even")
    assert [error.value for error in app.exception] == []
    assert [error.value for error in app.error] == []


def test_confusions_count_the_wrong_predictions(run):
    found = error_causes.confusion_counts(run)
    assert sum(found.values()) == (run.predicted != run.test_labels).sum()
    for (label, predicted), count in found.items():
        pair = (run.test_labels == run.class_index(label)) & (run.predicted == run.class_index(predicted))
        assert count == pair.sum()


def acts(app):
    """The buttons and links beside the image of a page."""
    drawn = [json.loads(element.proto.json)["blocks"] for element in app.get("bidi_component")]
    sections = [section for blocks in drawn for block in blocks for section in block.get("sections", [])]
    (found,) = [section["acts"] for section in sections if section["acts"]]
    return {button["label"]: button for button in found["buttons"]}, [
        link["label"] for link in found["links"] if link["next"]
    ]


def test_what_can_be_done_about_a_training_image(run):
    buttons, ways = acts(opened("training_image", train=3))
    assert list(buttons) == [
        f"Relabel to {other(run, 3)}",
        "Exclude this image",
        f"Confirm: {run.class_names[run.train_labels[3]]} is right",
    ]
    assert ways == ["Open it in the review queue"]
    actions.act(run, "exclude", [3])
    buttons, ways = acts(opened("training_image", train=3))
    assert [label for label, button in buttons.items() if button["on"]] == ["Exclude this image"]
    assert "Undo: image 3 excluded" in buttons
    assert ways == ["Open it in the review queue", "Refit with the 1 change"]


def test_what_can_be_done_about_a_prediction(run):
    buttons, ways = acts(opened("explain", test=3))
    exclude = buttons["Exclude the 24 that argue against it"]
    assert len(exclude["rows"]) == 24
    assert not exclude["on"]
    assert ways == []
    actions.act(run, exclude["action"], exclude["rows"])
    trust = buttons["I trust this label"]
    actions.act(run, trust["action"], trust["rows"], trust["value"])
    buttons, ways = acts(opened("explain", test=3))
    assert buttons["Exclude the 24 that argue against it"]["on"]
    assert (buttons["I trust this label"]["on"], buttons["I trust this label"]["value"]) == (True, "-")
    assert ways == ["Refit with the 24 changes"]


def test_the_curve_along_the_edits_is_a_refit_of_each_prefix(run):
    with pytest.raises(ExplorerError, match="decide on some images in the review queue first"):
        edits_curve(run)
    wrong = np.flatnonzero(run.truth != run.train_labels)[:3]
    for row in wrong:
        actions.act(run, "relabel", [int(row)], run.class_names[run.truth[row]])
    actions.act(run, "exclude", [0])
    assert count_decisions(run) == 4
    assert load_edits_curve(run) is None
    found = edits_curve(run)
    assert found["counts"] == [0, 1, 2, 3, 4]
    assert load_edits_curve(run) == found
    after = refit_edited(run, "four")
    hit = after.predicted == after.test_labels
    np.testing.assert_allclose(found["edits"][-1], [hit[after.test_labels == label].mean() for label in (0, 1)])
    np.testing.assert_allclose(found["edits"][0], list(run.manifest.accuracy_per_class.values()))


def test_the_truth_is_told_of_what_was_decided_only(run):
    assert decisions_sentence(run) == ""
    wrong, right = (int(np.flatnonzero((run.truth != run.train_labels) == flag)[0]) for flag in (True, False))
    actions.act(run, "relabel", [wrong], run.class_names[run.truth[wrong]])
    actions.act(run, "exclude", [right])
    assert (
        decisions_sentence(run)
        == "Of what you decided: 1 of 1 new labels are true; 0 of 1 images that you excluded had a wrong label."
    )


def test_the_cleaning_command_prints_one_object(run, result, capsys):
    cleaning("default", trusted="even", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert {"counts", "queue", "loss", "random", "untouched", "tests"} <= set(told)
    assert told["untouched"]
    assert len(told["queue"]) == len(told["counts"])


def test_orders_differ_by_more_than_colour():
    kinds = [ORDERS[name][1:] for name in ("queue", "loss", "random")]
    assert [len(set(values)) for values in zip(*kinds, strict=True)] == [3, 3, 3]


def test_of_many_classes_those_that_change_most_are_drawn():
    orders = {"queue": [[0.5, 0.6, 0.7, 0.8], [0.9, 0.6, 0.8, 0.85]]}
    assert leading(orders, 4) == [0, 2, 3]
    figure = cleaning_curves([0, 10], orders, ["a", "b", "c", "d"])
    assert [title.text for title in figure.layout.annotations] == ["a", "c", "d"]
    np.testing.assert_array_equal(figure.data[0].y, [0.5, 0.9])
