"""A finished run: memory-mapped arrays, the head, and what can be asked of them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from safetensors.numpy import load_file

from explorer.attribution import ESTIMATORS, Curvature, Scorer, Tests, estimator
from explorer.attribution.epochs import Epoch, EpochScorer
from explorer.core.errors import DamagedError, ExplorerError, check_index, unknown
from explorer.models.head import Head
from explorer.runs.epochs import load_epochs
from explorer.runs.manifest import Manifest
from explorer.shards import ShardedRows

if TYPE_CHECKING:
    from explorer.datasets import Dataset

# What may be written down of a run's curvature, so that opening it again computes nothing; the first images stood 0.4 s
# sooner, with ten classes and 50,000 images minutes.
KEPT = ("factor", "inverse", "removals", "leverages", "self_influences")
# The training features of many images: a table of shards.
TABLE = "train_features"
# Multiplications for a solve for every training image, half a minute; a page does not offer what takes longer (five minutes
# with ten classes and 50,000 images), the command line does.
THOROUGH = 10**12


@dataclass(frozen=True, eq=False)
class Run:
    """One build on disk, opened by :func:`explorer.runs.store.load_run`.

    Attributes:
        folder: where its files lie; they were compared with their checksums.
        manifest: what is known of it.
    """

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """The hash of everything that determines the run."""
        return self.manifest.run_id

    @property
    def data_digest(self) -> str:
        """The hash of the data set's images and labels, before any edit; edits belong to it."""
        return self.manifest.data_digest

    @property
    def class_names(self) -> list[str]:
        """The classes, in the order of the weights' rows."""
        return list(self.manifest.classes)

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Weights ``(C, d)``, labels, image ids and the standardisation."""
        return load_file(self.folder / "arrays.safetensors")

    @cached_property
    def test_features(self) -> np.ndarray:
        """``(m, d)`` float64, memory-mapped."""
        return np.load(self.folder / "test_features.npy", mmap_mode="r", allow_pickle=False)

    @cached_property
    def test_labels(self) -> np.ndarray:
        """``(m,)``."""
        return self.arrays["test_labels"]

    @property
    def train_labels(self) -> np.ndarray:
        """``(n,)``."""
        return self.head.train_labels

    @cached_property
    def head(self) -> Head:
        """The fitted head over the memory-mapped training features ``(n, d)``, or over their shards."""
        arrays, table = self.arrays, self.folder / TABLE
        if table.is_dir():
            rows = ShardedRows.open(table)
            rows = rows.only(arrays["kept"]) if "kept" in arrays else rows
            return Head(cast(np.ndarray, rows), arrays["train_labels"], arrays["weights"], self.manifest.l2)
        features = np.load(self.folder / "train_features.npy", mmap_mode="r", allow_pickle=False)
        if "kept" in arrays:  # an edited run shares the file of the unedited one
            features = np.asarray(features)[arrays["kept"]]
        return Head(features, arrays["train_labels"], arrays["weights"], self.manifest.l2)

    @cached_property
    def test_probabilities(self) -> np.ndarray:
        """``(m, C)``."""
        return self.head.probabilities(self.test_features)

    @cached_property
    def test_losses(self) -> np.ndarray:
        """``(m,)`` nats, for the true labels."""
        return self.head.losses(self.test_features, self.test_labels)

    @cached_property
    def predicted(self) -> np.ndarray:
        """``(m,)`` the most probable class."""
        return self.test_probabilities.argmax(axis=1)

    @cached_property
    def curvature(self) -> Curvature:
        """The head's Hessian and what is kept of it."""
        paths = {name: self.folder / f"{name}.npy" for name in KEPT if f"{name}.npy" in self.manifest.files}
        saved = {name: np.load(path, mmap_mode="r") for name, path in paths.items()}
        return Curvature(self.head, {**saved, **self._kept_in_shards()})

    def _kept_in_shards(self) -> dict[str, np.ndarray]:
        """Return what the shards hold of the curvature beside the features."""
        rows: np.ndarray | ShardedRows = self.head.train_features
        if not isinstance(rows, ShardedRows) or self.manifest.refitted:  # a refit shares the table of another head
            return {}
        return {name: rows.table.gathered(name) for name in KEPT if rows.table.has(name)}

    @property
    def methods(self) -> list[str]:
        """The estimators that answer a click on this head, the default one first; without a factor those that need none."""
        dense, work = self.curvature.dense, len(self.train_labels) * self.curvature.free_weights**2
        able = {name: kind for name, kind in ESTIMATORS.items() if dense or kind.needs_no_curvature or kind.iterative}
        if not isinstance(self.head.train_features, np.ndarray):
            able = {name: kind for name, kind in able.items() if not kind.needs_held_features}
        return [name for name, kind in able.items() if not kind.solves_per_example or work <= THOROUGH]

    @property
    def default_method(self) -> str:
        """``newton``; where its factor does not fit, ``influence-cg``."""
        return self.methods[0]

    @cached_property
    def epochs(self) -> list[Epoch]:
        """The saved epochs of a network that was trained from scratch; none where it came trained."""
        return load_epochs(self.folder)

    @cached_property
    def _scorers(self) -> dict[str, Scorer]:
        return {}

    def scorer(self, method: str) -> Scorer:
        """Return the estimator of this name, applied to this run's head.

        Raises:
            ExplorerError: there is no such method.
        """
        if method not in self._scorers:
            known = estimator(method)
            traced = method == "tracin" and self.epochs
            self._scorers[method] = (
                EpochScorer(self.curvature, known, self.epochs) if traced else Scorer(self.curvature, known)
            )
        return self._scorers[method]

    @cached_property
    def tests(self) -> Tests:
        """All test images, attributed for their true labels."""
        rows = np.arange(len(self.test_labels))
        return Tests(self.test_features, self.test_probabilities, self.test_labels, self.head.basis, rows)

    def tests_of(self, rows: np.ndarray) -> Tests:
        """Return some test images, attributed for their true labels."""
        features = np.asarray(self.test_features[rows])
        return Tests(features, self.test_probabilities[rows], self.test_labels[rows], self.head.basis, rows)

    def warm_up(self) -> None:
        """Compute what the first click would have to wait for."""
        _ = self.test_probabilities, self.test_losses
        self.scorer(self.default_method).warm_up()
        if self.curvature.dense:
            _ = self.curvature.factor if len(self.class_names) == 2 else self.curvature.inverse

    def warm_methods(self) -> None:
        """Compute what the first click on any other method would have to wait for."""
        for name in self.methods:
            self.scorer(name).warm_up()

    def class_index(self, name: str) -> int:
        """Return the row of a class.

        Raises:
            ExplorerError: the run has no such class.
        """
        if name not in self.class_names:
            raise unknown("class", name, self.class_names)
        return self.class_names.index(name)

    def check_test(self, index: int) -> int:
        """Return ``index`` if the run has this test image.

        Raises:
            ExplorerError: it has not.
        """
        return check_index("test image", index, len(self.test_labels))

    def check_train(self, index: int) -> int:
        """Return ``index`` if the run has this training image.

        Raises:
            ExplorerError: it has not.
        """
        return check_index("training image", index, len(self.train_labels))

    def check(self, side: str, index: int) -> int:
        """Return ``index`` if the run has this image of ``side`` (``"train"`` or ``"test"``).

        Raises:
            ExplorerError: it has not.
        """
        return self.check_train(index) if side == "train" else self.check_test(index)

    def labels(self, side: str) -> np.ndarray:
        """Return the labels of a side, ``(n,)`` or ``(m,)``."""
        return self.train_labels if side == "train" else self.test_labels

    def probabilities(self, side: str) -> np.ndarray:
        """Return what the head says of a side's images, ``(n, C)`` or ``(m, C)``."""
        return self.head.train_probabilities if side == "train" else self.test_probabilities

    def confidently_wrong(self, label: int | None = None) -> np.ndarray:
        """Return misclassified test images, the most confident first, of one class or of all."""
        wrong = np.flatnonzero((self.predicted != self.test_labels) & ((label is None) | (self.test_labels == label)))
        return wrong[np.argsort(-self.test_probabilities[wrong].max(axis=1), kind="stable")]

    def most_confidently_wrong(self, label: int) -> int:
        """Return the misclassified test image of a class of which the model is surest.

        Raises:
            ExplorerError: the model makes no mistake on this class.
        """
        wrong = self.confidently_wrong(label)
        if not len(wrong):
            raise ExplorerError(f"No test image of class {self.class_names[label]!r} is misclassified in this run.")
        return int(wrong[0])

    @cached_property
    def dataset(self) -> "Dataset":
        """The data set, opened again for its pictures.

        Raises:
            DamagedError: it is not the one that the run was built on.
        """
        from explorer.datasets import open_dataset  # 0.3 s of readers, which scores do not need
        from explorer.datasets.corruption.hidden_noise import parse_plan

        noise = parse_plan(self.manifest.noise, self.manifest.noise_seed)
        return _same(noise.apply(open_dataset(self.manifest.dataset)), self.data_digest)

    @cached_property
    def truth(self) -> np.ndarray | None:
        """``(n,)`` int64 true training labels where they are known; for judging only, never for fitting."""
        truth = self.dataset.train.truth
        return None if truth is None else truth[self.arrays["train_rows"]].astype(np.int64)

    def picture_row(self, side: str, index: int) -> int:
        """Return the data set's row of image ``index`` of ``side`` (``"train"`` or ``"test"``)."""
        return int(self.arrays["train_rows"][index]) if side == "train" else index

    def train_index(self, row: int) -> int | None:
        """Return the training image that shows row ``row`` of the data set's training split; None where the run leaves it out."""
        rows = self.arrays["train_rows"]
        at = int(rows.searchsorted(row))
        return at if at < len(rows) and rows[at] == row else None

    def image_id(self, side: str, row: int) -> str:
        """Return the content id of the image in row ``row`` of a side of the data set, 16 hexadecimal digits.

        The data set itself is only opened for a training image that the run leaves out.

        Raises:
            ExplorerError: the data set has no such row.
        """
        if side == "test":
            return f"{int(self.arrays['test_ids'][self.check_test(row)]):016x}"
        index = self.train_index(row)
        if index is not None:
            return f"{int(self.arrays['train_ids'][index]):016x}"
        split = self.dataset.train
        return split.ids[check_index("training image", row, len(split.labels))]

    def kind(self, side: str, index: int) -> str:
        """Return what an image shows beyond its label, where the data set knows it (``"wild cat"``); else nothing."""
        split = self.dataset.split(side)
        return split.kinds[self.picture_row(side, index)] if split.kinds else ""


def _same(dataset: "Dataset", checksum: str) -> "Dataset":
    if not dataset.has_digest(checksum):
        raise DamagedError(
            f"The pictures of {dataset.name} are no longer those that the run was built on; build it again."
        )
    return dataset
