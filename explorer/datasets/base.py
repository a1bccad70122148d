"""Data sets: two splits of images with labels, and ids that depend on content alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np

from explorer.core.checksums import canonical, digest
from explorer.core.scale import sharded
from explorer.datasets.choices import Offer
from explorer.datasets.packed import Hashes
from explorer.datasets.pictures import Pictures, Subset


@dataclass(frozen=True)
class Split:
    """One side of a data set.

    Attributes:
        pictures: the ``n`` images.
        labels: ``(n,)`` int64, indices into ``class_names``.
        truth: ``(n,)`` int64, the true labels, where they are known and may differ from ``labels`` (planted mistakes).
        kinds: subclass of each image, where known, such as ``"wild cat"``.
        marked: ``(n,)`` bool, which images carry a planted watermark; None where none does.
    """

    pictures: Pictures
    labels: np.ndarray
    truth: np.ndarray | None = None
    kinds: tuple[str, ...] | None = None
    marked: np.ndarray | None = None

    @cached_property
    def ids(self) -> Sequence[str]:
        """The pictures' content hashes, in order."""
        return self.pictures.ids()

    @property
    def id_numbers(self) -> np.ndarray:
        """The same as numbers ``(n,)`` uint64."""
        return Hashes.of(self.ids).numbers

    def take(self, rows: np.ndarray) -> "Split":
        """Return the split of some rows, in the order of ``rows``."""
        truth = None if self.truth is None else self.truth[rows]
        kinds = None if self.kinds is None else tuple(self.kinds[row] for row in rows)
        marked = None if self.marked is None else self.marked[rows]
        return Split(Subset(self.pictures, rows), self.labels[rows], truth, kinds, marked)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a folder of files, that is left out.

    Attributes:
        file: its name below the data set's folder, or its line in a list.
        reason: why it is left out, as it follows a colon.
        pictures: how many pictures are left out with it.
    """

    file: str
    reason: str
    pictures: int = 1


@dataclass(frozen=True)
class Dataset:
    """Training and test images with class names.

    Attributes:
        name: a registered name, or the absolute path of a folder, archive or list.
        title: its name on the screen.
        notice: a warning about the data (drawn images, planted mistakes), shown everywhere; may be empty.
        facts: further statements for the screen, by their heading.
        skipped: the files that are left out, each with its reason.
        layout: how the folder or file was understood, in words, such as ``"class folders"``; empty for a named data set.
        origins: where each side comes from, by ``"train"`` and ``"test"``, such as ``"the folder Train"``.
        left_out: folders and parts that are left out as a whole, each with its reason.
        warnings: sentences on what is doubtful in this reading; empty where nothing is.
        offers: what can be chosen instead, where several readings are possible.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    train: Split
    test: Split
    notice: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    layout: str = ""
    origins: dict[str, str] = field(default_factory=dict)
    left_out: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()

    def split(self, side: str) -> Split:
        """Return the images of a side, ``"train"`` or ``"test"``."""
        return self.train if side == "train" else self.test

    def manifest(self) -> dict[str, object]:
        """Return all that identifies the data set: class names, image ids and labels of both splits."""
        return {
            "class_names": list(self.class_names),
            "train": {"ids": list(self.train.ids), "labels": self.train.labels.tolist()},
            "test": {"ids": list(self.test.ids), "labels": self.test.labels.tolist()},
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of :meth:`manifest`; of more pictures than :data:`~explorer.core.scale.FROM` of the same, by bytes."""
        if not sharded(len(self.train.labels) + len(self.test.labels)):
            return digest(canonical(self.manifest()))
        sides = (self.train, self.test)
        hashed = sha256(canonical(["by bytes", list(self.class_names), [len(side.labels) for side in sides]]))
        for side in sides:
            hashed.update(side.id_numbers.astype("<u8").tobytes())
            hashed.update(side.labels.astype("<i8").tobytes())
        return hashed.hexdigest()

    def has_digest(self, known: str) -> bool:
        """Return whether ``known`` is its digest, or what earlier versions took for it: that of :meth:`manifest`, whatever its size."""
        return known == self.digest or known == digest(canonical(self.manifest()))


def stratified(labels: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return ``size`` sorted row indices, sampled by ``seed`` as nearly as possible in the proportions of ``labels``.

    Every class keeps at least one row where ``size`` allows it.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    within = np.empty(len(labels))
    for label in np.unique(labels):
        members = order[labels[order] == label]
        within[members] = (np.arange(len(members)) + 0.5) / len(members)
        within[members[0]] = 0.0
    return np.sort(order[np.argsort(within[order], kind="stable")][:size])
