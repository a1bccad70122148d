"""A run that lies in memory alone: made from arrays, or another run with some training images changed. Nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from explorer.attribution.epochs import Epoch
from explorer.core.checksums import canonical, digest
from explorer.core.errors import ExplorerError
from explorer.datasets import Dataset
from explorer.evaluation.refit import refit_relabelled, refit_without
from explorer.models.head import Head
from explorer.runs.edits.refit import RunChanges
from explorer.runs.manifest import Manifest
from explorer.runs.results.removal_trials import removed_rows
from explorer.runs.run import Run
from explorer.runs.store import run_folder
from explorer.runs.writer import fitted

NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class MissingPictures:
    """The place of pictures in a run that was made from arrays.

    Attributes:
        hashes: of each row's features.
    """

    hashes: Sequence[str]

    def __len__(self) -> int:
        return len(self.hashes)

    def __getitem__(self, index: int) -> Image.Image:
        raise ExplorerError("This run was made from arrays and has no pictures; build it from pictures to see them.")

    def ids(self) -> list[str]:
        """Return the hash of each row's features."""
        return list(self.hashes)


@dataclass(frozen=True, eq=False)
class MemoryRun(Run):
    """A fitted head with its test images, without a folder.

    Attributes:
        fitted: the head over its training features.
        held_out: test features ``(m, d)``, standardised like the training features.
        small: labels, ids and rows of the data set, as :attr:`Run.arrays` names them.
        source: the data set, without pictures where it was made from arrays; None where it is that of ``parent``.
        parent: the run that this one is a change of, where it is one.
        changes: what differs from ``parent``, by its training indices.
    """

    fitted: Head
    held_out: np.ndarray
    small: dict[str, np.ndarray]
    source: Dataset | None = None
    parent: Run | None = None
    changes: RunChanges | None = None

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Labels, image ids and rows of the data set."""
        return self.small

    @cached_property
    def test_features(self) -> np.ndarray:
        """``(m, d)`` float64."""
        return self.held_out

    @cached_property
    def head(self) -> Head:
        """The fitted head."""
        return self.fitted

    @cached_property
    def epochs(self) -> list[Epoch]:
        """None are kept: they belong to the training of another run's network."""
        return []

    @cached_property
    def dataset(self) -> Dataset:
        """The data set; its pictures cannot be had where the run was made from arrays."""
        if self.source is not None:
            return self.source
        if self.parent is None:
            raise ExplorerError("This run has no data set; give it one, or the run that it is a change of.")
        return self.parent.dataset

    @property
    def pictured(self) -> bool:
        """Whether its images can be shown."""
        if self.source is not None:
            return not isinstance(self.source.train.pictures, MissingPictures)
        return has_pictures(self.parent) if self.parent else False


def has_pictures(run: Run) -> bool:
    """Return whether a run's images can be shown; those of a run on disk can."""
    return run.pictured if isinstance(run, MemoryRun) else True


def without(run: Run, removed: Sequence[int]) -> MemoryRun:
    """Return a run refitted without some training images; standardisation, λ and n of the problem stay.

    With n′ of n images left, its λ is λn/n′ on those that are left: the same problem. Its images are numbered anew.

    Raises:
        ExplorerError: an index does not exist, nothing is removed, or a class would be left empty.
    """
    rows = removed_rows(run, removed)
    return _changed(run, RunChanges(NO_ROWS, NO_ROWS, rows), refit_without(run.curvature, [rows])[0])


def relabelled(run: Run, labels: Mapping[int, str]) -> MemoryRun:
    """Return a run refitted with other labels of some training images; standardisation, λ and n stay.

    Args:
        run: whose head is refitted.
        labels: the class of each image by its training index; those that have it already are left out.

    Raises:
        ExplorerError: an index or class does not exist, no label changes, or a class would be left empty.
    """
    given = {run.check_train(int(row)): run.class_index(name) for row, name in labels.items()}
    rows = np.array(sorted(row for row, label in given.items() if label != run.train_labels[row]), dtype=np.int64)
    if not len(rows):
        raise ExplorerError("No label changes; give at least one training image another class.")
    new = np.array([given[int(row)] for row in rows], dtype=np.int64)
    return _changed(run, RunChanges(rows, new, NO_ROWS), refit_relabelled(run.curvature, [rows], [new])[0])


def _changed(run: Run, changes: RunChanges, weights: np.ndarray) -> MemoryRun:
    """Return a run with changes laid on, whose weights ``(C, d)`` were refitted."""
    labels, kept = changes.laid_on(run)
    features = run.head.train_features
    kept_features = features if kept.all() else np.asarray(features)[kept]
    head = Head(kept_features, labels[kept], weights, run.head.l2 * len(kept) / int(kept.sum()))
    rows = {name: array[kept] for name, array in run.arrays.items() if name.startswith("train_")}
    recipe = {"change of": run.id, "removed": changes.removed.tolist()}
    recipe |= {"relabelled": np.column_stack([changes.rows, changes.labels]).tolist()}
    run_id = digest(canonical(recipe))[:16]
    facts = fitted(head, run.test_features, run.test_labels, run.class_names) | {"run_id": run_id, "files": {}}
    return MemoryRun(
        folder=run_folder(run_id),
        manifest=Manifest.from_dict(run.manifest.to_dict() | facts),
        fitted=head,
        held_out=run.test_features,
        small=run.arrays | rows | {"weights": weights, "train_labels": head.train_labels},
        parent=run,
        changes=changes,
    )
