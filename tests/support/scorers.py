"""Scorers of the small problems, each beside its slow twin."""

from functools import cache

import numpy as np
import pytest

from explorer.attribution import ESTIMATORS, Curvature, Scorer
from explorer.models.head import fit
from tests.support import naive
from tests.support.problems import PROBLEMS

TWINS = {
    "influence": naive.influence_scores,
    "newton": naive.newton_scores,
    "relatif": naive.relative_influence,
    "tracin": naive.traced,
    "graddot": naive.gradient_products,
    "gradcos": naive.gradient_cosines,
    "representer": naive.representer_values,
    "similarity": naive.signed_cosines,
}
cases = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: f"{problem.name}: {problem.reason}")
methods = pytest.mark.parametrize("method", list(TWINS))


@cache
def curved(problem):
    return Curvature(fit(*problem.draw(), problem.classes, problem.l2))


def scorer(problem, method):
    return Scorer(curved(problem), ESTIMATORS[method])


def slow(problem, method, feature, target):
    head = curved(problem).head
    return TWINS[method](head.train_features, head.train_labels, head.weights, problem.l2, feature, target)


@cache
def slow_scores(problem, method):
    """The slow twins' scores on the problem's test images ``(m, n)``."""
    return [slow(problem, method, *pair) for pair in zip(*problem.tests(), strict=True)]


# Dividing by a gradient of 1e-7 leaves eight digits of it.
DIGITS = {"relatif": 1e-7, "gradcos": 1e-7}


def assert_scores(actual, expected, share=1e-10):
    """Equal to 1e-10 of the largest: two float64 computations of different order."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=share * np.abs(expected).max())
