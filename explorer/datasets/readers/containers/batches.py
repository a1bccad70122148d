"""CIFAR's batches (Krizhevsky 2009): pickles of the Python version, read without running anything, and the binary version."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.base import Dataset
from explorer.datasets.choices import Offer
from explorer.datasets.doubts.reading import some
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.arrays import ArraySet, LabelledArrays
from explorer.datasets.readers.containers.files import files_below
from explorer.datasets.readers.containers.plain_pickle import plain_pickle

PICKLED = re.compile(r"(data_batch(_\d+)?|test_batch|train|test|train_data_batch_\d+|val_data)$")
BINARY = re.compile(r"(data_batch_\d+|test_batch|train|test)\.bin$")
FINE = "fine_label_names.txt"
META = ("batches.meta", "meta", "batches.meta.txt", FINE)
# Keys of labels, in the order in which they count, and of the names of their classes.
LABELS = {"fine_labels": b"fine_label_names", "labels": b"label_names", "coarse_labels": b"coarse_label_names"}
# A picture of the binary version: 32 × 32 pixels, channel by channel.
PIXELS = 3072


@dataclass(frozen=True)
class Batches(DatasetFolder):
    """A folder ``cifar-10-batches-py``, ``cifar-100-python``, ``cifar-10-batches-bin`` or one of that form."""

    chooses = frozenset(("label",))

    def matches(self) -> bool:
        """Return whether such files lie in it, or in the one folder that it holds."""
        return bool(self.files)

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: a file is damaged or holds anything but pictures and labels.
        """
        binary = BINARY.match(self.files[0].name) is not None
        read = [(path, _binary(path) if binary else _pickled(path)) for path in self.files]
        kinds = [kind for kind in LABELS if all(kind in labels for _, (_, labels) in read)]
        label = self._label(kinds)
        read_as = [(path, (pixels, labels[label])) for path, (pixels, labels) in read]
        sides = {}
        for side in ("train", "test"):
            parts = [part for path, part in read_as if _is_test(path) == (side == "test")]
            if parts:
                shown = f"the file {side}" if len(parts) == 1 else f"{len(parts)} batches for {side}ing"
                pixels, labels = (np.concatenate(each) for each in zip(*parts, strict=True))
                sides[side] = LabelledArrays(pixels, labels, shown)
        layout = f"CIFAR's batches, the {'binary' if binary else 'Python'} version"
        words = {kind: _words(_names(self.files[0].parent, kind)) for kind in kinds}
        names, offers = _names(self.files[0].parent, label), [Offer("label", words, label)]
        title = self.title or self.path.name
        name = self.name if self.choices.columns else ""
        return ArraySet(self.path, title, layout, sides, names, name=name, offers=offers, from_zero=True).dataset(
            progress
        )

    def _label(self, kinds: Sequence[str]) -> str:
        """Return the kind of labels that is read: the chosen one, else the first.

        Raises:
            ExplorerError: not all batches have that.
        """
        if self.choices.label in kinds or (kinds and not self.choices.label):
            return self.choices.label or kinds[0]
        raise ExplorerError(
            f"{self.path} has no labels called {self.choices.label!r} in all batches; it has: {', '.join(kinds) or 'none'}."
        )

    @cached_property
    def files(self) -> list[Path]:
        """The batches, sorted; those of a folder that also has their table of names."""
        files = files_below(self.path, "", lambda name: PICKLED.match(name) or BINARY.match(name))
        noted = [path for path in files if any((path.parent / name).is_file() for name in META) or "batch" in path.name]
        return [path for path in noted if path.parent == noted[0].parent]


def _is_test(path: Path) -> bool:
    return path.name.startswith(("test", "val"))


def _pickled(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return pixels ``(n, height, width, 3)`` and all kinds of labels of a batch."""
    content = plain_pickle(path)
    known = {_bytes(key): value for key, value in content.items()} if isinstance(content, Mapping) else {}
    labels = {kind: np.asarray(known[kind.encode()]) for kind in LABELS if kind.encode() in known}
    pixels = known.get(b"data")
    if not labels or not isinstance(pixels, np.ndarray) or pixels.ndim != 2 or pixels.shape[1] % 3:
        raise ExplorerError(f"{path} is no batch of CIFAR's form; it needs 'data' (n, 3 × side²) and 'labels'.")
    side = round((pixels.shape[1] / 3) ** 0.5)
    if 3 * side * side != pixels.shape[1]:
        raise ExplorerError(
            f"{path} holds pictures of {pixels.shape[1]} numbers, which are no squares of three channels."
        )
    return pixels.reshape(-1, 3, side, side).transpose(0, 2, 3, 1), labels


def _bytes(key: Any) -> bytes:
    return key.encode() if isinstance(key, str) else bytes(key) if isinstance(key, bytes) else b""


def _binary(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    content = np.fromfile(path, dtype=np.uint8)
    widths = [width for width in (1, 2) if len(content) and len(content) % (PIXELS + width) == 0]
    if not widths:
        raise ExplorerError(f"{path} is no batch of CIFAR's binary version: its size is no multiple of a picture's.")
    width = 2 if (path.parent / FINE).is_file() and 2 in widths else widths[0]
    rows = content.reshape(-1, PIXELS + width)
    kinds = ("labels",) if width == 1 else ("coarse_labels", "fine_labels")
    labels = {kind: rows[:, place].astype(np.int64) for place, kind in enumerate(kinds)}
    return rows[:, width:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


def _names(folder: Path, kind: str) -> Sequence[str]:
    """Return the classes' names of a kind of labels in the table beside the batches; empty where there is none."""
    for name in (*META[:-1], f"{LABELS[kind].decode()}.txt"):
        path = folder / name
        if path.is_file() and name.endswith(".txt"):
            return [line.strip() for line in path.read_text("utf-8", "replace").splitlines() if line.strip()]
        if path.is_file():
            content = plain_pickle(path)
            known = {_bytes(key): value for key, value in content.items()} if isinstance(content, Mapping) else {}
            wanted = (LABELS[kind], *(LABELS.values() if kind == "labels" else ()))
            names: Sequence[Any] = next((known[key] for key in wanted if key in known), [])
            return [_bytes(each).decode("utf-8", "replace") for each in names]
    return []


def _words(names: Sequence[str]) -> str:
    return f"{len(names):,} values: {some(names)}" if names else ""
