"""Refits without some images, flips, and what is kept of them."""

import json

import numpy as np
import pytest

from explorer.attribution import Curvature, Scorer, estimator
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.evaluation.agreement import agreement
from explorer.evaluation.flip import smallest_flip
from explorer.evaluation.refit import refit_relabelled, refit_without
from explorer.models.head import fit
from explorer.runs.results import agreement as agreement_report
from explorer.runs.results.agreement import RemovalSample, kept_agreement, load_report, measure_agreement
from explorer.runs.results.explanation import explain
from explorer.runs.results.flipping_sets import first_mistake
from explorer.runs.results.removal_trials import load_trials, verify
from explorer.runs.store import open_run
from tests.support import naive
from tests.support.problems import PROBLEMS, Problem

cases = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: f"{problem.name}: {problem.reason}")


def curved(problem):
    return Curvature(fit(*problem.draw(), problem.classes, problem.l2))


@cases
def test_a_refit_without_a_group_is_the_slow_twins(problem):
    curve = curved(problem)
    groups = [np.array([0]), np.array([2, 5]), np.arange(problem.n // 4)]
    head = curve.head
    for group, weights in zip(groups, refit_without(curve, groups), strict=True):
        keep = np.ones(problem.n)
        keep[group] = 0
        expected = naive.fit(head.train_features, head.train_labels, problem.classes, problem.l2, keep)
        np.testing.assert_allclose(weights, expected, atol=1e-6)
        slope = naive.gradient(head.train_features, head.train_labels, weights, problem.l2, keep)
        assert np.linalg.norm(slope) <= 1e-10


@cases
def test_a_refit_with_other_labels_is_the_slow_twins(problem):
    curve = curved(problem)
    head, groups = curve.head, [np.array([0]), np.array([2, 5])]
    others = [(head.train_labels[group] + 1) % problem.classes for group in groups]
    for group, labels, weights in zip(groups, others, refit_relabelled(curve, groups, others), strict=True):
        changed = head.train_labels.copy()
        changed[group] = labels
        expected = naive.fit(head.train_features, changed, problem.classes, problem.l2, np.ones(problem.n))
        np.testing.assert_allclose(weights, expected, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_flip_by_relabelling_is_a_real_one(classes):
    problem = Problem("flip", "predictions that can be turned", classes=classes, n=60, l2=0.02)
    curve, sizes = curved(problem), []
    head = curve.head
    for feature in problem.tests(8)[0]:
        found, removal = (
            smallest_flip(Scorer(curve, estimator("newton")), feature, relabel) for relabel in (True, False)
        )
        changed = head.train_labels.copy()
        changed[found.rows] = found.labels
        weights = naive.fit(head.train_features, changed, classes, problem.l2, np.ones(problem.n))
        assert int((weights @ feature).argmax()) == found.after != found.before
        sizes.append(len(found.rows) <= (np.inf if removal.rows is None else len(removal.rows)))
    assert np.mean(sizes) >= 0.75  # a wrong label pulls twice: away from its class and towards the other


def test_a_removal_that_empties_a_class_is_refused():
    curve = curved(Problem("two", "small"))
    everything = np.flatnonzero(curve.head.train_labels == 1)
    with pytest.raises(ExplorerError, match="leave a class without any training image"):
        refit_without(curve, [everything])


@pytest.mark.parametrize("classes", [2, 3])
def test_a_flip_is_a_real_one_and_one_image_fewer_does_not_flip(classes):
    problem = Problem("flip", "predictions that can be turned", classes=classes, n=60, l2=0.02)
    curve, turned = curved(problem), 0
    head = curve.head
    for feature in problem.tests(8)[0]:
        found = smallest_flip(Scorer(curve, estimator("newton")), feature)
        if found.rows is None:
            assert found.before == found.after
            continue
        labels = []
        for group in (found.rows, found.rows[:-1]):
            keep = np.ones(problem.n)
            keep[group] = 0
            weights = naive.fit(head.train_features, head.train_labels, classes, problem.l2, keep)
            labels.append(int((weights @ feature).argmax()))
        assert labels == [found.after, found.before]
        turned += 1
    assert turned


@pytest.mark.parametrize(("sign", "direction"), [("helpful", 1), ("harmful", -1)])
def test_the_strongest_image_does_what_its_sign_says(run, sign, direction):
    for index in run.confidently_wrong()[:3]:
        strongest = getattr(explain(run, int(index), top=1), sign)[0]
        trial = verify(run, int(index), [strongest.train_index])
        assert direction * trial.measured_loss_change > 0
        assert direction * strongest.score > 0
        np.testing.assert_allclose(trial.predicted_loss_change, strongest.score, rtol=1e-9)
        np.testing.assert_allclose(trial.measured_loss_change, strongest.score, rtol=0.05)
        np.testing.assert_allclose(trial.probability_after, strongest.probability_without, rtol=0.05)


def test_every_trial_is_kept(run):
    before = load_trials(run.id)
    trial = verify(run, 3, [1, 2, 2])
    assert trial.removed == [1, 2]
    assert load_trials(run.id) == [*before, (trial.predicted_loss_change, trial.measured_loss_change)]


def test_verify_on_the_command_line(explorer):
    answer = explorer("verify", "--run", "default", "--test", 3, "--top", 5, "--sign", "harmful", "--json")
    found = json.loads(answer.stdout)
    assert len(found["removed"]) == 5
    assert found["measured_loss_change"] < 0
    np.testing.assert_allclose(found["measured_loss_change"], found["predicted_loss_change"], rtol=0.2)


def test_the_strongest_leave_every_class_an_image(good_folder, explorer, printed):
    printed("build", "--dataset", good_folder, "--backbone", "small-cnn", "--size", 16, "--run", "few")
    words = ("verify", "--run", "few", "--test", 0, "--json")
    run = open_run("few")
    assert len(run.train_labels) == 4
    removed = json.loads(printed(*words, "--top", 4))["removed"]
    assert len(removed)
    assert len(np.unique(np.delete(run.train_labels, removed))) == 2
    refused = explorer(*words, "--top", 0)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "The lists cannot have 0 images; choose 1 to 1000." in refused.stderr


def test_flip_on_the_command_line(printed, run):
    index = int(run.confidently_wrong()[-1])
    found = json.loads(printed("flip", "--run", "default", "--test", index, "--json"))
    assert found["verified"] == (found["removed"] is not None) == (found["label_before"] != found["label_after"])
    assert found["label_before"] == run.class_names[run.predicted[index]]


def test_flip_without_a_test_image_is_of_the_first_mistake(printed, run):
    first, named = (
        json.loads(printed("flip", "--run", "default", *words, "--json"))
        for words in ((), ("--test", first_mistake(run)))
    )
    assert first == named | {"test": first_mistake(run)}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--remove", "1,x"), "give whole numbers with commas"),
        (("--remove", "-1"), "training image -1"),
        (("--remove", "1000000"), "the numbers go from 0 to 799"),
        (("--top", "5", "--sign", "good"), "choose helpful or harmful"),
        ((), "Give either --remove I,J,K or --top NUMBER"),
        (("--remove", "1", "--method", "similarity"), "are no changes of loss"),
        (("--remove", ",".join(map(str, range(800)))), "leave a class without any training image"),
    ],
)
def test_bad_requests_get_one_sentence(explorer, words, sentence):
    answer = explorer("verify", "--run", "default", "--test", 3, *words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr


def test_trust_measures_what_refits_say_once_and_prints_it_from_then_on(run, printed, monkeypatch):
    monkeypatch.setattr(agreement_report, "L2_TIMES", agreement_report.L2_TIMES[-1:])  # one other λ, not four
    found = measure_agreement(run, RemovalSample(pairs=40, subsets=12), silent)
    newton, similar = found["methods"]["newton"], found["methods"]["similarity"]
    assert newton["pairs"]["pearson"]["value"] >= 0.999
    assert abs(newton["pairs"]["slope"]["value"] - 1) <= 0.02
    assert newton["lds"]["value"] > similar["lds"]["value"]
    for figures in (newton["pairs"]["pearson"], newton["lds"]):
        assert figures["low"] <= figures["value"] <= figures["high"]
    assert found["refits"] == {"pairs": 40, "groups": 100, "subsets": 12}
    assert [point["times"] for point in found["curve"]] == [1, 10]
    assert load_report(run.id) == found
    assert kept_agreement(run, RemovalSample(pairs=40, subsets=12)) == found
    for other in (RemovalSample(pairs=41, subsets=12), RemovalSample(pairs=40, subsets=13)):
        assert kept_agreement(run, other) is None
    monkeypatch.setattr(agreement_report, "measure_agreement", lambda *_: pytest.fail("it was measured again"))
    assert json.loads(printed("trust", "--run", "default", "--pairs", 40, "--subsets", 12, "--json")) == found


def test_trust_with_too_few_refits_is_refused(explorer):
    answer = explorer("trust", "--run", "default", "--pairs", 2, "--json")
    assert answer.returncode == 2
    assert "too few; give at least 10" in answer.stderr


def test_agreement_is_scipys_and_a_constant_agrees_with_nothing():
    from scipy.stats import pearsonr, spearmanr

    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    y = x + rng.normal(size=50)
    found = agreement(x, y)
    np.testing.assert_allclose(found["pearson"]["value"], pearsonr(x, y)[0], rtol=1e-12)
    np.testing.assert_allclose(found["spearman"]["value"], spearmanr(x, y)[0], rtol=1e-12)
    assert agreement(np.zeros(50), y)["pearson"]["value"] == 0
