"""What only some estimators promise: solvers without a factor, and sums that are known."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from explorer.attribution import Scorer
from explorer.attribution.iterative import InfluenceLiSSA, _batches
from tests.support.scorers import assert_scores, cases, scorer


@cases
def test_conjugate_gradients_give_the_influence(problem):
    tests = scorer(problem, "influence").tests(*problem.tests())
    expected = scorer(problem, "influence").exact(tests)
    assert_scores(scorer(problem, "influence-cg").exact(tests), expected, 1e-6)


@cases
def test_lissa_correlates_with_the_influence_and_nothing_was_set(problem):
    tests = scorer(problem, "influence").tests(*problem.tests())
    expected = scorer(problem, "influence").exact(tests)
    for found, exact in zip(scorer(problem, "influence-lissa").exact(tests).T, expected.T, strict=True):
        assert np.corrcoef(found, exact)[0, 1] >= 0.99


@cases
def test_lissa_by_small_batches_correlates_and_uses_every_image(problem):
    tests = scorer(problem, "influence").tests(*problem.tests())
    exact = scorer(problem, "influence").exact(tests)
    found = Scorer(scorer(problem, "influence").curvature, InfluenceLiSSA(batch=7)).exact(tests)
    for one, other in zip(found.T, exact.T, strict=True):
        assert np.corrcoef(one, other)[0, 1] >= 0.98  # the noise of seven images, where the residual allows it
    batches = list(islice(_batches(np.random.default_rng(0), problem.n, 7), max(1, problem.n // 7)))
    assert sorted(row for some in batches for row in range(problem.n)[some]) == [*range(problem.n)]


@cases
def test_the_largest_curvature_is_found_without_the_hessian(problem):
    curvature = scorer(problem, "influence").curvature
    largest = np.linalg.eigvalsh(curvature.hessian())[-1]
    np.testing.assert_allclose(curvature.largest_eigenvalue, largest, rtol=0.01)  # Lanczos stops at a hundredth


@cases
@pytest.mark.parametrize("formed", [True, False], ids=["formed", "by-features"])
def test_a_product_with_the_hessian_is_the_same_whether_it_is_formed_or_not(problem, formed):
    curvature = replace(scorer(problem, "influence").curvature)
    hessian = curvature.hessian()
    vars(curvature)["_formed"] = hessian if formed else None
    rows = np.random.default_rng(1).normal(size=(3, problem.classes - 1, curvature.head.train_features.shape[1]))
    expected = (rows.reshape(3, -1) @ hessian).reshape(rows.shape)
    np.testing.assert_allclose(curvature.product(rows), expected, rtol=1e-9, atol=1e-12)


@cases
def test_a_warm_row_is_the_same_row(problem):
    warm = scorer(problem, "influence-lissa")
    warm.warm_up()
    features, targets = problem.tests()
    warm_row, cold_row = (
        one.row(features[0], targets[0], 5).scores for one in (warm, scorer(problem, "influence-lissa"))
    )
    np.testing.assert_array_equal(warm_row, cold_row)


@cases
def test_representer_values_add_up_to_the_logit(problem):
    score = scorer(problem, "representer")
    features, targets = problem.tests()
    logits = score.head.logits(features)[np.arange(len(targets)), targets]
    np.testing.assert_allclose(score.exact(score.tests(features, targets)).sum(axis=0), logits, atol=1e-6)
