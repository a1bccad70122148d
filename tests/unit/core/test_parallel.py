"""Small products have one thread, and give back what they found."""

import os
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from explorer.core.parallel import SMALL_PRODUCT, one_thread_if_small
from explorer.models.head import contrasts
from explorer.models.solver import Objective, minimise
from tests.support.problems import Problem


def threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_only_what_is_small_has_one_thread_and_gives_it_back():
    with threadpool_limits(2, user_api="blas"):
        with one_thread_if_small(SMALL_PRODUCT):
            assert threads() == {2}
        with one_thread_if_small(SMALL_PRODUCT - 1):
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


@pytest.mark.parametrize(
    "given", [{}, {"OPENBLAS_THREAD_TIMEOUT": "26", "GOMP_SPINCOUNT": "7"}], ids=["usual", "asked"]
)
def test_parallel_that_wait_give_their_core_away_unless_somebody_asks_for_another_way(given):
    names = ("OPENBLAS_THREAD_TIMEOUT", "GOMP_SPINCOUNT")
    others = {name: value for name, value in os.environ.items() if name not in names}
    code = f"import explorer, os, sys; print(*map(os.environ.get, {names}), 'numpy' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], env=others | given, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [*(given.values() or ("10", "1000")), "False"]
