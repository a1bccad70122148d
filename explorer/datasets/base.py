"""What a data set is: two splits of pictures with labels, and ids that depend on content alone."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from explorer.errors import DamagedError
from explorer.files import canonical, digest


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
    """Pictures in files of any size, which stay where they are."""

    paths: Sequence[Path]

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
        return [digest(path.read_bytes())[:16] for path in self.paths]


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


@dataclass(frozen=True)
class Dataset:
    """Training and test images with class names.

    Attributes:
        name: a registered name, or the absolute path of a folder.
        title: what a screen calls it.
        notice: what a person must know before believing anything (drawn pictures, missing licence); may be empty.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    train: Split
    test: Split
    notice: str = ""
    facts: dict[str, str] = field(default_factory=dict)

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


def read_picture(content: bytes) -> Image.Image:
    """Decode one picture as RGB, turned upright as its EXIF orientation says, transparent parts on white.

    Raises:
        DamagedError: the bytes are no picture that Pillow can read whole.
    """
    try:
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        if picture.mode.startswith("I"):  # 16 bits a pixel; Pillow's own conversion would clip them at 255
            picture = Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8))
        if "A" in picture.getbands() or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
        return picture.convert("RGB")
    except UnidentifiedImageError as error:  # its own words name an object in memory
        raise DamagedError("A picture cannot be read: its content is of no known format.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DamagedError(f"A picture cannot be read: {error}.") from error


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
