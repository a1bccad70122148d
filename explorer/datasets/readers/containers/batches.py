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
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.arrays import ArraySet, LabelledArrays
from explorer.datasets.readers.containers.files import files_below
from explorer.datasets.readers.containers.plain_pickle import plain_pickle

PICKLED = re.compile(r"(data_batch(_\d+)?|test_batch|train|test|train_data_batch_\d+|val_data)$")
BINARY = re.compile(r"(data_batch_\d+|test_batch|train|test)\.bin$")
META = ("batches.meta", "meta", "batches.meta.txt", "fine_label_names.txt")
# Keys of labels, and of classes' names, in the order in which they count.
LABELS, NAMES = (b"fine_labels", b"labels", b"coarse_labels"), (b"fine_label_names", b"label_names")
# A picture of the binary version: 32 × 32 pixels, channel by channel.
PIXELS = 3072


@dataclass(frozen=True)
class Batches(DatasetFolder):
    """A folder ``cifar-10-batches-py``, ``cifar-100-python``, ``cifar-10-batches-bin`` or one of that form."""

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
        sides = {}
        for side in ("train", "test"):
            parts = [part for path, part in read if _is_test(path) == (side == "test")]
            if parts:
                shown = f"the file {side}" if len(parts) == 1 else f"{len(parts)} batches for {side}ing"
                pixels, labels = (np.concatenate(each) for each in zip(*parts, strict=True))
                sides[side] = LabelledArrays(pixels, labels, shown)
        layout = f"CIFAR's batches, the {'binary' if binary else 'Python'} version"
        found = ArraySet(self.path, self.title or self.path.name, layout, sides, _names(self.files[0].parent))
        return found.dataset(progress)

    @cached_property
    def files(self) -> list[Path]:
        """The batches, sorted; those of a folder that also has their table of names."""
        files = [path for path in files_below(self.path, "") if PICKLED.match(path.name) or BINARY.match(path.name)]
        noted = [path for path in files if any((path.parent / name).is_file() for name in META) or "batch" in path.name]
        return [path for path in noted if path.parent == noted[0].parent]


def _is_test(path: Path) -> bool:
    return path.name.startswith(("test", "val"))


def _pickled(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels ``(n, height, width, 3)`` and labels of a batch."""
    content = plain_pickle(path)
    known = {_bytes(key): value for key, value in content.items()} if isinstance(content, Mapping) else {}
    labels = next((known[key] for key in LABELS if key in known), None)
    pixels = known.get(b"data")
    if labels is None or not isinstance(pixels, np.ndarray) or pixels.ndim != 2 or pixels.shape[1] % 3:
        raise ExplorerError(f"{path} is no batch of CIFAR's form; it needs 'data' (n, 3 × side²) and 'labels'.")
    side = round((pixels.shape[1] / 3) ** 0.5)
    if 3 * side * side != pixels.shape[1]:
        raise ExplorerError(
            f"{path} holds pictures of {pixels.shape[1]} numbers, which are no squares of three channels."
        )
    return pixels.reshape(-1, 3, side, side).transpose(0, 2, 3, 1), np.asarray(labels)


def _bytes(key: Any) -> bytes:
    return key.encode() if isinstance(key, str) else bytes(key) if isinstance(key, bytes) else b""


def _binary(path: Path) -> tuple[np.ndarray, np.ndarray]:
    content = np.fromfile(path, dtype=np.uint8)
    widths = [width for width in (1, 2) if len(content) and len(content) % (PIXELS + width) == 0]
    if not widths:
        raise ExplorerError(f"{path} is no batch of CIFAR's binary version: its size is no multiple of a picture's.")
    width = 2 if (path.parent / "fine_label_names.txt").is_file() and 2 in widths else widths[0]
    rows = content.reshape(-1, PIXELS + width)
    return rows[:, width:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), rows[:, width - 1].astype(np.int64)


def _names(folder: Path) -> Sequence[str]:
    """Return the classes' names in the table beside the batches; empty where there is none."""
    for name in META:
        path = folder / name
        if path.is_file() and name.endswith(".txt"):
            return [line.strip() for line in path.read_text("utf-8", "replace").splitlines() if line.strip()]
        if path.is_file():
            content = plain_pickle(path)
            known = {_bytes(key): value for key, value in content.items()} if isinstance(content, Mapping) else {}
            names: Sequence[Any] = next((known[key] for key in NAMES if key in known), [])
            return [_bytes(each).decode("utf-8", "replace") for each in names]
    return []
