"""The lesson's repair: the first labels of the queue, looked at by somebody who knows the truth, and the refit."""

from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.runs.edits import edit_log
from explorer.runs.edits.edit_log import Change
from explorer.runs.edits.refit import base_of, refit_edited
from explorer.runs.results.audit import audit_run
from explorer.runs.results.comparison import compare_runs
from explorer.runs.run import Run

# Who decided: so that a person can tell the lesson's edits from their own.
AUTHOR = "the lesson"


def repair(run: Run, budget: int, name: str, trusted: str = "all", progress: Progress = silent) -> dict[str, Any]:
    """Look at the first labels of the queue, correct the wrong ones, refit the head, and return what that changed.

    Every image looked at becomes an edit (relabelled, or its label confirmed), so that the repair can be read, exported
    and taken back like a person's own. What was decided before stays as it is.

    Args:
        run: whose true labels are known; of an edited run, the unedited one behind it is repaired.
        budget: labels to look at.
        name: of the repaired run.
        trusted: test images that the audit trusts.
        progress: of the audit and the refit.

    Returns:
        ``looked_at``, ``corrected``, and of each class the accuracy ``before`` and ``after`` on all test images, and
        on those that the audit did not trust (``untouched``, where there are any of each class).

    Raises:
        ExplorerError: the truth is not known, or the budget is not between 1 and the number of training images.
    """
    base = base_of(run)
    looked = looked_at(base, budget, trusted, progress)
    changes = _changes(base, looked)
    if changes:
        edit_log.record_edits(base, changes, AUTHOR)
    repaired = refit_edited(base, name, progress)
    compared = compare_runs(base, repaired)
    others = np.setdiff1d(np.arange(len(base.test_labels)), audit_run(base, trusted).facts["trusted"])
    return {
        "run": name,
        "run_id": repaired.id,
        "looked_at": len(looked),
        "corrected": int(np.sum(_truth(base)[looked] != base.train_labels[looked])),
        "before": {label: change.before.value for label, change in compared.classes.items()},
        "after": {label: change.after.value for label, change in compared.classes.items()},
        "untouched": _accuracies(repaired, others),
        "fixed": len(compared.fixed),
        "broken": len(compared.broken),
    }


def looked_at(run: Run, budget: int, trusted: str = "all", progress: Progress = silent) -> np.ndarray:
    """Return the training images that a person meets who goes through the queue: the first ``budget`` of it.

    Raises:
        ExplorerError: see :func:`repair`.
    """
    _truth(run)
    if not 1 <= budget <= len(run.train_labels):
        raise ExplorerError(
            f"The repair may look at 1 to {len(run.train_labels):,} labels, not {budget:,}; give another budget."
        )
    return audit_run(run, trusted, progress).order[:budget]


def _changes(run: Run, looked: np.ndarray) -> list[Change]:
    """Return a decision for each image looked at; those that are decided already are left."""
    state, rows, truth = edit_log.state(run.data_digest), run.arrays["train_rows"], _truth(run)
    decided = {*state.labels, *state.excluded, *state.kept}
    return [
        Change("train", rows[at], "keep")
        if truth[at] == run.train_labels[at]
        else Change("train", rows[at], "relabel", run.class_names[truth[at]])
        for at in looked.tolist()
        if int(rows[at]) not in decided
    ]


def _accuracies(run: Run, rows: np.ndarray) -> dict[str, float]:
    """Return the share that is right of each class among some test images; nothing where a class has none of them."""
    right, labels = run.predicted[rows] == run.test_labels[rows], run.test_labels[rows]
    present = [label for label in range(len(run.class_names)) if label in labels]
    whole = len(present) == len(np.unique(run.test_labels))
    return {run.class_names[label]: float(right[labels == label].mean()) for label in present} if whole else {}


def _truth(run: Run) -> np.ndarray:
    if run.truth is None:
        raise ExplorerError(
            "It is not known which labels of this run are wrong; build the story with `build --scenario article`."
        )
    return run.truth
