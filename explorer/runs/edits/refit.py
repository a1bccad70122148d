"""Refit the head to the edited data, as a new run beside the unedited one; and the change of losses that the scores predict."""

import os
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np

from explorer.core.checksums import canonical, digest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, writing_folder
from explorer.core.keyed_cache import keyed_cache
from explorer.core.progress import Progress, silent
from explorer.evaluation.group_influence import summed_scores
from explorer.evaluation.refit import refit_edited as refit
from explorer.evaluation.refit import relabelling_coefficients
from explorer.models.head import TOLERANCE, Head
from explorer.runs.edits.edit_log import NOTHING, state
from explorer.runs.manifest import Manifest
from explorer.runs.run import TABLE, Run
from explorer.runs.store import check_name, load_run, point, run_folder, tidy
from explorer.runs.writer import checksums, fitted, save_arrays
from explorer.shards import ShardedRows, Table, link

# Raised whenever the same edits of the same run would give other numbers.
FORMAT = 1
SHARED = ("train_features.npy", "test_features.npy")


@dataclass(frozen=True, eq=False)
class RunChanges:
    """What the edits in force change in a run, by its ``train_index``.

    Attributes:
        rows: relabelled rows ``(k,)``, in order; only those whose label is another one now.
        labels: their new labels ``(k,)`` int64.
        removed: excluded rows ``(r,)``, in order.
    """

    rows: np.ndarray
    labels: np.ndarray
    removed: np.ndarray

    def __len__(self) -> int:
        return len(self.rows) + len(self.removed)

    def laid_on(self, run: Run) -> tuple[np.ndarray, np.ndarray]:
        """Return the labels ``(n,)`` of the unedited run's training images after relabelling, and which are kept ``(n,)``."""
        labels, kept = np.array(run.train_labels), np.ones(len(run.train_labels), dtype=bool)
        labels[self.rows], kept[self.removed] = self.labels, False
        return labels, kept


@dataclass(frozen=True, eq=False)
class _Edited:
    """An unedited run together with the changes that its refit takes in."""

    base: Run
    changes: RunChanges

    @cached_property
    def is_kept(self) -> np.ndarray:
        """Whether each training image of the unedited run is in the refit, ``(n,)`` bool."""
        return self.changes.laid_on(self.base)[1]

    def head(self) -> Head:
        """Return the refitted head on the kept rows, whose λ is λn/n′."""
        labels, kept = self.changes.laid_on(self.base)
        features, l2 = self.base.head.train_features, self.base.head.l2 * len(kept) / int(kept.sum())
        return Head(_those(features, kept), labels[kept], refitted(self.base, self.changes), l2)

    @cached_property
    def edits(self) -> list[list[Any]]:
        """The changes as ``[picture row, action, value]``, in the order of the rows."""
        rows, names = self.base.arrays["train_rows"], self.base.class_names
        relabelled = zip(rows[self.changes.rows].tolist(), self.changes.labels.tolist(), strict=True)
        removed = rows[self.changes.removed].tolist()
        return sorted(
            [[row, "relabel", names[label]] for row, label in relabelled] + [[row, "exclude", ""] for row in removed]
        )

    def run_id(self) -> str:
        """Return the hash of the unedited run and the edits, 16 hexadecimal digits."""
        return digest(canonical({"format": FORMAT, "base": self.base.id, "edits": self.edits}))[:16]


def run_changes(run: Run) -> RunChanges:
    """Return what the edits in force change in a run; pictures that the run leaves out anyway do not count."""
    return changes_of(run, state(run.data_digest).decided)


def refitted(base: Run, changes: RunChanges) -> np.ndarray:
    """Return the weights ``(C, d)`` of an unedited run's head after a refit with changes; standardisation, λ and n stay.

    Raises:
        ExplorerError: a class would be left empty.
    """
    return refit(base.curvature, *changes.laid_on(base), TOLERANCE)


def edited_id(run: Run) -> str:
    """Return the id of the run that :func:`refit_edited` makes of the edits in force, whether it exists or not."""
    return _edited(run).run_id()


def refit_edited(run: Run, name: str, progress: Progress = silent) -> Run:
    """Lay all edits in force on the unedited run behind ``run``, refit the head, and return it as a new run.

    Standardisation and n stay as they were, so that with n′ images left the new run's λ is λn/n′: the same problem.

    Args:
        run: edited or not.
        name: points to the new run afterwards; the old runs stay.
        progress: of the refit.

    Raises:
        ExplorerError: no edit changes anything, a class would be left empty, or the unedited run is gone.
    """
    check_name(name)
    tidy()
    edited = _edited(run)
    if not len(edited.changes):
        raise ExplorerError(NOTHING)
    run_id = edited.run_id()
    with lock(run_folder(run_id)):
        try:
            refitted_run = load_run(run_id)
        except DamagedError:
            refitted_run = _compute(edited, run_id, progress)
    point(name, run_id)
    return refitted_run


def is_refit(run: Run) -> bool:
    """Return whether :func:`refit_edited` made a run; an unedited run, and one built with its edits, are none."""
    return run.manifest.refitted


def predicted_losses(run: Run) -> np.ndarray:
    """Return what the scores predict the edits in force do to every test loss ``(m,)`` of the unedited run, in nats.

    The scores of the excluded images are added up; the relabelled ones are one Newton step together, because other labels
    leave the Hessian as it is. Positive: the loss is predicted to rise. Without a factor everything is one step, by
    conjugate gradients.
    """
    base = base_of(run)
    return predicted_by(base, run_changes(base))


def predicted_for(run: Run) -> np.ndarray:
    """Return the same ``(m,)`` for the edits that an edited run was made with, whatever was edited since."""
    base = base_of(run)
    return predicted_by(base, changes_of(base, run.manifest.edits))


def predicted_by(base: Run, changes: RunChanges) -> np.ndarray:
    """Return the change of every test loss ``(m,)`` in nats that the scores predict for these changes of an unedited run."""
    scorer, rows = base.scorer(base.default_method), changes.rows
    rates, predicted = relabelling_coefficients(base.curvature, rows, changes.labels), np.zeros(len(base.test_labels))
    if not base.curvature.dense:
        rows = np.concatenate([rows, changes.removed])
        rates = np.concatenate([rates, scorer.coefficients[changes.removed]])
    elif len(changes.removed):
        predicted += summed_scores(scorer, base.tests, changes.removed)
    if len(rows):
        predicted += _stepped(base, rates.T @ base.head.train_features[rows])
    return predicted


def _stepped(run: Run, slope: np.ndarray) -> np.ndarray:
    """Return the changes of all test losses ``(m,)`` when θ moves by G times ``slope`` ``(C − 1, d)``."""
    head, estimator = run.head, run.scorer(run.default_method).estimator
    weights = head.weights + head.basis @ estimator.solve(run.curvature, slope[None])[0]
    return replace(head, weights=weights).losses(run.test_features, run.test_labels) - run.test_losses


def base_of(run: Run) -> Run:
    """Return the unedited run behind a run, or the run itself.

    Raises:
        ExplorerError: it is gone or damaged.
    """
    known = run.manifest.base
    return _base(run.folder.parent, known) if known else run


@keyed_cache(2)  # an id never means new content
def _base(folder: Path, run_id: str) -> Run:
    try:
        return load_run(run_id)
    except DamagedError as error:
        message = f"The unedited run {run_id} behind this one cannot be opened ({str(error).rstrip('.')})."
        raise DamagedError(f"{message} Build it again with `python -m explorer build`.") from error


def _edited(run: Run) -> _Edited:
    base = base_of(run)
    return _Edited(base, run_changes(base))


def changes_of(run: Run, decided: Iterable[Sequence[Any]]) -> RunChanges:
    """Return what ``(picture row, action, value)``, each row once, change in a run, by its ``train_index``."""
    here = [(at, action, value) for row, action, value in decided if (at := run.train_index(row)) is not None]
    named = {at: run.class_index(value) for at, action, value in here if action == "relabel"}
    rows = np.array(sorted(named), dtype=np.int64)
    labels = np.array([named[row] for row in rows], dtype=np.int64)
    other = labels != run.train_labels[rows]
    removed = np.array([at for at, action, _ in here if action == "exclude"], dtype=np.int64)
    return RunChanges(rows[other], labels[other], np.sort(removed))


def _compute(edited: _Edited, run_id: str, progress: Progress) -> Run:
    start, base = time.perf_counter(), edited.base
    progress("Refitting the head", 0, 2)
    head = edited.head()
    progress("Refitting the head", 1, 2)
    own = {"run_id": run_id, "base": base.id, "edits": edited.edits}
    facts = base.manifest.to_dict() | fitted(head, base.test_features, base.test_labels, base.class_names) | own
    with writing_folder(run_folder(run_id)) as folder:
        files = checksums(folder, _save(folder, edited, head))
        facts |= {"files": files, "seconds": {"refit": round(time.perf_counter() - start, 2)}}
        write_manifest(folder / "manifest.json", facts)
    progress("Refitting the head", 2, 2)
    return Run(run_folder(run_id), Manifest.from_dict(facts))


def _save(folder: Path, edited: _Edited, head: Head) -> dict[str, str]:
    """Write the run's small arrays, link the large ones, which stay as they are, and return their checksums."""
    base = edited.base
    shared = [name for name in SHARED if (base.folder / name).is_file()]
    for name in shared:
        _link(base.folder / name, folder / name)
    if (base.folder / TABLE).is_dir():
        link(Table.open(base.folder / TABLE), folder / TABLE)
    rows = {name: array[edited.is_kept] for name, array in base.arrays.items() if name.startswith("train_")}
    own = {"weights": head.weights, "train_labels": head.train_labels}
    if not edited.is_kept.all():
        own["kept"] = np.flatnonzero(edited.is_kept)
    save_arrays(folder, base.arrays | rows | own)
    return {name: base.manifest.files[name] for name in shared}


def _those(features: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return the rows that are kept; of shards without reading them."""
    if kept.all():
        return features
    if isinstance(features, ShardedRows):
        return cast(np.ndarray, features.only(np.flatnonzero(kept)))
    return np.asarray(features)[kept]


def _link(there: Path, here: Path) -> None:
    """Give a file a second name, which costs nothing; a copy where the disk has no such links."""
    try:
        os.link(there, here)
    except OSError:
        shutil.copyfile(there, here)
