"""Arrays of pixels with labels, whatever file they lie in: brought to RGB in 0 … 255, and made a data set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset, Skipped
from explorer.datasets.choices import NO_CHOICES, Choices, Offer
from explorer.datasets.file_checks import Checks
from explorer.datasets.file_tree import MOST_FILES
from explorer.datasets.pictures import Pictures
from explorer.datasets.readers.containers.array_values import fourth_channel, value_range
from explorer.datasets.readers.tables.numbered_names import named_numbers

# Images have one, three or four channels.
CHANNELS = (1, 3, 4)
# Pictures of fewer or more pixels a side are no pictures.
SIDES = (2, 4096)
# What the one side of undivided pictures is called.
ALONE = "all"


@dataclass(frozen=True, eq=False)
class LabelledArrays:
    """One side of the data.

    Attributes:
        pixels: ``(n, height, width)``, ``(n, height, width, channels)`` or ``(n, channels, height, width)``.
        labels: ``(n,)``, ``(n, 1)``, or ``(n, classes)`` with one 1 a row.
        origin: where they come from, in words.
    """

    pixels: np.ndarray
    labels: np.ndarray
    origin: str


@dataclass(frozen=True, eq=False)
class ArraySet:
    """Arrays that make one data set.

    Attributes:
        path: of the file or folder.
        title: of the data set.
        layout: how the arrays were understood, in words.
        sides: by ``"train"``, ``"val"``, ``"test"``, or empty where there is one alone.
        class_names: by number; labels are their own names where empty.
        from_zero: whether the format says that numbers begin with 0; else all of them tell.
        doubts: sentences on what is doubtful.
        name: of the data set; the path where empty.
        offers: what can be chosen instead.
        left_out: parts that the reader leaves out.
    """

    path: Path
    title: str
    layout: str
    sides: Mapping[str, LabelledArrays]
    class_names: Sequence[str] = ()
    doubts: Sequence[str] = ()
    name: str = ""
    offers: Sequence[Offer] = ()
    left_out: Sequence[Skipped] = ()
    from_zero: bool = False

    def dataset(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: an array holds no pictures, or labels that are several a picture.
        """
        tests = next((side for side in ("test", "val") if side in self.sides), "")
        used = {"train": "train", tests: "test"} if tests and "train" in self.sides else dict.fromkeys(self.sides, "")
        doubts = list(self.doubts)
        read = {side: self._entries(side, used[side], doubts) for side in self.sides if side in used}
        entries = self._named({side: some for side, (some, _, _) in read.items()}, doubts)
        if len(entries) > MOST_FILES:
            raise ExplorerError(f"{self.path} holds {len(entries):,} pictures; at most {MOST_FILES:,} are read.")
        spare = [arrays for side, arrays in self.sides.items() if side not in used]
        gone = [*self.left_out]
        gone += [Skipped(arrays.origin, "the test side is used", len(arrays.pixels)) for arrays in spare]
        gone += [
            Skipped(self.sides[side].origin, "they have no label", bare) for side, (_, _, bare) in read.items() if bare
        ]
        origins = {used[side]: self.sides[side].origin for side in used if used[side]}
        facts = {"split": f"as given: {origins['train']} and {origins['test']}"} if origins else {}
        store = ArrayStore({side or ALONE: pixels for side, (_, pixels, _) in read.items()})
        name = self.name or str(self.path)
        listing = Listing(name, self.title, self.path, entries, [], "labels", facts, self.layout, store=store)
        listing = replace(listing, origins=origins, left_out=gone, doubts=doubts, offers=self.offers)
        return assemble(listing, progress)

    def _named(self, read: Mapping[str, Sequence[Entry]], doubts: list[str]) -> list[Entry]:
        """Return the pictures of all sides, numbers replaced by names; adds what is doubtful in that. Labels that are words stay."""
        counted = {side for side in read if are_numbers(self.sides[side].labels, self.class_names)}
        labels = {entry.label for side in counted for entry in read[side]}
        known, more = named_numbers(labels, self.class_names, self.from_zero)
        doubts += more
        return [
            entry._replace(label=known.get(entry.label, entry.label)) if side in counted else entry
            for side, some in read.items()
            for entry in some
        ]

    def _entries(self, side: str, used: str, doubts: list[str]) -> "tuple[list[Entry], PixelStore, int]":
        """Return the labelled pictures of a side, their pixels, and how many have no label; adds what is doubtful of their values."""
        arrays = self.sides[side]
        labels = class_labels(arrays, self.class_names)
        if len(labels) != len(arrays.pixels):
            raise ExplorerError(
                f"{arrays.origin} of {self.path} has {len(arrays.pixels):,} pictures and {len(labels):,} labels; give one label a picture."
            )
        entries = [Entry(f"{side or ALONE}/{row}", label, used) for row, label in enumerate(labels) if label]
        pixels = PixelStore(arrays.pixels, *value_range(arrays.pixels, arrays.origin, doubts))
        doubts += fourth_channel(arrays.pixels, arrays.origin)
        return entries, pixels, len(labels) - len(entries)


@dataclass(frozen=True, eq=False)
class PixelStore:
    """Pixels as they were given, and how they become RGB.

    Attributes:
        pixels: ``(n, …)``; each row is one picture.
        scale: what values are multiplied by, after ``shift`` was added, to lie in 0 … 255.
        shift: see ``scale``.
    """

    pixels: np.ndarray
    scale: float = 1.0
    shift: float = 0.0

    def rgb(self, row: int) -> np.ndarray:
        """Return a picture ``(height, width, 3)`` uint8; transparent parts lie on white."""
        values = np.asarray(self.pixels[row])
        if values.dtype != np.uint8 or (self.scale, self.shift) != (1.0, 0.0):
            values = np.clip(np.rint((values.astype(np.float64) + self.shift) * self.scale), 0, 255).astype(np.uint8)
        if values.ndim == 3 and values.shape[2] not in CHANNELS:
            values = values.transpose(1, 2, 0)
        values = values[:, :, None] if values.ndim == 2 else values
        if values.shape[2] == 1:
            return np.repeat(values, 3, axis=2)
        if values.shape[2] == 4:
            share = values[:, :, 3:].astype(np.float64) / 255
            return np.rint(values[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)
        return np.ascontiguousarray(values)


@dataclass(frozen=True, eq=False)
class ArrayStore:
    """Pictures of some arrays, called by side and row: ``train/17``."""

    stores: Mapping[str, PixelStore]

    def checks(self, files: Sequence[str], progress: Progress) -> Checks:
        """Return the content id of each picture: of its RGB pixels."""
        found = []
        for done, file in enumerate(files):
            if done % 1000 == 0:
                progress("Reading the pictures", done, len(files))
            found.append(digest(self.rgb(file).tobytes())[:16])
        return Checks(found, [""] * len(found))

    def pictures(self, files: Sequence[str], ids: Sequence[str]) -> Pictures:
        """Return pictures by their names."""
        return _StoredPictures(self, files, ids)

    def rgb(self, file: str) -> np.ndarray:
        """Return the pixels of a picture."""
        side, _, row = file.partition("/")
        return self.stores[side].rgb(int(row))


@dataclass(frozen=True, eq=False)
class _StoredPictures:
    """Some pictures of a store."""

    store: ArrayStore
    files: Sequence[str]
    known_ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Image.Image:
        return Image.fromarray(self.store.rgb(self.files[index]))

    def name_of(self, index: int) -> str:
        """Return the side and row of a picture."""
        return self.files[index]

    def ids(self) -> list[str]:
        """Return the content ids."""
        return list(self.known_ids)


def is_pixels(array: np.ndarray) -> bool:
    """Return whether an array has the shape of several pictures."""
    if array.ndim not in (3, 4) or array.dtype.kind not in "uifb":
        return False
    sides = array.shape[1:] if array.ndim == 3 else _image_shape(array.shape[1:])
    return bool(sides) and all(SIDES[0] <= side <= SIDES[1] for side in sides[:2])


def _image_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return height and width of an image of three axes, channels last or first; empty where neither is."""
    if shape[2] in CHANNELS:
        return shape[:2]
    return shape[1:] if shape[0] in CHANNELS else ()


def are_numbers(labels: np.ndarray, names: Sequence[str]) -> bool:
    """Return whether labels are numbers of classes, be it as text, not names, nor marks in columns that have the names."""
    labels = np.asarray(labels)
    columns = labels.shape[1] if labels.ndim == 2 else 1
    if labels.dtype.kind in "US":
        words = {_class_name(value) for value in np.unique(labels).tolist()} - {""}
        return all(map(str.isdecimal, words)) and not words <= {*names}
    return labels.dtype.kind in "uifb" and (columns == 1 or columns != len(names))


def class_labels(arrays: LabelledArrays, names: Sequence[str]) -> list[str]:
    """Return the class of each picture, a number as it is written; empty where the label is −1 or no number.

    Args:
        arrays: with the labels.
        names: of the columns where each row marks one.

    Raises:
        ExplorerError: the labels are several a picture, or no labels at all.
    """
    labels = np.asarray(arrays.labels)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "uifb" and ((labels != 0).sum(axis=1) == 1).all():
        labels = labels.argmax(axis=1)
        labels = np.array(names)[labels] if names and len(names) == arrays.labels.shape[1] else labels
    if labels.ndim != 1:
        raise ExplorerError(
            f"The labels of {arrays.origin} have the shape {labels.shape}: several a picture, as it seems; this program takes one label a picture."
        )
    if labels.dtype.kind == "f" and np.array_equal(labels, np.rint(labels), equal_nan=True):
        labels = np.where(np.isnan(labels), -1, labels).astype(np.int64)
    if labels.dtype.kind not in "uibUS":
        raise ExplorerError(f"The labels of {arrays.origin} are {labels.dtype}; give whole numbers or names.")
    return [_class_name(value) for value in labels.tolist()]


def _class_name(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return "" if type(value) is int and value == -1 else str(value).strip()


@dataclass(frozen=True)
class ArrayFile:
    """The reader of a file or folder of arrays.

    Attributes:
        path: of it.
        title: of the data set.
        found: reads the arrays.
        choices: of a person: which of several arrays of labels is meant.
    """

    path: Path
    title: str
    found: Callable[[Path, str, Choices], ArraySet] = field(repr=False)
    choices: Choices = NO_CHOICES
    chooses: ClassVar[frozenset[str]] = frozenset(("label",))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the file is damaged, or holds no pictures with labels.
        """
        progress("Reading the arrays", 0, 1)
        return replace(
            self.found(self.path, self.title, self.choices), name=f"{self.path}{self.choices.written}"
        ).dataset(progress)
