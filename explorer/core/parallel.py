"""Use of the processor's cores: work on slices of rows in threads, and one BLAS thread for small products.

NumPy's products and functions release the interpreter's lock, so threads do compute at once. A server's BLAS has one thread, so
that people's products do not wait for one another; whoever clicks while nobody else does gets all cores by
:func:`run_in_threads`. A process that forks after that was used must not use it in the child.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")
# A product of fewer multiplications takes one core about a millisecond, and two threads cost more than they save there: where
# other work keeps the cores busy, they wait for one another longer than they compute. The choice of λ on 800 images (five folds,
# 5,000,000 multiplications a product) took 22 s beside other work, and 2.5 s by one thread.
SMALL_PRODUCT = 10_000_000
_pool = ThreadPoolExecutor(os.cpu_count())


def run_in_threads(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return what ``work`` returns of each item, one thread a core; the first error is raised.

    ``work`` must not call this function itself: it would wait for its own place in the pool.
    """
    return list(_pool.map(work, items))


def row_slices(size: int, pieces: int) -> list[slice]:
    """Return at most ``pieces`` slices of about equal length that together cover ``size`` rows."""
    bounds = np.linspace(0, size, min(pieces, size) + 1).astype(int).tolist()
    return list(map(slice, bounds, bounds[1:]))


def one_thread_if_small(multiplications: int) -> AbstractContextManager[object]:
    """Return a context in which BLAS has one thread where a product takes fewer multiplications than ``SMALL_PRODUCT``."""
    return one_blas_thread() if multiplications < SMALL_PRODUCT else nullcontext()


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS has one thread: for products inside of :func:`run_in_threads`."""
    return _blas().limit(limits=1, user_api="blas")


@cache
def _blas() -> ThreadpoolController:
    """Return the controller of this process's BLAS libraries; looking for them takes 3 ms, so it is done once."""
    return ThreadpoolController()
