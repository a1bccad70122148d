"""Experiments end to end on drawn pictures: measured once, kept, resumed, and refused in one sentence."""

import json
from functools import partial

import numpy as np
import plotly.graph_objects as go
import pytest
import typer

from explorer.app.components.markdown.markdown_text import placeholders
from explorer.attribution import ESTIMATORS, Curvature, Scorer
from explorer.cli.experiment import experiment as command_of
from explorer.core.errors import CancelledError, ExplorerError
from explorer.datasets.base import stratified
from explorer.experiments import EXPERIMENTS, Experiment
from explorer.experiments.cook_weisberg.experiment import CookWeisberg
from explorer.experiments.fix_mislabels.experiment import FixMislabels
from explorer.experiments.koh_liang_fig2 import leave_one_out, network, network_leave_one_out
from explorer.experiments.koh_liang_fig2.experiment import KohLiangFig2
from explorer.experiments.koh_liang_fig2.network_leave_one_out import Schedule
from explorer.experiments.settings import changed_parameters, command, configure, default_run
from explorer.experiments.store import load_result, measure_or_load, result_folder
from explorer.experiments.two_models.experiment import TwoModels
from explorer.experiments.two_models.neighbour_bias import kernel_space, neighbour_bias, pixel_space
from explorer.models.head import fit
from explorer.models.solver import Objective
from tests.support.problems import PROBLEMS


@pytest.fixture
def home(run, tmp_path, monkeypatch):
    """A home without results, with the audits of all tests; the run is open already."""
    _ = run.dataset, run.truth
    audits = run.folder.parents[1] / "audits"
    audits.mkdir(exist_ok=True)
    (tmp_path / "audits").symlink_to(audits)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return tmp_path


# Enough to go through every line; that the agreement is real is shown in test_continued.py.
QUICK = partial(Schedule, epochs=1, settling=1, narrower=16)
MINE = (
    KohLiangFig2(points=12),
    KohLiangFig2(model="small-cnn", points=2, images=40, test=0, steps=2, batch=10),
    TwoModels(images=60),
    FixMislabels(),
    CookWeisberg(),
    CookWeisberg(data="points"),
)


@pytest.mark.parametrize("asked", MINE, ids=lambda asked: command(asked, "default")[len("python -m explorer ") :])
def test_an_experiment_is_measured_once_drawn_and_kept(asked, run, home, monkeypatch):
    if asked.name == "koh-liang-fig2":
        monkeypatch.setattr(network, "Schedule", QUICK)
    found = measure_or_load(asked, run)
    json.dumps(found, allow_nan=False)
    monkeypatch.setattr(type(asked), "measure", None)
    assert measure_or_load(asked, run) == found == load_result(asked, run.id)
    drawn = asked.figures(found)
    assert all(isinstance(each.figure, go.Figure) and each.alt for each in drawn)
    folder = result_folder(asked, run.id)
    assert all((folder / each["file"]).is_file() and each["alt"] for each in found.get("pictures", []))
    assert set(found["ours"]) <= {each.what for each in asked.published}


def test_predictions_are_beside_real_refits(run, home):
    found = measure_or_load(KohLiangFig2(points=12), run)
    assert found["largest_gradient_norm"] <= 1e-9
    assert found["pearson_newton"] >= 0.999
    scores = run.scorer("influence").exact(run.tests_of(np.array([found["test"]])))[:, 0]
    leaders = np.argsort(-np.abs(scores))[:12]
    assert found["train_index"] == leaders.tolist()
    np.testing.assert_allclose(found["predicted"]["influence"], scores[leaders])


def test_what_an_interruption_left_is_used(run, home, monkeypatch):
    monkeypatch.setattr("explorer.experiments.koh_liang_fig2.experiment.SHARD", 4)
    refitted = []

    def counted(curvature, rows, *test):
        refitted.extend(rows.tolist())
        return leave_one_out.refit_changes(curvature, rows, *test)

    def stop(stage, done, total, figures=None):
        if done == 8:
            raise CancelledError("stopped")

    monkeypatch.setattr("explorer.experiments.koh_liang_fig2.experiment.refit_changes", counted)
    asked = KohLiangFig2(points=12)
    with pytest.raises(CancelledError):
        measure_or_load(asked, run, stop)
    assert load_result(asked, run.id) is None
    found = measure_or_load(asked, run)
    assert refitted == found["train_index"]


def test_a_network_that_was_trained_and_the_removals_that_were_done_are_used(run, home, monkeypatch):
    monkeypatch.setattr(network, "Schedule", QUICK)
    left_out = []

    def counted(training, weights, row):
        left_out.append(row)
        return network_leave_one_out.continue_training(training, weights, row)

    def stop(stage, done, total, figures=None):
        if (stage, done) == ("Training on without an image", 2):
            raise CancelledError("stopped")

    monkeypatch.setattr(network, "continue_training", counted)
    asked = KohLiangFig2(model="small-cnn", points=3, images=40, test=0, steps=2, batch=10)
    with pytest.raises(CancelledError):
        measure_or_load(asked, run, stop)
    monkeypatch.setattr(network, "train", None)
    found = measure_or_load(asked, run)
    rows = stratified(run.train_labels, 40, 0)
    assert [None if row is None else rows[row] for row in left_out] == [None, *found["train_index"]]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_a_refit_is_proved_by_its_own_gradient(problem):
    features, labels = problem.draw()
    curvature = Curvature(fit(features, labels, problem.classes, problem.l2))
    row = int(np.flatnonzero(np.bincount(labels)[labels] > 1)[0])
    ((_, norm),) = leave_one_out.refit_changes(curvature, np.array([row]), features[0], int(labels[0]))
    kept_rows = np.ones((1, len(labels)))
    kept_rows[0, row] = 0
    objective = Objective(features, labels, curvature.head.basis, np.array([problem.l2]), kept_rows)
    theta = (curvature.head.basis.T @ curvature.head.weights)[None]
    slope = objective.gradient(curvature.head.train_probabilities[:, None], theta)
    np.testing.assert_allclose(
        leave_one_out.gradient_norm_without(curvature.head, row), np.linalg.norm(slope), rtol=1e-6, atol=1e-12
    )
    assert norm <= 1e-9


def test_the_kernel_model_is_kernel_logistic_regression():
    """Against gradient descent's fixed point in the dual: W = −(1/(λn)) Σ (p_i − y_i) ⊗ k_i (representer theorem)."""
    rng = np.random.default_rng(0)
    points, tests = rng.normal(size=(30, 4)), rng.normal(size=(5, 4))
    labels = (points[:, 0] > 0).astype(int)
    view = kernel_space(points, labels, tests, 2)
    sigma = view.width * np.median([np.linalg.norm(a - b) for k, a in enumerate(points) for b in points[k + 1 :]])
    inner = len(points) * np.array([[np.exp(-((a - b) @ (a - b)) / (2 * sigma**2)) for b in points] for a in tests]) + 1
    residuals = view.head.train_probabilities - np.eye(2)[labels]
    expected = -inner @ residuals / (view.head.l2 * len(points))
    np.testing.assert_allclose(view.head.logits(view.tests), expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("d", [3, 60], ids=["more images than pixels", "more pixels than images"])
def test_raw_pixels_are_a_head_on_pixels_standardised_by_the_training_images(d):
    rng = np.random.default_rng(0)
    points, tests = 5 + 3 * rng.normal(size=(40, d)), 5 + 3 * rng.normal(size=(6, d))
    labels = (points[:, 0] > 5).astype(int)
    view = pixel_space(points, labels, tests, 2)
    scaled = [
        np.column_stack([(each - points.mean(axis=0)) / points.std(axis=0), np.ones(len(each))])
        for each in (points, tests)
    ]
    head = fit(scaled[0], labels, 2, view.head.l2)
    np.testing.assert_allclose(view.head.logits(view.tests), head.logits(scaled[1]), atol=1e-6)
    scores = Scorer(Curvature(head), ESTIMATORS["influence"]).row(scaled[1][0], 1, 1).scores
    np.testing.assert_allclose(view.scores(0, 1), scores, atol=1e-6 * np.abs(scores).max())


def test_listening_counts_who_is_near_and_who_helps():
    scores = np.array([4.0, -3.0, 2.0, 1.0] + [0.0] * 16)
    found = neighbour_bias(scores, np.arange(20.0), np.arange(20) != 2)
    np.testing.assert_allclose(found.near_share, 7 / 10)
    np.testing.assert_allclose(found.others_among_helpful, 1 / 3)
    assert found.rank_correlation < -0.5
    nothing = neighbour_bias(np.zeros(20), np.arange(20.0), np.ones(20, dtype=bool))
    assert (nothing.near_share, nothing.rank_correlation, nothing.others_among_helpful) == (0.0, 0.0, 0.0)


def test_the_order_of_the_queue_finds_more_than_chance(run, home):
    found = measure_or_load(FixMislabels(), run)
    wrong = run.truth != run.train_labels
    losses = run.head.losses(run.head.train_features, run.train_labels)
    first = np.argsort(-losses, kind="stable")[: found["counts"][3]]
    np.testing.assert_allclose(found["orders"]["loss"]["share_found"][3], wrong[first].sum() / wrong.sum())
    assert found["orders"]["queue"]["share_found"][3] > 2 * found["orders"]["random"]["share_found"][3]
    starts = [curve["accuracy"][0] for curve in found["orders"].values()]
    np.testing.assert_allclose(starts, run_accuracy(run))


def run_accuracy(run):
    return float((run.predicted[1::2] == run.test_labels[1::2]).mean())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (KohLiangFig2(model="vgg"), "There is no model 'vgg'; choose one of: head, small-cnn"),
        (KohLiangFig2(test=10**6), "There is no test image 1000000"),
        (KohLiangFig2(points=-1), "points is -1"),
        (KohLiangFig2(images=1), "at least 4 images"),
        (TwoModels(images=3), "images is 3; give 50 to 5000"),
        (CookWeisberg(data="iris"), "There is no data 'iris'; choose one of: diabetes, points"),
    ],
)
def test_a_strange_request_is_one_sentence(asked, says, run, home):
    with pytest.raises(ExplorerError, match=says):
        measure_or_load(asked, run)


def test_without_a_truth_the_command_that_plants_one_is_named(run, home, monkeypatch):
    monkeypatch.setitem(run.__dict__, "truth", None)
    with pytest.raises(ExplorerError, match=r"build --noise 0\.1 --run mislabelled"):
        measure_or_load(FixMislabels(), run)


def test_parameters_are_read_as_texts_and_written_as_a_command():
    asked = configure(KohLiangFig2, {"model": "small-cnn", "points": "7"})
    assert asked == KohLiangFig2(model="small-cnn", points=7)
    assert changed_parameters(asked) == {"model": "small-cnn", "points": "7"}
    assert command(asked, "mine") == (
        "python -m explorer experiment koh-liang-fig2 --run mine --set model=small-cnn --set points=7 --json"
    )
    with pytest.raises(ExplorerError, match="There is no parameter 'epochs'; choose one of: seed, model"):
        configure(KohLiangFig2, {"epochs": "3"})
    with pytest.raises(ExplorerError, match="points is 'many'; give a value such as 0"):
        configure(KohLiangFig2, {"points": "many"})


def test_a_run_that_has_to_be_built_before_is_said():
    assert default_run(KohLiangFig2, []) == "default"
    assert default_run(FixMislabels, ["mislabelled"]) == "mislabelled"
    with pytest.raises(ExplorerError, match=r"not there yet\. Build it with python -m explorer build --noise"):
        default_run(FixMislabels, ["default"])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_says_what_it_shows_and_what_not(name):
    assert placeholders(EXPERIMENTS[name].text_file()) == frozenset()
    assert EXPERIMENTS[name].figures is not Experiment.figures
    assert EXPERIMENTS[name].question.endswith("?")


def test_the_command_prints_one_object_and_names_what_there_is(run, home, monkeypatch, capsys):
    monkeypatch.setattr("explorer.runs.store.open_run", lambda name: run)
    monkeypatch.setattr("explorer.runs.store.resolve", lambda name: run.id)
    command_of("cook-weisberg", run="default", setting=["data=points"], as_json=True)
    assert json.loads(capsys.readouterr().out)["cases"] == 23
    with pytest.raises(typer.Exit):
        command_of("nothing")
    assert capsys.readouterr().err.startswith("Error: There is no experiment 'nothing'; choose one of: koh-liang-fig2")
