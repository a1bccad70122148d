"""The article's story: a recorded plant, the repair in the order of the queue, and the steps of the lesson that tell it."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.core.phrases import NO_BREAK, percent
from explorer.lesson.repair import AUTHOR, looked_at, repair
from explorer.lesson.scenarios import ARTICLE, scenario
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_log
from explorer.runs.results.audit import audit_run
from tests.support.pages import galleries, opened

BUDGET = 120


def test_the_scenario_lays_its_plant_on_whatever_is_asked_for():
    asked = ARTICLE.config(Config("some/folder", seed=3))
    assert asked == Config("some/folder", seed=3, noise=ARTICLE.noise, noise_seed=ARTICLE.noise_seed)


def test_an_unknown_scenario_is_refused_in_a_sentence(explorer):
    with pytest.raises(ExplorerError, match=r"^There is no scenario 'novel'; choose one of: article\.$"):
        scenario("novel")
    found = explorer("build", "--dataset", "drawn", "--scenario", "novel", "--json")
    assert (found.returncode, found.stdout) == (2, "")
    assert "There is no scenario 'novel'" in found.stderr


def test_the_story_has_wrong_labels_and_too_few_cats(story):
    wrong = story.truth != story.train_labels
    assert set(story.truth[wrong]) == {0, 1}  # the plant's cats, and the mistakes that the drawn data have anyway
    assert np.sum(wrong & (story.truth == 0)) > np.sum(wrong & (story.truth == 1))
    assert np.sum(story.truth == 0) < np.sum(story.truth == 1)
    assert story.manifest.noise == ARTICLE.noise


@pytest.fixture
def repaired(story):
    """What the repair says, and afterwards a data set without edits again."""
    yield repair(story, BUDGET, "article-repaired")
    while edit_log.undo_step(story.data_digest):
        pass


def test_the_repair_corrects_what_is_wrong_among_the_first_of_the_queue_and_nothing_else(story, repaired):
    looked = audit_run(story).order[:BUDGET]
    wrong = looked[story.truth[looked] != story.train_labels[looked]]
    state, rows = edit_log.state(story.data_digest), story.arrays["train_rows"]
    assert state.labels == {int(rows[row]): story.class_names[story.truth[row]] for row in wrong}
    assert state.kept == {int(rows[row]) for row in np.setdiff1d(looked, wrong)}
    assert not state.excluded
    assert {edit.author for edit in edit_log.live(story.data_digest)} == {AUTHOR}
    assert (repaired["looked_at"], repaired["corrected"]) == (BUDGET, len(wrong))


def test_the_repaired_accuracy_is_that_of_the_refitted_run(story, repaired):
    from explorer.runs.store import open_run

    after = open_run("article-repaired")
    for row, name in enumerate(story.class_names):
        tests = story.test_labels == row
        assert repaired["before"][name] == pytest.approx(np.mean(story.predicted[tests] == row))
        assert repaired["after"][name] == pytest.approx(np.mean(after.predicted[tests] == row))
    assert after.manifest.base == story.id


def test_a_decision_that_was_made_before_stays(story):
    row = int(story.arrays["train_rows"][audit_run(story).order[0]])
    edit_log.record_edits(story, [edit_log.Change("train", row, "exclude")], "somebody")
    repair(story, BUDGET, "article-repaired")
    assert row in edit_log.state(story.data_digest).excluded
    while edit_log.undo_step(story.data_digest):
        pass


@pytest.mark.parametrize("budget", [0, -3, 10_000])
def test_a_budget_that_cannot_be_looked_at_is_refused(story, budget):
    with pytest.raises(ExplorerError, match=rf"may look at 1 to \d+ labels, not {budget:,}; give another budget"):
        looked_at(story, budget)


def test_a_run_whose_truth_nobody_knows_is_not_repaired(story):
    stranger = replace(story)
    stranger.__dict__["truth"] = None
    message = r"It is not known which labels of this run are wrong; build the story with `build --scenario article`"
    with pytest.raises(ExplorerError, match=message):
        looked_at(stranger, 10)


# The lesson


def words_of(app):
    assert [error.value for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return "".join(element.proto.json for element in app.get("bidi_component"))


@pytest.mark.parametrize("step", range(1, 9))
def test_every_step_opens_with_its_title_and_the_ways_on(story, step):
    from explorer.app.pages.learn.lesson.steps import STEPS

    said = words_of(opened("learn", step=step))
    assert json.dumps(f"{step}. {STEPS[step][1]}", ensure_ascii=False) in said
    assert (f"step={step + 1}" in said, f"step={step - 1}" in said) == (step < 8, step > 1)


def test_the_puzzle_tells_the_run_s_own_figures(story):
    said = words_of(opened("learn", step=1)).replace(r"\u00a0", NO_BREAK)
    each = story.manifest.accuracy_per_class
    assert f"right about {percent(max(each.values()))}" in said
    assert f"only {percent(min(each.values()))} of those" in said
    assert story.manifest.title not in said  # it counts the changed labels
    assert "on purpose" not in said


def test_without_the_story_the_lesson_offers_to_build_it(story):
    name = Path(os.environ["EXPLORER_HOME"]) / "runs/names/article"
    name.rename(name.with_name("other"))
    try:
        app = opened("learn", step=1)
        assert [button.label for button in app.button] == ["Build the story"]
    finally:
        name.with_name("other").rename(name)


def test_after_the_repair_the_lesson_says_what_became_of_the_picture(story, repaired):
    from explorer.app import screen_text
    from explorer.app.pages.learn.lesson.story import wrong_cat
    from explorer.runs.store import open_run

    after, index = open_run("article-repaired"), wrong_cat(story.id)
    label = story.test_labels[index]
    app = opened("learn", step=7)
    said = words_of(app)
    shown = [tile["marks"] for tiles in galleries(app).values() for tile in tiles]
    assert len(shown) > 10
    assert not any(shown)  # what the repair decided about them is what the first question asks
    assert said.index("carry a wrong label") > said.index("After the repair")
    expected = screen_text.change(
        story.class_names[label], story.test_probabilities[index, label], after.test_probabilities[index, label]
    )
    assert json.dumps(expected)[1:-1] in said


def test_a_repaired_run_is_not_repaired_again(story, repaired):
    app = opened("learn", step=7, run="article-repaired")
    assert "This run has corrected labels already." in words_of(app)
    assert not app.button


def test_a_run_whose_truth_nobody_knows_has_no_repair_but_the_queue(story, monkeypatch):
    from explorer.app.pages.learn.lesson import story as lesson

    stranger = replace(story)
    stranger.__dict__["truth"] = None
    monkeypatch.setattr(lesson, "story_run", lambda: stranger)
    monkeypatch.setattr(lesson, "repaired_run", lambda _: None)
    app = opened("learn", step=7)
    assert "Nobody has recorded which labels of this run are wrong" in words_of(app)
    assert not app.button


def test_a_run_without_mistakes_holds_no_puzzle(story, monkeypatch):
    from explorer.app import backend
    from explorer.app.pages.learn.lesson import story as lesson

    perfect = replace(story)
    perfect.__dict__["predicted"] = story.test_labels
    monkeypatch.setattr(backend, "warm_run", lambda _: perfect)
    assert lesson.wrong_cat.compute(story.id) is None
    monkeypatch.setattr(lesson, "wrong_cat", lambda _: None)
    for step in (1, 7):
        assert "predicts every test image rightly, so it holds no puzzle" in words_of(opened("learn", step=step))


def test_the_limits_can_be_measured_on_a_run_that_the_address_names_by_its_id(story):
    app = opened("learn", step=8, run=story.id)
    assert {button.label for button in app.button} == {"Measure it"}
    assert "not there yet" not in words_of(app)


def test_a_step_that_does_not_exist_is_one_sentence():
    app = opened("learn", step=9)
    assert [error.value for error in app.error] == ["The step in the address is 9; the lesson has the steps 1 to 8."]
