"""What only some estimators promise: solvers without a factor, and sums that are known."""

import numpy as np
from test_scores import assert_scores, cases, scorer


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
def test_representer_values_add_up_to_the_logit(problem):
    score = scorer(problem, "representer")
    features, targets = problem.tests()
    logits = score.head.logits(features)[np.arange(len(targets)), targets]
    np.testing.assert_allclose(score.exact(score.tests(features, targets)).sum(axis=0), logits, atol=1e-6)
