"""Two runs with the same test images: accuracy of each class, predictions fixed and broken, losses before and after."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.evaluation.comparison import AccuracyChange, accuracy_change
from explorer.runs.database import reading
from explorer.runs.run import Run


@dataclass(frozen=True, eq=False)
class Comparison:
    """How the predictions of the test images differ between two runs.

    Attributes:
        overall: of all test images.
        classes: of each class that has test images, by name.
        fixed: wrong before and right after: test rows, the loss that fell most first.
        broken: right before and wrong after: test rows, the loss that rose most first.
        loss_change: ``(m,)`` nats, after minus before, of the true labels.
    """

    overall: AccuracyChange
    classes: dict[str, AccuracyChange]
    fixed: np.ndarray
    broken: np.ndarray
    loss_change: np.ndarray


def compare_runs(before: Run, after: Run) -> Comparison:
    """Return how the predictions of the test images differ between two runs.

    Raises:
        ExplorerError: the runs were not measured on the same test images with the same labels.
    """
    _check(before, after)
    labels = before.test_labels
    right, now = (run.predicted == labels for run in (before, after))
    classes = {
        name: accuracy_change(right[labels == row], now[labels == row])
        for row, name in enumerate(before.class_names)
        if row in labels
    }
    moved = after.test_losses - before.test_losses
    fixed, broken = (np.flatnonzero(rows) for rows in (~right & now, right & ~now))
    return Comparison(
        overall=accuracy_change(right, now),
        classes=classes,
        fixed=fixed[np.argsort(moved[fixed], kind="stable")],
        broken=broken[np.argsort(-moved[broken], kind="stable")],
        loss_change=moved,
    )


def debugged(run_ids: Iterable[str]) -> list[int]:
    """Return the test images that have stored trials in these runs, the latest trial first."""
    ids = sorted(set(run_ids))
    with reading() as connection:
        rows = connection.execute(
            f"SELECT test FROM trials WHERE run IN ({','.join('?' * len(ids))}) GROUP BY test ORDER BY MAX(id) DESC",
            ids,
        )
        return [int(row[0]) for row in rows]


def _check(before: Run, after: Run) -> None:
    same = before.class_names == after.class_names and all(
        np.array_equal(before.arrays[name], after.arrays[name]) for name in ("test_ids", "test_labels")
    )
    if not same:
        raise ExplorerError(
            f"Runs {before.id} and {after.id} were not measured on the same test images with the same labels; "
            "choose two runs of one data set."
        )
