"""Solves of a head of many classes climb: a product against the dense Hessian, a solve against its inverse, scores against it."""

import numpy as np
import pytest

from explorer.attribution import Curvature, Scorer, estimator
from explorer.attribution.class_system import ClassSystem
from explorer.models.head import fit

CLASSES, IMAGES, WIDTH = 6, 90, 5


def made(l2, seed=0):
    """A head of six classes, two of them rare."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate(
        [np.arange(CLASSES), rng.choice(CLASSES, IMAGES - CLASSES, p=[0.4, 0.3, 0.14, 0.1, 0.03, 0.03])]
    )
    features = rng.normal(size=(IMAGES, WIDTH)) * [3, 1, 1, 0.3, 0.1] + rng.normal(size=(CLASSES, WIDTH))[labels]
    return fit(np.column_stack([features, np.ones(IMAGES)]), labels, CLASSES, l2)


def hessian(head):
    """H ``(Cd, Cd)`` in class coordinates, image by image."""
    d, total = head.train_features.shape[1], 0
    for p, h in zip(head.train_probabilities, head.train_features, strict=True):
        total = total + np.kron(np.diag(p) - np.outer(p, p), np.outer(h, h)) / len(head.train_labels)
    return total + head.l2 * np.eye(head.classes * d)


def sides(head, count=3):
    """Right sides whose rows sum to zero."""
    rows = np.random.default_rng(1).normal(size=(count, head.classes, head.train_features.shape[1]))
    return rows - rows.mean(axis=1, keepdims=True)


@pytest.fixture(params=[1.0, 1e-3], ids=["tight", "loose"])
def head(request):
    return made(request.param)


def test_a_product_is_that_of_the_dense_hessian(head):
    rows = sides(head)
    expected = (rows.reshape(len(rows), -1) @ hessian(head)).reshape(rows.shape)
    found = ClassSystem(head).passed(rows)
    np.testing.assert_allclose(found.images, expected, atol=1e-6 * np.abs(expected).max())
    np.testing.assert_allclose(found.strengths, np.einsum("kcd,kcd->k", rows, expected), rtol=1e-6)


def test_a_solve_is_that_of_the_dense_inverse(head):
    rows = sides(head)
    expected = np.linalg.solve(hessian(head), rows.reshape(len(rows), -1).T).T.reshape(rows.shape)
    found = ClassSystem(head).solve(rows, 1e-8)
    assert found.share <= 1e-8
    np.testing.assert_allclose(found.solutions, expected, atol=1e-6 * np.abs(expected).max())


def test_what_is_asked_for_nothing_is_nothing(head):
    rows = sides(head, 2) * np.array([0.0, 1.0])[:, None, None]
    found = ClassSystem(head).solve(rows, 1e-8)
    assert not found.solutions[0].any()
    assert found.solutions[1].any()


def test_scores_without_a_factor_are_those_with_one_to_a_millionth(head, monkeypatch):
    tests, targets = head.train_features[:4] + 0.3, np.array([0, 1, 2, 5])
    rows = []
    for limit in (10_000, 10):
        monkeypatch.setattr("explorer.attribution.curvature.DENSE_LIMIT", limit)
        scorer = Scorer(Curvature(head), estimator("influence-cg"))
        rows.append(scorer.rows(scorer.tests(tests, targets), 8))
    for exact, solved in zip(*rows, strict=True):
        assert solved.residual < 1e-6
        np.testing.assert_allclose(solved.scores, exact.scores, atol=1e-6 * np.abs(exact.scores).max())
        np.testing.assert_array_equal(solved.helpful, exact.helpful)
        np.testing.assert_array_equal(solved.harmful, exact.harmful)
