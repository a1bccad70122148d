"""How far scores agree with real refits: single images, groups, and random halves (linear datamodeling score)."""

from collections.abc import Callable, Sequence

import numpy as np

from explorer.attribution import Curvature, Tests
from explorer.core.progress import Progress
from explorer.evaluation.refit import TOGETHER, refit_without
from explorer.models.head import Head

# Resamples behind an interval, and the share of them inside it: 500 settle its ends to about a tenth of its width.
RESAMPLES, INSIDE = 500, 0.95
Figure = dict[str, float]


def measured_changes(
    curvature: Curvature, tests: Tests, groups: list[np.ndarray], stage: str, progress: Progress
) -> np.ndarray:
    """Return the changes of loss ``(k, m)`` in nats of test images after each group is left out and the head refitted."""
    head, changes = curvature.head, []
    before = head.losses(tests.features, tests.targets)
    for start in range(0, len(groups), TOGETHER):
        progress(stage, start, len(groups))
        for weights in refit_without(curvature, groups[start : start + TOGETHER]):
            after = Head(head.train_features, head.train_labels, weights, head.l2)
            changes.append(after.losses(tests.features, tests.targets) - before)
    progress(stage, len(groups), len(groups))
    return np.array(changes)


def removable_rows(labels: np.ndarray, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return ``rows`` without the first of every class that their removal would leave empty, for labels ``(n,)``."""
    rows = np.asarray(rows, dtype=int)
    left = np.bincount(labels) - np.bincount(labels[rows], minlength=labels.max() + 1)
    kept = [int(np.flatnonzero(labels[rows] == label)[0]) for label in np.unique(labels[rows]) if not left[label]]
    return np.delete(rows, kept)


def group_sums(scores: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """Return the sums ``(k, m)`` of the members' scores ``(n, m)``: what is predicted for each group."""
    return np.array([scores[group].sum(axis=0) for group in groups])


def agreement(predicted: np.ndarray, measured: np.ndarray) -> dict[str, Figure]:
    """Return Pearson, Spearman and slope of measured on predicted ``(k,)``, each with a bootstrap interval."""
    rng = np.random.default_rng(0)
    draws = rng.integers(len(predicted), size=(RESAMPLES, len(predicted)))
    again = predicted[draws], measured[draws]
    return {
        "pearson": _interval(pearson(predicted, measured), _of_each(pearson, *again)),
        "spearman": _interval(spearman(predicted, measured), _of_each(pearson, *map(_ranks, again))),
        "slope": _interval(_slope(predicted, measured), _of_each(_slope, *again)),
    }


def datamodeling_score(predicted: np.ndarray, measured: np.ndarray) -> Figure:
    """Return the linear datamodeling score (Park et al. 2023, eq. 2) with a bootstrap interval over test images.

    Args:
        predicted: sums of scores ``(k, m)`` of what k random subsets leave out.
        measured: changes of loss ``(k, m)`` after refits on these subsets.
    """
    each = _of_each(pearson, _ranks(predicted.T), _ranks(measured.T))
    draws = np.random.default_rng(0).integers(len(each), size=(RESAMPLES, len(each)))
    return _interval(float(each.mean()), each[draws].mean(axis=1))


def pearson(x: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation ``(k,)``; 0 where one side is constant, since it then predicts nothing."""
    x, y = x - x.mean(), y - y.mean()
    size = np.linalg.norm(x) * np.linalg.norm(y)
    return float(x @ y / size) if size > 0 else 0.0


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    return float(x @ y / (x @ x)) if x.any() else 0.0


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation of ranks ``(k,)``; 0 where one side is constant."""
    return pearson(_ranks(x), _ranks(y))


def _ranks(rows: np.ndarray) -> np.ndarray:
    """Return the ranks in each row of ``(…, k)``: all rows at once, for SciPy takes a millisecond a call."""
    from scipy.stats import rankdata  # half a second, for which no refit waits

    return np.asarray(rankdata(rows, axis=-1))


def _of_each(statistic: Callable[[np.ndarray, np.ndarray], float], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a statistic of each pair of rows ``(r, k)``."""
    return np.array([statistic(*pair) for pair in zip(x, y, strict=True)])


def _interval(value: float, again: np.ndarray) -> Figure:
    low, high = np.quantile(again, [(1 - INSIDE) / 2, (1 + INSIDE) / 2])
    return {"value": value, "low": float(low), "high": float(high)}
