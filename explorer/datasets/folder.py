"""A folder of pictures in ImageFolder layout: ``class/…``, or ``train/class/…`` beside ``test/class/…``."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.datasets.base import Dataset, FilePictures, Split
from explorer.errors import ExplorerError
from explorer.files import digest
from explorer.progress import Progress

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
# The design's split for a folder that has none: one in five pictures of each class, seed 0.
TEST_SHARE, SPLIT_SEED = 0.2, 0


@dataclass(frozen=True)
class Folder:
    """A folder of pictures; they stay where they are."""

    path: Path

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the folder is not there, or its layout gives no two classes with a picture in each split.
        """
        root = self.path.expanduser().resolve()
        if not root.is_dir():
            raise ExplorerError(
                f"There is no folder {str(root)!r}; give a data set's name or a folder of class folders."
            )
        progress("Reading the folder", 0, 1)
        split = (root / "train").is_dir() and (root / "test").is_dir()
        splits = _given(root) if split else _made(root)
        progress("Reading the folder", 1, 1)
        return Dataset(str(root), root.name, *splits)


def _given(root: Path) -> tuple[tuple[str, ...], Split, Split]:
    classes, train_paths, train_labels = _scan(root / "train")
    test_classes, test_paths, test_labels = _scan(root / "test")
    if strange := sorted(set(test_classes) - set(classes)):
        raise ExplorerError(f"{root / 'test'} has classes without training pictures: {', '.join(strange)}.")
    rows = np.array([classes.index(name) for name in test_classes], dtype=np.int64)
    return classes, Split(FilePictures(train_paths), train_labels), Split(FilePictures(test_paths), rows[test_labels])


def _made(root: Path) -> tuple[tuple[str, ...], Split, Split]:
    """Split each class 80/20; exact duplicates of a class keep to one side."""
    classes, paths, labels = _scan(root)
    content = np.unique([digest(path.read_bytes()) for path in paths], return_inverse=True)[1]
    rng = np.random.default_rng(SPLIT_SEED)
    test = np.zeros(len(paths), dtype=bool)
    for label in range(len(classes)):
        groups = rng.permutation(np.unique(content[(labels == label) & ~np.isin(content, content[test])]))
        test |= np.isin(content, groups[: max(1, round(TEST_SHARE * len(groups)))])
    sides = [np.flatnonzero(~test), np.flatnonzero(test)]
    if missing := [name for label, name in enumerate(classes) if label not in labels[sides[0]]]:
        raise ExplorerError(f"{root} has too few different pictures of: {', '.join(missing)}; give at least two each.")
    train, other = (Split(FilePictures([paths[row] for row in rows]), labels[rows]) for rows in sides)
    return classes, train, other


def _scan(root: Path) -> tuple[tuple[str, ...], list[Path], np.ndarray]:
    """Return class names, picture files in order, and their labels ``(n,)``."""
    found = {folder.name: _pictures(folder) for folder in sorted(root.iterdir()) if folder.is_dir()}
    found = {name: paths for name, paths in found.items() if paths}
    if strange := [name for name in found if any("\udc80" <= letter <= "\udcff" for letter in name)]:
        raise ExplorerError(f"{root} holds a folder {strange[0]!r}, whose name is not in UTF-8; rename it.")
    if len(found) < 2:
        message = f"{root} holds {len(found)} folders with pictures; at least two are needed, one a class."
        raise ExplorerError(message)
    labels = np.repeat(np.arange(len(found)), [len(paths) for paths in found.values()])
    return tuple(found), [path for paths in found.values() for path in paths], labels


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
