"""Rows that are scanned to first order in the test loss with exact leaders, and the inverse that serves them."""

import numpy as np
import pytest

from explorer.attribution import ESTIMATORS, Curvature, Scorer, curvature, inverse, scoring
from explorer.models.head import fit
from explorer.runs import run as runs
from explorer.runs.results.explanation import all_scores
from tests.support import naive
from tests.support.problems import PROBLEMS, Problem, mistaken

MANY = [problem for problem in PROBLEMS if problem.classes > 2]
STRONG = Problem("strong", "few images: the loss is far from linear", 5, 30, 6, 1e-3, mistaken)
several = pytest.mark.parametrize("problem", [*MANY, STRONG], ids=lambda problem: f"{problem.name}: {problem.reason}")


def curved(problem):
    return Curvature(fit(*problem.draw(), problem.classes, problem.l2))


def first_order(head, l2, feature, target):
    """∇loss(t)ᵀ ΔW_i ``(n,)``: what removals do to the test loss as a straight line (Bishop 2006, eq. 4.109)."""
    features, labels = head.train_features, head.train_labels
    free = np.linalg.inv(naive.hessian(features, head.weights, l2))
    steps = [naive.removal_step(features, labels, head.weights, free, i) for i in range(len(features))]
    return np.array([naive.image_gradient(head.weights, feature, target) @ step.ravel() for step in steps])


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


@several
def test_a_scanned_row_is_first_order_but_for_leaders_that_are_exact(problem, monkeypatch):
    monkeypatch.setattr(scoring, "EXACT_PRODUCTS", 0)
    monkeypatch.setattr(scoring, "SPARE", 1)
    curve = curved(problem)
    for feature, target in zip(*problem.tests(), strict=True):
        row = Scorer(curve, ESTIMATORS["newton"]).row(feature, target, top=2)
        data = (curve.head.train_features, curve.head.train_labels, curve.head.weights, problem.l2)
        exact, straight = (
            naive.newton_scores(*data, feature, target),
            first_order(curve.head, problem.l2, feature, target),
        )
        leaders = np.concatenate([row.helpful, row.harmful])
        assert not row.exact
        assert_close(row.scores[leaders], exact[leaders])
        off = np.abs(row.scores - exact)
        np.testing.assert_array_less(1e-6 * np.abs(exact).max(), off.max())
        np.testing.assert_allclose(np.minimum(off, np.abs(row.scores - straight)), 0, atol=1e-9 * np.abs(exact).max())


@several
def test_images_scanned_together_are_those_scanned_alone(problem, monkeypatch):
    monkeypatch.setattr(scoring, "EXACT_PRODUCTS", 0)
    score = Scorer(curved(problem), ESTIMATORS["newton"])
    tests = score.tests(*problem.tests())
    for row, feature, target in zip(score.rows(tests, 3), tests.features, tests.targets, strict=True):
        alone = score.row(feature, target, 3)
        assert_close(row.scores, alone.scores)
        for side, other in ((row.helpful, alone.helpful), (row.harmful, alone.harmful)):
            assert_close(row.scores[side], alone.scores[other])


def test_two_classes_and_straight_estimators_are_exact_throughout(monkeypatch):
    problem = Problem("two", "one product of the features is all there is")
    score = Scorer(curved(problem), ESTIMATORS["newton"])
    assert score.row(problem.tests()[0][0], 0, 3).exact
    monkeypatch.setattr(scoring, "EXACT_PRODUCTS", 0)
    assert Scorer(curved(MANY[0]), ESTIMATORS["influence"]).row(MANY[0].tests()[0][0], 0, 3).exact


@several
def test_the_inverse_in_blocks_is_the_dense_one(problem, monkeypatch):
    monkeypatch.setattr(curvature, "PIECE", 7 * problem.d)
    curve, contrasts = curved(problem), problem.classes - 1
    lift = np.kron(curve.head.basis, np.eye(problem.d))
    free = lift.T @ np.linalg.inv(naive.hessian(curve.head.train_features, curve.head.weights, problem.l2)) @ lift
    rows = np.random.default_rng(0).normal(size=(3, contrasts, problem.d))
    assert_close(curve.solve(rows), (rows.reshape(3, -1) @ free).reshape(rows.shape))
    features = problem.tests()[0]
    expected = [[free @ np.kron(axis, feature) for axis in np.eye(contrasts)] for feature in features]
    assert_close(curve.solve_each_contrast(features).reshape(np.shape(expected)), np.array(expected))


def test_what_is_no_curvature_is_not_inverted():
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        inverse.inverse_blocks(np.diag([1.0, -1.0, 1.0, 1.0]), 2)


@several
def test_what_several_classes_keep_serves_as_well_as_what_would_be_computed(problem):
    fresh = curved(problem)
    again = Curvature(fresh.head, {name: getattr(fresh, name) for name in fresh.saved_names})
    assert fresh.saved_names == ("inverse", "removals", "leverages", "self_influences")
    feature, target = (part[0] for part in problem.tests())
    rows = [Scorer(curve, ESTIMATORS["newton"]).row(feature, target, 3).scores for curve in (fresh, again)]
    np.testing.assert_array_equal(rows[1], rows[0])
    for name in fresh.saved_names:
        assert getattr(again, name) is again.saved[name]


def test_a_screen_a_case_file_and_a_comparison_say_which_scores_are_exact(run, monkeypatch):
    from explorer.app.components.methods.methods import score_meaning
    from explorer.core.phrases import SCANNED
    from explorer.figures.case_file import casefile
    from explorer.runs.results.case_facts import case
    from explorer.runs.results.explanation import explain

    assert SCANNED not in score_meaning(explain(run, 7))
    monkeypatch.setattr(scoring, "EXACT_PRODUCTS", 0)
    assert SCANNED in score_meaning(explain(run, 7))
    assert SCANNED not in score_meaning(explain(run, 7, "influence"))
    assert SCANNED in casefile(case(run, "default", 7, None, (), None))


def test_an_export_is_exact_even_where_a_row_is_scanned(run, monkeypatch):
    whole = all_scores(run, 7, None)
    monkeypatch.setattr(scoring, "EXACT_PRODUCTS", 0)
    np.testing.assert_array_equal(all_scores(run, 7, None), whole)


def test_a_page_offers_no_method_that_would_take_minutes(run, monkeypatch):
    assert "relatif" in run.methods
    monkeypatch.setattr(runs, "THOROUGH", 0)
    assert set(ESTIMATORS) - set(run.methods) == {"relatif"}
