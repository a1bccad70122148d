"""Cleaning curves: accuracy of each class against the number of labels reviewed, every point measured by a refit.

With known ground truth, in the orders of the audit queue, of the loss and of chance; without it, along the user's own edits.
"""

from typing import Any

import numpy as np

from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_dict
from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.evaluation.audit import Trusted, accuracies_after_review
from explorer.runs.edits.change import DECISIONS, Edit, in_force
from explorer.runs.edits.edit_log import live
from explorer.runs.edits.refit import base_of, changes_of, refitted
from explorer.runs.results.audit import AuditResult
from explorer.runs.run import Run

# Points beside "none looked at", as shares of the training images.
CLEANED = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2)
# Points along a person's edits: each is a refit of up to a second.
POINTS = 12
# Counted up when the figures along the edits change their meaning, so that what an older version kept is computed again.
EDITS_VERSION = 1
NONE = "No label was changed and no image excluded yet; decide on some images in the review queue first."
# The order of chance is one of many; this one is the same for everybody.
SEED = 0


def cleaning_curve(run: Run, result: AuditResult, progress: Progress = silent) -> dict[str, Any]:
    """Return accuracy as known wrong labels are corrected in three orders: of the queue, of the loss, and random.

    Accuracy is measured on the test images that the audit did not trust; where it trusted all, on all of them, and
    ``untouched`` is False.

    Returns:
        ``counts`` looked at, ``classes``, ``untouched``, ``tests`` (how many), and for each order the accuracy of each
        class.

    Raises:
        ExplorerError: it is not known which labels are wrong.
    """
    truth = run.truth
    if truth is None:
        raise ExplorerError("It is not known which labels of this run are wrong; plant mistakes with build --noise.")
    return _cached(run, result).get_or_compute(lambda: _compute(run, truth, result, progress))


def load_cleaning_curve(run: Run, result: AuditResult) -> dict[str, Any] | None:
    """Return the cached cleaning curve, or None where there is none, or a damaged one."""
    return _cached(run, result).load()


def _cached(run: Run, result: AuditResult) -> CachedResult[dict[str, Any]]:
    audit = [result.facts["trusted"], result.facts["checksum_of_arrays"]]  # another queue has another curve
    return cached_dict(home.root() / "audits" / f"cleaning-{run.id}-{digest(canonical(audit))[:12]}.json")


def _compute(run: Run, truth: np.ndarray, result: AuditResult, progress: Progress) -> dict[str, Any]:
    n, trusted = len(run.train_labels), np.array(result.facts["trusted"], dtype=int)
    others = np.setdiff1d(np.arange(len(run.test_labels)), trusted)
    rows = (
        others if len(np.unique(run.test_labels[others])) == len(run.class_names) else np.arange(len(run.test_labels))
    )
    tests = Trusted(np.asarray(run.test_features[rows]), run.test_labels[rows])
    counts = [0, *sorted({max(1, round(share * n)) for share in CLEANED})]
    orders = {
        "queue": result.order,
        "loss": np.argsort(-run.head.losses(run.head.train_features, run.train_labels), kind="stable"),
        "random": np.random.default_rng(SEED).permutation(n),
    }
    curves: dict[str, Any] = {"counts": counts, "classes": run.class_names, "untouched": rows is others}
    curves |= {"tests": len(rows)}
    for done, (name, order) in enumerate(orders.items()):
        progress("Refits of the cleaning curve", done, len(orders))
        curves[name] = accuracies_after_review(run.curvature, order, truth, counts, tests)
    progress("Refits of the cleaning curve", 1, 1)
    return curves


def edits_curve(run: Run, progress: Progress = silent) -> dict[str, Any]:
    """Return the accuracy of each class after so many of the edits in force, in the order in which they were made.

    They are laid on the unedited run behind ``run`` and measured on all its test images.

    Returns:
        ``counts`` of decisions, ``tests`` (how many), ``classes`` that have test images, and ``edits``: for each count
        the accuracy of each of these classes.

    Raises:
        ExplorerError: there is no edit, or one prefix of them leaves a class without any image.
    """
    base, decisions = base_of(run), _decisions(run)
    if not decisions:
        raise ExplorerError(NONE)
    return _cached_edits(base, decisions).get_or_compute(lambda: _compute_edits(base, decisions, progress))


def load_edits_curve(run: Run) -> dict[str, Any] | None:
    """Return the curve of the edits as they are now if it was computed before, else None."""
    return _cached_edits(base_of(run), _decisions(run)).load()


def count_decisions(run: Run) -> int:
    """Return how many decisions of the edits in force concern images of the unedited run behind ``run``."""
    return len(_decisions(run))


def _decisions(run: Run) -> list[Edit]:
    base = base_of(run)
    return [
        edit
        for edit in live(base.data_digest)
        if edit.change.action in DECISIONS and base.train_index(edit.change.row) is not None
    ]


def _cached_edits(base: Run, decisions: list[Edit]) -> CachedResult[dict[str, Any]]:
    rows = [[edit.change.row, edit.change.action, edit.change.value] for edit in decisions]
    recipe = {"version": EDITS_VERSION, "run": base.id, "edits": rows}
    folder, key = home.root() / "audits", digest(canonical(recipe))[:16]
    old = folder / f"edits-{key}.json"  # of a version whose names did not tell the run
    return cached_dict(old if old.is_file() else folder / f"edits-{base.id}-{key}.json")


def _compute_edits(base: Run, decisions: list[Edit], progress: Progress) -> dict[str, Any]:
    counts = np.unique(np.linspace(0, len(decisions), min(POINTS, len(decisions) + 1)).round().astype(int)).tolist()
    rows = []
    tests = Trusted(np.asarray(base.test_features), base.test_labels)
    for done, count in enumerate(counts):
        progress("Refits along your decisions", done, len(counts))
        decided = [(edit.change.row, edit.change.action, edit.change.value) for edit in in_force(decisions[:count])]
        rows.append(tests.accuracies(refitted(base, changes_of(base, decided))))
    progress("Refits along your decisions", 1, 1)
    present = [base.class_names[label] for label in np.unique(base.test_labels)]
    return {"counts": counts, "classes": present, "tests": len(base.test_labels), "edits": rows}
