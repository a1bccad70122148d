"""Data sets: two splits of images with labels, and ids that depend on content alone."""

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
    """A sequence of images; pixels may stay on disk until an image is accessed."""

    def __len__(self) -> int:
        """Return the number of images."""

    def __getitem__(self, index: int) -> Image.Image:
        """Return image ``index`` in RGB."""

    def ids(self) -> list[str]:
        """Return for each image a hash of its content: 16 hexadecimal digits."""


@dataclass(frozen=True)
class ArrayPictures:
    """Images of one size in an array ``(n, height, width, 3)`` of ``uint8``."""

    pixels: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Image.Image:
        return Image.fromarray(np.asarray(self.pixels[index]))

    def ids(self) -> list[str]:
        """Return for each image the first 16 hexadecimal digits of its pixels' SHA-256."""
        return [digest(picture.tobytes())[:16] for picture in self.pixels]


@dataclass(frozen=True)
class FilePictures:
    """Images of any size in files.

    Attributes:
        paths: the files.
        root: the folder that they are named relative to; None where there is none.
        known_ids: their content hashes, where they were computed before.
    """

    paths: Sequence[Path]
    root: Path | None = None
    known_ids: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Image.Image:
        path = self.paths[index]
        try:
            return read_picture(path.read_bytes())
        except (OSError, DamagedError) as error:
            raise DamagedError(f"{path} cannot be read as a picture ({error}); mend it or take it out.") from error

    def ids(self) -> list[str]:
        """Return for each image the first 16 hexadecimal digits of its file's SHA-256."""
        return (
            list(self.known_ids)
            if self.known_ids is not None
            else [digest(path.read_bytes())[:16] for path in self.paths]
        )


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
    def ids(self) -> list[str]:
        """The pictures' content hashes, in order."""
        return self.pictures.ids()

    def take(self, rows: np.ndarray) -> "Split":
        """Return the split of some rows, in the order of ``rows``."""
        truth = None if self.truth is None else self.truth[rows]
        kinds = None if self.kinds is None else tuple(self.kinds[row] for row in rows)
        marked = None if self.marked is None else self.marked[rows]
        return Split(_Subset(self.pictures, rows), self.labels[rows], truth, kinds, marked)


@dataclass(frozen=True)
class _Subset:
    """A selection from other images, by row."""

    pictures: Pictures
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Image.Image:
        return self.pictures[int(self.rows[index])]

    def ids(self) -> list[str]:
        ids = self.pictures.ids()
        return [ids[row] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is left out.

    Attributes:
        file: its name below the data set's folder, or its line in a list.
        reason: why it is left out, as it follows a colon.
    """

    file: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """Training and test images with class names.

    Attributes:
        name: a registered name, or the absolute path of a folder, archive or list.
        title: its name on the screen.
        notice: a warning about the data (drawn images, planted mistakes), shown everywhere; may be empty.
        facts: further statements for the screen, by their heading.
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
        """Return all that identifies the data set: class names, image ids and labels of both splits."""
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
