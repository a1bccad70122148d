"""The page of the papers' experiments: a kept result at once, else the question and the button."""

import json
import shutil

import pytest

from explorer.experiments import EXPERIMENTS
from explorer.experiments.cook_weisberg.experiment import CookWeisberg
from explorer.experiments.store import measure_or_load, result_folder
from explorer.experiments.two_models.experiment import TwoModels
from tests.support.views import drawn, shown


def page():
    from explorer.app.pages.learn.papers import draw_experiments

    draw_experiments()


@pytest.fixture
def fresh(run, alone):
    """The run of all tests in a home without results."""
    shutil.rmtree(alone / "experiments", ignore_errors=True)
    return run


def test_without_a_result_there_are_the_question_the_time_and_a_button(fresh):
    app = drawn(page, name="two-models")
    words = shown(app)
    assert TwoModels.question in words
    assert "It has not been measured on the run default yet." in words
    assert "It takes about a minute and a half" in words
    assert "python -m explorer experiment two-models --run default --json" in words
    assert [button.label for button in app.button] == ["Measure it"]
    assert not app.get("plotly_chart")


def test_the_button_starts_the_command_with_what_the_address_says(fresh, monkeypatch):
    started = []
    monkeypatch.setattr(
        "explorer.app.components.job_progress.job_progress.jobs.start", lambda *words: started.append(words)
    )
    drawn(page, name="cook-weisberg", data="points").button[0].click().run()
    words = ["experiment", "--run", "default", "cook-weisberg", "--set", "data=points"]
    assert started == [("experiment", "default", words)]


def test_a_kept_result_is_there_at_once_with_the_papers_figures_beside_ours(fresh):
    found = measure_or_load(CookWeisberg(data="points"), fresh)
    app = drawn(page, name="cook-weisberg", data="points")
    words = shown(app)
    assert len(app.get("plotly_chart")) == 2
    assert not app.button
    assert found["found"] in words
    for published in CookWeisberg.published:
        assert all(json.dumps(each)[1:-1] in words for each in (published.value, found["ours"][published.what]))
    assert "--set data=points --json" in words


def test_pictures_come_with_their_words(fresh):
    found = measure_or_load(TwoModels(images=60), fresh)
    words = shown(drawn(page, name="two-models", images="60"))
    assert (result_folder(TwoModels(images=60), fresh.id) / "test.png").is_file()
    for each in found["pictures"]:
        assert each["alt"] in words
    assert words.count("data:image/png;base64,") == len(found["pictures"])


def test_a_run_that_is_missing_is_named_with_the_command_that_builds_it(fresh):
    app = drawn(page, name="fix-mislabels")
    assert "python -m explorer build --noise 0.1 --run mislabelled" in shown(app)
    assert not app.button


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_can_be_asked_for(name, fresh):
    assert EXPERIMENTS[name].question in shown(drawn(page, name=name, run="default"))


def test_a_strange_address_is_a_sentence(fresh):
    app = drawn(page, name="cook-weisberg", data="points", seed="x")
    assert [error.value for error in app.error] == ["seed is 'x'; give a value such as 0."]
    assert (
        "There is no experiment 'nothing'; choose one of: koh-liang-fig2" in drawn(page, name="nothing").error[0].value
    )
