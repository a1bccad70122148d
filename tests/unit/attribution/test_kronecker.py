"""The estimated curvature of large heads: against its slow twin, and against the exact one where both are the same."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

import explorer as ex
from explorer.attribution import Curvature, curvature
from explorer.attribution.kronecker import KroneckerCurvature, feasible
from explorer.evaluation.audit import Trusted, audit
from explorer.models.head import fit
from explorer.runs.results.audit import audit_run
from tests.support.problems import PROBLEMS

SEVERAL = [problem for problem in PROBLEMS if problem.classes > 2]
FIGURES = ("removals", "leverages", "self_influences")


def fitted(problem):
    features, labels = problem.draw()
    return fit(features, labels, problem.classes, problem.l2)


def twin(head):
    """S_i ``(n, C − 1, C − 1)``: every Kronecker product written out, image by image (George et al. 2018, section 3)."""
    n, d = head.train_features.shape
    blocks = [head.basis.T @ (np.diag(p) - np.outer(p, p)) @ head.basis for p in head.train_probabilities]
    turn = np.linalg.eigh(np.mean(blocks, axis=0))[1]
    vectors = np.linalg.eigh(head.train_features.T @ head.train_features / n)[1]
    both = np.kron(turn, vectors)
    exact = sum(np.kron(a, np.outer(h, h)) for a, h in zip(blocks, head.train_features, strict=True)) / n
    diagonal = np.diag(both.T @ exact @ both) + head.l2
    inverse = both @ np.diag(1 / diagonal) @ both.T
    contrasts = head.classes - 1
    wide = [np.kron(np.eye(contrasts), h[:, None]) for h in head.train_features]
    assert inverse.shape == (contrasts * d, contrasts * d)
    return np.array([each.T @ inverse @ each for each in wide])


@pytest.mark.parametrize("problem", SEVERAL, ids=lambda problem: problem.name)
def test_cases_are_those_of_the_written_out_products(problem):
    head = fitted(problem)
    np.testing.assert_allclose(KroneckerCurvature(head).case_matrices, twin(head), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("problem", SEVERAL, ids=lambda problem: problem.name)
def test_the_figures_are_those_of_the_cases(problem, monkeypatch):
    head = fitted(problem)
    estimated = KroneckerCurvature(head)
    monkeypatch.setattr("explorer.attribution.kronecker.PIECE", 30)
    expected = Curvature(head)
    expected.__dict__["case_matrices"] = twin(head)
    for name in FIGURES:
        np.testing.assert_allclose(getattr(estimated, name), getattr(expected, name), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("problem", SEVERAL, ids=lambda problem: problem.name)
def test_it_is_exact_where_all_images_are_equally_uncertain(problem):
    head = fitted(problem)
    flat = replace(head, weights=np.zeros_like(head.weights))
    for name in ("case_matrices", *FIGURES):
        np.testing.assert_allclose(
            getattr(KroneckerCurvature(flat), name), getattr(Curvature(flat), name), rtol=1e-8, atol=1e-12
        )


def test_solves_are_exact():
    head = fitted(SEVERAL[0])
    rows = np.random.default_rng(0).normal(size=(3, head.classes - 1, head.train_features.shape[1]))
    np.testing.assert_allclose(KroneckerCurvature(head).solve(rows), Curvature(head).solve(rows), rtol=1e-6, atol=1e-9)


def test_it_ranks_nearly_as_the_exact_one():
    # Seen are 0.97 to 0.99: the estimate is for an order, not for a figure.
    head = fitted(replace(SEVERAL[1], n=300, d=20))
    found = [curve.self_influences for curve in (Curvature(head), KroneckerCurvature(head))]
    assert spearmanr(*found).statistic > 0.95


def test_a_head_too_large_for_a_factor_is_audited_and_the_result_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    head = fitted(SEVERAL[1])
    run = ex.from_features(*SEVERAL[1].draw(), *SEVERAL[1].tests(20), l2=0.1).run
    trusted = Trusted(*SEVERAL[1].tests(20))
    exact = audit(head, trusted)
    monkeypatch.setattr(curvature, "DENSE_LIMIT", 5)
    assert isinstance(feasible(Curvature(head)), KroneckerCurvature)
    found = audit(head, trusted)
    assert spearmanr(found.score, exact.score).statistic > 0.95
    assert any("estimates (Kronecker factors" in caveat for caveat in audit_run(run).caveats)
