"""Which test images an experiment looks at."""

import numpy as np

from explorer.runs.run import Run


def random_tests(run: Run, count: int, seed: int, among: np.ndarray | None = None) -> np.ndarray:
    """Return test images drawn at random by ``seed``, sorted: at most ``count`` of those in ``among``, or of all."""
    rows = np.arange(len(run.test_labels)) if among is None else among
    return np.sort(np.random.default_rng(seed).choice(rows, min(count, len(rows)), replace=False))


def correct_tests(run: Run) -> np.ndarray:
    """Return the test images that are predicted rightly."""
    return np.flatnonzero(run.predicted == run.test_labels)
