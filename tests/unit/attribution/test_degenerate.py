"""Data that break other programs: a right answer or one sentence, and never a number that is not finite."""

import json

import numpy as np
import pytest

from explorer.attribution import ESTIMATORS, Curvature, Scorer, curvature
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.evaluation.agreement import agreement, datamodeling_score, group_sums, measured_changes, removable_rows
from explorer.evaluation.flip import smallest_flip
from explorer.evaluation.refit import refit_without
from explorer.models.head import fit
from explorer.models.standardisation import standardisation, standardised
from tests.support import naive
from tests.support.problems import Problem, constant, twins


def lonely(features, labels):
    """Class 1 has one image only."""
    labels = np.where(np.arange(len(labels)) == 4, 1, 0)
    return features, labels


def scaled(size):
    """All features of one size, standardised as every run is."""

    def change(features, labels):
        raw = features[:, :-1] * size
        return standardised(raw, *standardisation(raw)), labels

    return change


DEGENERATE = [
    Problem("one image", "a class with one image cannot lose it", change=lonely),
    Problem("duplicates", "two images are the same", change=twins),
    Problem("constant", "a feature that never varies", change=constant),
    Problem("huge", "features of 1e6", change=scaled(1e6)),
    Problem("tiny", "features of 1e-6", change=scaled(1e-6)),
    Problem("three images", "the smallest training set that has a class left after a removal", n=3),
]
degenerate = pytest.mark.parametrize("problem", DEGENERATE, ids=lambda problem: f"{problem.name}: {problem.reason}")


def curved(problem):
    features, labels = problem.draw()
    return Curvature(fit(features, labels, problem.classes, problem.l2))


@degenerate
@pytest.mark.parametrize("method", ESTIMATORS)
def test_all_scores_are_finite(problem, method):
    score = Scorer(curved(problem), ESTIMATORS[method])
    assert np.isfinite(score.exact(score.tests(*problem.tests()))).all()


@degenerate
def test_every_image_can_be_left_out_or_is_refused(problem):
    curve = curved(problem)
    head, refused = curve.head, []
    for row in range(problem.n):
        try:
            weights = refit_without(curve, [np.array([row])])[0]
        except ExplorerError as error:
            refused.append((row, str(error)))
            continue
        keep = (np.arange(problem.n) != row).astype(float)
        expected = naive.fit(head.train_features, head.train_labels, problem.classes, problem.l2, keep)
        np.testing.assert_allclose(weights, expected, atol=1e-6)
    alone = np.flatnonzero(np.bincount(head.train_labels)[head.train_labels] == 1)
    assert [row for row, _ in refused] == alone.tolist()
    assert all("without any training image" in said for _, said in refused)


@degenerate
@pytest.mark.parametrize("relabel", [False, True])
def test_a_flip_is_real_or_not_found(problem, relabel):
    curve = curved(problem)
    for feature in problem.tests()[0]:
        found = smallest_flip(Scorer(curve, ESTIMATORS["newton"]), feature, relabel)
        assert (found.rows is None) == (found.after == found.before)
        assert np.isfinite([found.margin, *found.helping, *found.hindering]).all()


@degenerate
def test_trust_figures_are_finite_and_fit_json(problem):
    curve = curved(problem)
    score = Scorer(curve, ESTIMATORS["newton"])
    tests = score.tests(*problem.tests())
    rng, labels = np.random.default_rng(0), curve.head.train_labels
    groups = [removable_rows(labels, rng.choice(problem.n, problem.n // 2, replace=False)) for _ in range(12)]
    measured = measured_changes(curve, tests, groups, "halves", silent)
    predicted = group_sums(score.exact(tests), groups)
    figures = [agreement(predicted.ravel(), measured.ravel()), datamodeling_score(predicted, measured)]
    assert "NaN" not in json.dumps(figures)
    assert np.isfinite(measured).all()


@pytest.mark.parametrize("l2", [0.0, -1.0, float("nan"), float("inf")])
def test_a_penalty_that_is_not_positive_is_refused(l2):
    features, labels = Problem("any", "only λ is wrong").draw()
    with pytest.raises(ExplorerError, match="λ must be a positive number"):
        fit(features, labels, 2, l2)


def test_what_is_spared_leaves_every_class_an_image():
    labels = np.array([0, 0, 1, 1, 2])
    left = np.delete(labels, removable_rows(labels, [0, 1, 2, 4]))
    assert set(left) == {0, 1, 2}


def test_above_the_dense_limit_refits_and_first_order_scores_still_work(monkeypatch):
    problem = Problem("any", "three classes of five features have ten free weights", classes=3)
    whole = curved(problem)
    tests = Scorer(whole, ESTIMATORS["influence"]).tests(*problem.tests())
    expected = Scorer(whole, ESTIMATORS["influence"]).exact(tests)
    again = refit_without(whole, [np.array([3])])
    monkeypatch.setattr(curvature, "DENSE_LIMIT", 9)
    large = curved(problem)
    rows = Scorer(large, ESTIMATORS["influence-cg"]).rows(tests, 5)
    for row, column in zip(rows, expected.T, strict=True):
        np.testing.assert_allclose(row.scores, column, atol=1e-6 * np.abs(column).max())
        assert row.residual < 1e-6
    np.testing.assert_allclose(refit_without(large, [np.array([3])]), again, atol=1e-8)
    with pytest.raises(ExplorerError, match="choose influence-cg"):
        Scorer(large, ESTIMATORS["newton"]).rows(tests, 5)
