"""What a data set is: two splits of pictures with labels, and ids that depend on content alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from explorer.core.checksums import canonical, digest
from explorer.core.errors import DamagedError
from explorer.datasets.picture import read_picture

__all__ = ["ArrayPictures", "Dataset", "FilePictures", "Pictures", "Skipped", "Split", "read_picture", "stratified"]


class Pictures(Protocol):
    """Pictures in a fixed order; the pixels stay on disk until they are asked for."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, index: int) -> Image.Image:
        """Return picture ``index`` as RGB."""

    def ids(self) -> list[str]:
        """Return for each picture a hash of its content."""


@dataclass(frozen=True)
class ArrayPictures:
    """Pictures of one size in an array ``(n, height, width, 3)`` of ``uint8``."""

    pixels: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Image.Image:
        return Image.fromarray(np.asarray(self.pixels[index]))

    def ids(self) -> list[str]:
        """Return for each picture the start of the SHA-256 of its pixels."""
        return [digest(picture.tobytes())[:16] for picture in self.pixels]


@dataclass(frozen=True)
class FilePictures:
    """Pictures in files of any size, which stay where they are.

    Attributes:
        paths: the files.
        root: the folder below which they are named; None where nobody wrote it down.
        known: their content hashes where they were read already.
    """

    paths: Sequence[Path]
    root: Path | None = None
    known: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Image.Image:
        path = self.paths[index]
        try:
            return read_picture(path.read_bytes())
        except (OSError, DamagedError) as error:
            raise DamagedError(f"{path} cannot be read as a picture ({error}); mend it or take it out.") from error

    def ids(self) -> list[str]:
        """Return for each picture the start of the SHA-256 of its file."""
        return list(self.known) if self.known is not None else [digest(path.read_bytes())[:16] for path in self.paths]


@dataclass(frozen=True)
class Split:
    """One side of a data set.

    Attributes:
        pictures: the images, ``n`` of them.
        labels: ``(n,)`` int64, rows of ``class_names``.
        truth: ``(n,)`` int64, the true labels where they are known to differ from ``labels`` (planted mistakes).
        kinds: what each picture shows, finer than its class, where that is known (``"wild cat"``).
        marked: ``(n,)`` bool, which pictures carry a planted watermark, where some do.
    """

    pictures: Pictures
    labels: np.ndarray
    truth: np.ndarray | None = None
    kinds: tuple[str, ...] | None = None
    marked: np.ndarray | None = None

    @cached_property
    def ids(self) -> list[str]:
        """The pictures' content hashes, in order."""
        return self.pictures.ids()

    def take(self, rows: np.ndarray) -> "Split":
        """Return the split of these rows, in their order."""
        truth = None if self.truth is None else self.truth[rows]
        kinds = None if self.kinds is None else tuple(self.kinds[row] for row in rows)
        marked = None if self.marked is None else self.marked[rows]
        return Split(_Chosen(self.pictures, rows), self.labels[rows], truth, kinds, marked)


@dataclass(frozen=True)
class _Chosen:
    """Some of another's pictures."""

    pictures: Pictures
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Image.Image:
        return self.pictures[int(self.rows[index])]

    def ids(self) -> list[str]:
        known = self.pictures.ids()
        return [known[row] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is left out.

    Attributes:
        file: its name below the data set's folder, or what a manifest calls it.
        reason: why, in words that follow a colon.
    """

    file: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Training and test images with class names.

    Attributes:
        name: a registered name, or the absolute path of a folder, archive or manifest.
        title: what a screen calls it.
        notice: what a person must know before believing anything (drawn pictures, missing licence); may be empty.
        facts: what else a person may ask for, in words.
        skipped: the files that are left out, each with its reason.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    train: Split
    test: Split
    notice: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()

    def split(self, side: str) -> Split:
        """Return the images of a side, ``"train"`` or ``"test"``."""
        return self.train if side == "train" else self.test

    def manifest(self) -> dict[str, object]:
        """Return what determines the data set: class names, image ids and labels of both splits."""
        return {
            "class_names": list(self.class_names),
            "train": {"ids": self.train.ids, "labels": self.train.labels.tolist()},
            "test": {"ids": self.test.ids, "labels": self.test.labels.tolist()},
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of :meth:`manifest`."""
        return digest(canonical(self.manifest()))


def stratified(labels: np.ndarray, size: int, seed: int) -> np.ndarray:
    """Return ``size`` sorted rows, as nearly as possible in the proportions of ``labels``, chosen by ``seed``.

    Every class keeps at least one row where ``size`` allows it.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    within = np.empty(len(labels))
    for label in np.unique(labels):
        members = order[labels[order] == label]
        within[members] = (np.arange(len(members)) + 0.5) / len(members)
        within[members[0]] = 0.0
    return np.sort(order[np.argsort(within[order], kind="stable")][:size])
