"""A folder of pictures in ImageFolder layout: ``class/…``, or ``train/class/…`` beside ``test/class/…`` or ``val/class/…``."""

import os
from dataclasses import dataclass
from pathlib import Path

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import DatasetFolder, Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.file_tree import FileTree

# What the side for testing may be called; the first that is there is used.
TESTS = ("test", "val", "valid", "validation")
STAGE = "Reading the folder"


@dataclass(frozen=True)
class ClassFolders(DatasetFolder):
    """A folder of pictures; they stay where they are."""

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the folder is not there, or its layout gives no two classes with a picture in each split.
        """
        root = existing_folder(self.path)
        progress(STAGE, 0, 1)
        listing = _listed(FileTree(root, list(self.refused)), self.name or str(root), self.title or root.name)
        progress(STAGE, 1, 1)
        return assemble(listing, progress)


def existing_folder(path: Path) -> Path:
    """Return the folder at ``path``, all links followed.

    Raises:
        ExplorerError: there is none.
    """
    given = os.path.expanduser(path)
    if not os.path.isdir(given):  # False, not an error, where no folder can have this name
        raise ExplorerError(f"There is no folder {given!r}; give a data set's name or a folder of class folders.")
    return Path(os.path.realpath(given))


def _listed(walk: FileTree, name: str, title: str) -> Listing:
    tops, facts = walk.folders(), {}
    tests = [side for side in TESTS if side in tops] if "train" in tops else []
    if tests:
        entries = _classes(walk, "train", "train") + _classes(walk, tests[0], "test")
        facts["split"] = f"as given, in the folders train and {tests[0]}"
    else:
        entries = _classes(walk, "", "", tops)
    if unused := tests[1:]:
        facts["folders left out"] = ", ".join(unused)
    return Listing(name, title, walk.root, entries, walk.skipped, facts=facts)


def _classes(walk: FileTree, folder: str, side: str, names: list[str] | None = None) -> list[Entry]:
    """Return the pictures of each class folder; a name that is no text is refused where it holds any."""
    entries = []
    for label in walk.folders(folder) if names is None else names:
        files = walk.pictures(f"{folder}/{label}" if folder else label)
        if files and any("\udc80" <= letter <= "\udcff" for letter in label):
            raise ExplorerError(f"{walk.root} holds a folder {label!r}, whose name is not in UTF-8; rename it.")
        entries += [Entry(file, label, side) for file in files]
    return entries
