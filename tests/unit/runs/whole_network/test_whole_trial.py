"""A removal from a run of small-cnn-smooth is predicted by the best that is kept, and measured on the network's own last layer."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.attribution.replays import ReplayBasis
from explorer.attribution.whole_network import Questions
from explorer.attribution.whole_network.replay_basis import gradients, vars_of
from explorer.core.progress import silent
from explorer.evaluation.retrainings import Exam, outcome, without
from explorer.figures.case_file import casefile
from explorer.runs.results import case_facts
from explorer.runs.results.case_facts import whole_case
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.explanations import explain_whole
from explorer.runs.whole_network.methods import AVERAGE
from explorer.runs.whole_network.truth import subject as judging
from explorer.runs.whole_network.truth import trial
from explorer.runs.whole_network.truth.scores import Index
from explorer.runs.whole_network.truth.subject import subject_of
from explorer.runs.whole_network.whole import WholeNetwork, whole_of
from explorer.runs.whole_network.without import measured_without

REMOVED = [2, 3]


@pytest.fixture(scope="module")
def subject(smooth_run):
    return subject_of(smooth_run, silent)


def test_a_removal_is_measured_on_the_networks_own_last_layer(smooth_run, subject, explorer):
    words = ["retrain", "--run", "smooth", "--test", "4", "--remove", "2,3", "--json"]
    printed = explorer(*words)
    assert printed.returncode == 0, printed.stderr
    found = json.loads(printed.stdout)
    made = subject.retrainings
    exam = Exam(made.exam.pixels[4:5], made.exam.labels[4:5])
    ends = (whole_of(smooth_run).recording.end, without(made.training, REMOVED))
    before, after = (float(outcome(made.training, end, exam)[1, 0]) for end in ends)
    assert found["measured_loss_change"] == pytest.approx(after - before, abs=1e-4)
    assert found["probability_after"] == pytest.approx(np.exp(-after), abs=1e-4)
    assert found["predicted_by"] == "linearised"
    expected, _ = trial.predicted_change(smooth_run, 4, REMOVED, silent)
    assert found["predicted_loss_change"] == pytest.approx(expected)
    everywhere = measured_without(smooth_run, REMOVED[::-1])
    assert everywhere is not None
    assert everywhere.shape == smooth_run.test_labels.shape
    assert everywhere[4] == pytest.approx(found["measured_loss_change"], abs=1e-6)
    assert measured_without(smooth_run, REMOVED[:1]) is None


def test_a_case_file_says_which_question_the_whole_network_answers_and_shows_its_trainings(
    smooth_run, explorer, tmp_path, monkeypatch
):
    made, words = tmp_path / "case.html", ["--run", "smooth", "--test", "4", "--method", "gradient-product"]
    monkeypatch.setattr(case_facts, "from_scratch", lambda run, test: [(2, 0.5, -0.75)])
    printed = explorer("report", *words, "--output", str(made), "--json")
    assert printed.returncode == 0, printed.stderr
    assert json.loads(printed.stdout)["trial"] is None
    text = made.read_text()
    for said in (
        "These scores are a rough answer for this training",
        "The network itself says",
        "<td>without 2 images</td><td>+0.5000 nats</td><td>−0.7500 nats</td>",
        "gradient-product, its numbers have no unit",
        f"explain --run {smooth_run.id} --test 4 --method gradient-product",
        f"retrain --run {smooth_run.id} --test 4 --remove",
    ):
        assert said in text
    assert "its last layer&#39;s share" not in text
    refused = explorer("report", *words, "--remove", "2,3", "--output", str(made))
    assert refused.returncode == 2
    assert "retrain --run smooth --test 4 --remove 2,3" in refused.stderr
    found = explain_whole(smooth_run, 4, "gradient-product")
    held = casefile(whole_case(smooth_run, "smooth", replace(found, method="replay-basis", share_held=0.87)))
    assert "hold 87\u00a0% of this question" in held
    assert "replay-basis --run" in held


def test_what_is_kept_decides_what_predicts(smooth_run, monkeypatch):
    network, asked = whole_of(smooth_run), Asked([int(smooth_run.test_labels[4])], [4])
    rows = np.random.default_rng(0).standard_normal((1, 2, 24))
    monkeypatch.setattr(trial, "load_basis", lambda folder: object())
    assert trial._best_kept(network, asked) == "replay-basis"
    monkeypatch.setattr(trial, "load_epochs", lambda folder, names: rows if names == asked.names else None)
    monkeypatch.setattr(type(network), "by_epoch", lambda self, asked, progress: rows)
    found, method = trial.predicted_change(smooth_run, 4, REMOVED, silent)
    assert method == "unrolled"
    assert found == pytest.approx(-rows[0, :, REMOVED].sum())


def test_the_judged_scores_are_those_of_the_run(smooth_run, subject):
    rows = np.array([4, 7])
    head = subject.judges["head"](rows, silent)
    expected = smooth_run.scorer("newton").exact(smooth_run.tests_of(rows))
    np.testing.assert_allclose(head.scores, expected)
    assert head.losses
    assert head.bytes_per_image == smooth_run.test_features[0].nbytes
    assert subject.judges["similarity"](rows, silent).unit == ""
    by_gradients = subject.judges["gradient-product"](rows, silent)
    targets = [int(smooth_run.test_labels[row]) for row in rows]
    answer = whole_of(smooth_run).answer(Asked(targets, rows.tolist(), kind="margin"), "gradient-product")
    np.testing.assert_allclose(by_gradients.scores, answer.scores.T, rtol=1e-3, atol=1e-6)
    assert not by_gradients.losses


def test_the_judged_average_is_the_mean_of_its_trainings_and_costs_their_sum(smooth_run, subject, monkeypatch):
    network, rows, rng = whole_of(smooth_run), np.array([4, 7]), np.random.default_rng(0)
    exam = subject.retrainings.exam.take(rows)
    asked = gradients(network.recording, Questions(exam.pixels, exam.labels, "margin"))
    own, other = (
        ReplayBasis(
            rng.standard_normal((3, asked.shape[1])).astype(np.float16),
            rng.integers(-127, 128, (3, len(smooth_run.train_labels))).astype(np.int8),
            np.full(3, 1e-3, np.float32),
        )
        for _ in range(2)
    )
    elsewhere = SimpleNamespace(recording=network.recording, basis=lambda progress: other)
    monkeypatch.setattr(WholeNetwork, "over_seeds", lambda self: [self, elsewhere])
    monkeypatch.setattr(judging, "_index", lambda *_: Index(vars_of(own), 5.0, 7))
    found = subject.judges[AVERAGE](rows, silent)
    each = [-basis.derivatives(basis.coefficients(asked)) for basis in (own, other)]
    np.testing.assert_allclose(found.scores, np.mean(each, axis=0).T, rtol=1e-4, atol=1e-7)
    assert (found.seconds_prepare, found.bytes_per_image, found.unit) == (10.0, 6.0, "nats")


def test_the_test_images_that_retrainings_are_asked_are_the_runs(smooth_run, subject):
    made = subject.retrainings
    found = outcome(made.training, whole_of(smooth_run).recording.end, made.exam.take(np.arange(6)))
    logits = whole_of(smooth_run).logits[:6]
    labels = smooth_run.test_labels[:6]
    margins = logits[np.arange(6), labels] - logits[np.arange(6), 1 - labels]
    np.testing.assert_allclose(found[0], margins, atol=1e-4)
    assert len(made.exam.labels) == len(smooth_run.test_labels)
    assert smooth_run.id in str(made.folder)
