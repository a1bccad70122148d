"""Work cut in pieces that the cores take side by side: NumPy's products and functions let one another run.

A server's BLAS has one thread, so that people's products do not wait for one another; whoever clicks while nobody else does gets
all cores this way. A process that forks after this was used must not use it in the child.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

Part = TypeVar("Part")
_pool = ThreadPoolExecutor(os.cpu_count())


def run_in_threads(work: Callable[[Part], object], parts: Iterable[Part]) -> None:
    """Do the work on each part; work must not ask for more of this itself, or it would wait for its own place."""
    list(_pool.map(work, parts))


def row_slices(size: int, pieces: int) -> list[slice]:
    """Return slices of about equal length that cover ``size`` rows."""
    cuts = np.linspace(0, size, min(pieces, size) + 1).astype(int).tolist()
    return list(map(slice, cuts, cuts[1:]))
