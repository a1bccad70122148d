"""STL-10's binary files: ``train_X.bin``, ``train_y.bin`` and those for testing (Coates, Ng & Lee 2011)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.base import Dataset, Skipped
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.containers.arrays import ArraySet, LabelledArrays

# A picture: three planes of 96 columns of 96 pixels.
SHAPE = (3, 96, 96)
NAMES = "class_names.txt"
UNLABELLED = "unlabeled_X.bin"


@dataclass(frozen=True)
class Stl10(DatasetFolder):
    """A folder ``stl10_binary``."""

    def matches(self) -> bool:
        """Return whether the pictures and labels for training lie in it."""
        return all((self.path / name).is_file() for name in ("train_X.bin", "train_y.bin"))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: a file is cut short.
        """
        progress("Reading the arrays", 0, 1)
        sides = {side: found for side in ("train", "test") if (found := _side(self.path, side))}
        names = (self.path / NAMES).read_text("utf-8", "replace").split() if (self.path / NAMES).is_file() else []
        count = (self.path / UNLABELLED).stat().st_size // _size() if (self.path / UNLABELLED).is_file() else 0
        gone = [Skipped(UNLABELLED, "its pictures have no label", count)] if count else []
        title = self.title or self.path.name
        return ArraySet(self.path, title, "STL-10's binary files", sides, names, left_out=gone, from_zero=True).dataset(
            progress
        )


def _size() -> int:
    return int(np.prod(SHAPE))


def _side(folder: Path, side: str) -> LabelledArrays | None:
    """Return one side; None where it is not there."""
    pictures, labels = folder / f"{side}_X.bin", folder / f"{side}_y.bin"
    if not pictures.is_file() or not labels.is_file():
        return None
    count, left = divmod(pictures.stat().st_size, _size())
    if left or not count:
        raise ExplorerError(f"{pictures} is cut short: each picture has {_size():,} bytes; copy it again.")
    mapped = np.memmap(pictures, np.uint8, "r").reshape(count, *SHAPE).transpose(0, 3, 2, 1)
    return LabelledArrays(mapped, np.fromfile(labels, np.uint8).astype(np.int64) - 1, f"the file {pictures.name}")
