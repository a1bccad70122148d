"""Small products have one thread, and give back what they found."""

import numpy as np
from problems import Problem
from threadpoolctl import threadpool_info, threadpool_limits

from explorer.models.head import contrasts
from explorer.models.newton import Objective, minimise
from explorer.threads import SMALL, one_for_small


def threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_only_what_is_small_has_one_thread_and_gives_it_back():
    with threadpool_limits(2, user_api="blas"):
        with one_for_small(SMALL):
            assert threads() == {2}
        with one_for_small(SMALL - 1):
            assert threads() == {1}
        assert threads() == {2}


def test_a_small_fit_has_one_thread():
    features, labels = Problem("any", "small").draw()
    objective = Objective(features, labels, contrasts(2), np.array([0.1]), np.ones((1, len(labels))))
    seen = set()

    def plain(rows):
        seen.update(threads())
        return rows

    with threadpool_limits(2, user_api="blas"):
        minimise(objective, np.zeros((1, 1, features.shape[1])), 1e-9, plain)
    assert seen == {1}
