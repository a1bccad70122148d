"""Retrain, Compare (runs) and the case file's place, as pages: edits of a home of their own, refits that are real."""

import json

import numpy as np
import pytest

from explorer.app import backend, screen_text
from explorer.app.components.accuracy_change.accuracy_change import accuracy_sentence
from explorer.app.pages.compare import run_comparison
from explorer.app.pages.retrain import edit_refit
from explorer.core import home
from explorer.runs.edits import edit_log
from explorer.runs.edits.edit_log import Change
from explorer.runs.edits.refit import edited_id, predicted_losses, refit_edited
from explorer.runs.results.comparison import compare_runs
from explorer.runs.results.explanation import explain
from explorer.runs.results.removal_trials import verify
from explorer.runs.store import names, open_run, point
from tests.support.homes import furnish
from tests.support.manifests import manifest
from tests.support.pages import galleries, opened, sides


@pytest.fixture
def alone(run, tmp_path, monkeypatch):
    """A home of its own that holds the run of all tests and no edits."""
    furnish(tmp_path, home.root(), run.id)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    for kept in (backend._opened, backend.warm_run, backend.manifest, backend._runs, edit_refit.predicted_changes):
        kept.cache_clear()
    yield open_run("default")
    backend._opened.cache_clear()
    backend.manifest.cache_clear()


@pytest.fixture
def wrong(run):
    return int(run.confidently_wrong(0)[0])


@pytest.fixture
def edited(alone, wrong):
    """The run with edits that repair a cat: the images that harm it most get its label, or are left out."""
    harmful = [entry.train_index for entry in explain(alone, wrong).harmful]
    rows = [row for row in harmful if alone.train_labels[row] == 1][:8]
    others = [row for row in harmful if alone.train_labels[row] == 0][:4]
    changes = [Change("train", alone.picture_row("train", row), "relabel", "cat") for row in rows]
    changes += [Change("train", alone.picture_row("train", row), "exclude") for row in others]
    edit_log.record_edits(alone, [*changes, Change("train", alone.picture_row("train", 0), "keep")])
    return alone, rows, others


def words(app):
    elements = app.get("bidi_component")
    return " ".join(json.dumps(json.loads(element.proto.json), ensure_ascii=False) for element in elements)


def fine(app):
    assert [error.value for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def test_without_edits_the_page_says_how_to_get_some(alone):
    app = fine(opened("retrain"))
    assert "No label was changed yet and no image was left out." in words(app)
    assert not app.button


def test_the_edits_are_shown_before_anything_is_fitted(edited):
    _, rows, removed = edited
    app = fine(opened("retrain"))
    shown = galleries(app)
    assert [tile["id"] for tile in shown["New labels"]] == [str(row) for row in sorted(rows)]
    assert all(tile["lines"] == ["dog → cat"] for tile in shown["New labels"])
    assert [tile["id"] for tile in shown["Left out"]] == [str(row) for row in sorted(removed)]
    counted = f"{len(rows)} labels changed, {len(removed)} image{'s' if len(removed) != 1 else ''} left out, 1 label confirmed."
    assert counted in words(app)
    assert list(names()) == ["default"]


def test_a_refit_shows_what_was_predicted_beside_what_happened(edited, wrong):
    run, *_ = edited
    predicted = predicted_losses(run)
    app = fine(fine(opened("retrain", test=wrong)).button(key="refit").click().run())
    after = open_run("default-edited")
    measured = after.test_losses - run.test_losses
    assert names()["default"] == run.id
    said = words(app)
    assert "Repaired: the model now says cat" in said
    assert f"correlate at {np.corrcoef(predicted, measured)[0, 1]:.4f}" in said
    cat = [run.test_probabilities[wrong, 0], np.exp(-run.test_losses[wrong] - predicted[wrong])]
    shown = [screen_text.probability(cat[0])]
    shown += [screen_text.became(cat[0], each) for each in (cat[1], after.test_probabilities[wrong, 0])]
    assert all(f'"{figure}"' in said for figure in shown)
    points = json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]
    assert len(points["x"]) == len(run.test_labels)
    assert f"/compare?run=default&test={wrong}&what=runs&before={run.id}&after={after.id}" in said
    assert f"/explain?run=default-edited&test={wrong}" in said


def test_a_run_of_these_very_edits_is_shown_and_not_offered_again(edited):
    run, *_ = edited
    fine(opened("retrain")).button(key="refit").click().run()
    again = fine(opened("retrain", run="default-edited"))
    assert not again.button
    assert "All test images" in words(again)
    links = {tile["href"].split("&")[0] for title in ("New labels", "Left out") for tile in galleries(again)[title]}
    assert links == {"/training_image?run=default"}  # the rows are the unedited run's; in the edited one they moved
    edit_log.undo_step(run.data_digest)
    edit_log.record_edits(run, [Change("train", run.picture_row("train", 9), "exclude")])
    assert fine(opened("retrain")).button(key="refit").label == "Refit with these changes"


def test_an_edited_run_whose_name_means_another_now_still_opens(edited, wrong):
    run, *_ = edited
    first = refit_edited(run, "default-edited")
    edit_log.record_edits(run, [Change("train", run.picture_row("train", 9), "exclude")])
    refit_edited(run, "default-edited")
    helpful, _ = sides(fine(opened("explain", run=first.id, test=wrong)))
    assert len(helpful) == 24
    assert "There is no run" in opened("explain", run="0" * 16, test=wrong).error[0].value


def test_a_name_that_means_something_else_is_left_alone(edited):
    run, *_ = edited
    point("default-edited", run.id)
    fine(fine(opened("retrain")).button(key="refit").click().run())
    assert names()["default-edited"] == run.id
    assert open_run(f"{run.id}-edited").manifest.base == run.id


def test_edits_that_empty_a_class_get_one_sentence(alone):
    rows = np.flatnonzero(alone.train_labels == 0)
    edit_log.record_edits(alone, [Change("train", alone.picture_row("train", int(row)), "exclude") for row in rows])
    app = opened("retrain").button(key="refit").click().run()
    assert len(app.exception) == 0
    assert "leave a class without any training image" in app.error[0].value
    assert "Left out" in galleries(app)


def test_a_network_from_scratch_is_trained_in_the_background(edited, monkeypatch):
    started = []
    monkeypatch.setattr(edit_refit, "TRAINED_HERE", ("mobilenet_v2",))  # the run of all tests stands in for one
    monkeypatch.setattr(edit_refit.jobs, "start", lambda *words: started.append(words))
    fine(fine(opened("retrain")).button(key="scratch").click().run())
    kind, name, asked = started[0]
    assert (kind, name) == ("build", "default-scratch")
    assert asked[:3] == ["build", "--dataset", "drawn"]
    assert "--edited" in asked
    app = fine(opened("retrain"))
    assert "Compare with default-scratch" not in words(app)
    made = refit_edited(edited[0], "default-scratch")
    assert f"what=runs&before={edited[0].id}&after={made.id}" in words(fine(opened("retrain")))


@pytest.mark.parametrize(("way", "action"), [("removing", "Left out"), ("relabelling", "New labels")])
def test_a_flipping_set_becomes_edits_that_repair(alone, wrong, way, action):
    app = opened("explain", test=wrong, flip=way, find=wrong)
    app = fine(app.button(key="adopt").click().run())
    assert "Repaired: the model now says cat" in words(app)
    flip = backend.flip(alone.id, wrong, way == "relabelling")
    assert {tile["id"] for tile in galleries(app)[action]} == {str(row) for row in flip.rows}
    assert len(edit_log.live(alone.data_digest)) == len(flip.rows)


def test_one_press_refits_and_a_second_visit_finds_the_run(edited, wrong, monkeypatch):
    run, *_ = edited
    made = edited_id(run)
    app = fine(opened("retrain", test=wrong, refit=made))
    assert "refit" not in [button.key for button in app.button]
    assert "Repaired: the model now says cat" in words(app)
    assert open_run("default-edited").id == made
    monkeypatch.setattr(edit_refit, "refit_plan", None)
    assert "Repaired: the model now says cat" in words(fine(opened("retrain", test=wrong, refit=made)))


def test_a_link_of_other_changes_refits_nothing(edited):
    app = fine(opened("retrain", refit="0" * 16))
    assert "asked for a refit with other changes" in words(app)
    assert app.button(key="refit").label == "Refit with these changes"
    assert list(names()) == ["default"]


def test_the_headline_has_the_balance_and_its_numbers_lead_to_the_images(edited, wrong):
    run, *_ = edited
    app = fine(opened("retrain", test=wrong, refit=edited_id(run)))
    found = compare_runs(run, open_run("default-edited"))
    assert f"Repaired: the model now says cat. All test images: {edit_refit.balance(found.overall)}" in words(app)
    assert f"✓ {len(found.fixed)} fixed" in words(app)
    state = {"what": "runs", "before": run.id, "after": edited_id(run), "which": "fixed"}
    shown = galleries(fine(opened("compare", **state)))
    assert [[tile["id"] for tile in tiles] for tiles in shown.values()] == [[str(row) for row in found.fixed]]


@pytest.mark.parametrize(
    ("fixed", "broken", "said"),
    [
        (20, 21, "20 fixed, 21 broken, not better"),
        (0, 0, "no prediction changed sides"),
        (0, 60, "0 fixed, 60 broken, worse"),
        (12, 9, "12 fixed, 9 broken, 3 more right, but it may be chance"),
        (60, 0, "60 fixed, 0 broken, 60 more right"),
    ],
)
def test_the_balance_claims_no_more_than_the_images_show(fixed, broken, said):
    from explorer.evaluation.comparison import accuracy_change

    before, after = np.ones(400, dtype=bool), np.ones(400, dtype=bool)
    before[:fixed], after[-broken or 400 :] = False, False
    assert edit_refit.balance(accuracy_change(before, after)) == said


def test_a_confirmed_label_is_named_and_stays_unless_a_second_button_takes_it(alone):
    flips = ((int(row), backend.flip(alone.id, int(row), False)) for row in alone.confidently_wrong())
    wrong, flip = next((row, flip) for row, flip in flips if flip.rows is not None and len(flip.rows) > 2)
    confirmed, others = int(flip.rows[0]), {alone.picture_row("train", int(row)) for row in flip.rows[1:]}
    edit_log.record_edits(alone, [Change("train", alone.picture_row("train", confirmed), "keep")])
    app = fine(opened("explain", test=wrong, flip="removing", find=wrong))
    said = " ".join(element.value for element in app.markdown)
    assert f"The label of training image {confirmed} was confirmed, so it stays as it is" in said
    count = len(flip.rows)
    assert app.button(key="adopt").label == f"Make these {count - 1} my changes and refit"
    assert app.button(key="adopt-confirmed").label.startswith("Take the confirmed one too: make these")
    fine(app.button(key="adopt").click().run())
    state = edit_log.state(alone.data_digest)
    assert (state.excluded, state.kept) == (others, {alone.picture_row("train", confirmed)})


def test_two_runs_are_compared_on_the_page(edited, wrong):
    run, *_ = edited
    after = refit_edited(run, "default-edited")
    verify(run, 7, [3])
    app = fine(opened("compare", what="runs", run="default-edited", test=wrong))
    found, shown = compare_runs(run, after), galleries(app)
    fixed = f"✓ {len(found.fixed)} prediction{'s' if len(found.fixed) != 1 else ''} fixed"
    assert [tile["id"] for tile in shown[fixed]] == [str(row) for row in found.fixed]
    assert str(wrong) in [tile["id"] for tile in shown[fixed]]
    assert [tile["id"] for tile in shown[run_comparison.TRIED]] == [str(wrong), "7"]
    table = app.dataframe[0].value
    assert list(table["class"]) == ["cat", "dog", "all"]
    before = found.classes["cat"].before
    assert table["right before"][0] == "{} ({} to {})".format(
        *map(screen_text.percent, (before.value, before.low, before.high))
    )
    assert accuracy_sentence("cat", found.classes["cat"]) in words(app)
    columns, rows = run_comparison.changed_numbers(found, run, after)
    assert f'"rows": {json.dumps(rows[:1])[:-1]}' in words(app)
    assert [dict(zip(columns, row, strict=True))["test image"] for row in rows] == [*found.fixed, *found.broken]


def test_all_fixed_predictions_can_be_reached_sorted_and_searched(edited, monkeypatch):
    run, *_ = edited
    after = refit_edited(run, "default-edited")
    found = compare_runs(run, after)
    every = [int(row) for row in found.fixed]
    assert len(every) > 2
    monkeypatch.setattr(run_comparison, "SHOWN", 2)
    monkeypatch.setattr(run_comparison, "PAGE", 2)
    monkeypatch.setattr(run_comparison, "FEW", 2)
    state = {"what": "runs", "run": "default-edited"}
    app = fine(opened("compare", **state))
    assert f"See all {len(every)} fixed ones" in words(app)
    assert "2 of them stand here" in words(app)
    listed = []
    for page in range(1, -(-len(every) // 2) + 1):
        (tiles,) = galleries(fine(opened("compare", **state, which="fixed", sort="number", page=page))).values()
        listed += [int(tile["id"]) for tile in tiles]
    assert listed == sorted(every)
    (tiles,) = galleries(fine(opened("compare", **state, which="fixed", find=every[-1]))).values()
    assert str(every[-1]) in [tile["id"] for tile in tiles]
    (tiles,) = galleries(fine(opened("compare", **state, which="fixed", find="no such thing"))).values()
    assert tiles == []


def test_a_sentence_claims_no_difference_that_the_images_do_not_show():
    from explorer.evaluation.comparison import accuracy_change

    before, after = np.arange(400) < 240, np.arange(400) < 320
    assert accuracy_sentence("cat", accuracy_change(before, after)).startswith(
        "cat 60.0\u00a0% → 80.0\u00a0%: better, +20.0 (+1"
    )
    assert accuracy_sentence("cat", accuracy_change(after, before)).startswith(
        "cat 80.0\u00a0% → 60.0\u00a0%: worse, −20.0 (−2"
    )
    after = np.arange(400) < 241
    assert accuracy_sentence("cat", accuracy_change(before, after)).endswith(
        "no difference that 400 test images could show."
    )


def test_a_run_is_compared_with_its_own_edits_else_with_the_same_data(monkeypatch):
    of = {"photo": "photos", "drawn": "drawn", "again": "photos", "edited": "photos"}
    known = {run_id: manifest(dataset=name) for run_id, name in of.items()}
    known["edited"] = manifest(dataset="photos", base="again")
    monkeypatch.setattr(run_comparison.backend, "manifest", known.__getitem__)
    for now, pair in {"photo": "again", "drawn": "photo", "again": "edited"}.items():
        monkeypatch.setattr(run_comparison.urls, "run_id", lambda now=now: now)
        assert run_comparison._defaults(list(known)) == (now, pair)
    monkeypatch.setattr(run_comparison.urls, "run_id", lambda: "edited")
    assert run_comparison._defaults(list(known)) == ("again", "edited")


def test_one_run_alone_cannot_be_compared(alone):
    assert "There is only one run so far." in words(fine(opened("compare", what="runs")))


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"what": "all"}, "choose one of: methods, runs"),
        ({"what": "runs", "before": "nobody"}, "There is no run 'nobody'"),
    ],
)
def test_a_bad_address_of_compare_gets_one_sentence(alone, state, sentence):
    app = opened("compare", **state)
    assert len(app.exception) == 0
    assert sentence in app.error[0].value


def test_the_case_file_waits_behind_a_link(alone, wrong):
    quiet = fine(opened("explain", test=wrong))
    assert not quiet.get("download_button")
    assert f"/explain?run=default&test={wrong}&method=newton&case=open" in words(quiet)
    app = fine(opened("explain", test=wrong, case="open"))
    assert len(app.get("download_button")) == 1
    assert app.code[0].value.endswith(f"/explain?run={alone.id}&test={wrong}&method=newton")


@pytest.mark.parametrize("action", ["relabel", "exclude"])
def test_the_case_file_of_a_refitted_run_says_how_it_was_made(alone, wrong, action):
    from explorer.runs.results.case_facts import case

    value = alone.class_names[1 - alone.train_labels[3]] if action == "relabel" else ""
    edit_log.record_edits(alone, [Change("train", alone.picture_row("train", 3), action, value)])
    commands = dict(case(refit_edited(alone, "again"), "again", wrong).commands)
    assert commands["Its changes"] == f"python -m explorer edit retrain --run {alone.id} --as case"
    assert "--edited" not in commands["The run"]


def test_the_case_file_of_the_page_is_the_commands(alone, wrong):
    from explorer.app.pages.explain.case_file import render_case_file
    from explorer.figures.case_file import casefile
    from explorer.runs.results import case_facts

    found = explain(alone, wrong)
    page, command = render_case_file(alone.id, found).decode(), casefile(case_facts.case(alone, "default", wrong))
    cut = "<h2>Where these scores"
    assert page[page.index("<section") : page.index(cut)] == command[command.index("<section") : command.index(cut)]
