"""The ImageFolder layout: ``class/…``, or ``train/class/…`` beside ``test/class/…`` or ``val/class/…``."""

import os
from dataclasses import dataclass
from pathlib import Path

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import LEFT_OUT, Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.file_tree import FileTree, printable
from explorer.datasets.readers.base import DatasetFolder

# Names of the folder of test images; the first that exists is used.
TESTS = ("test", "val", "valid", "validation")
STAGE = "Reading the folder"


@dataclass(frozen=True)
class ClassFolders(DatasetFolder):
    """A folder with one folder for each class, named after it; the files stay where they are."""

    def matches(self) -> bool:
        """Return True: a folder without class folders is refused when it is opened."""
        return True

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: there is no such folder, or fewer than two classes have an image in each split.
        """
        root = existing_folder(self.path)
        progress(STAGE, 0, 1)
        listing = _listing(FileTree(root, list(self.refused)), self.name or str(root), self.title or root.name)
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


def _listing(tree: FileTree, name: str, title: str) -> Listing:
    tops, facts, origins = tree.folders(), {}, {}
    tests = [side for side in TESTS if side in tops] if "train" in tops else []
    if tests:
        entries = _classes(tree, "train", "train") + _classes(tree, tests[0], "test")
        facts["split"] = f"as given, in the folders train and {tests[0]}"
        origins = {"train": "the folder train", "test": f"the folder {tests[0]}"}
    else:
        entries = _classes(tree, "", "", tops)
    unused = [folder for folder in tops if tests and folder not in ("train", tests[0])]
    if counted := [said for folder in unused if (said := _counted(tree, folder))]:
        facts[LEFT_OUT] = ", ".join(counted)
    layout = "class folders in folders for training and testing" if tests else "class folders"
    return Listing(name, title, tree.root, entries, tree.skipped, facts=facts, layout=layout, origins=origins)


def _counted(tree: FileTree, folder: str) -> str:
    """Return the name of a folder that is not used, with how many pictures it holds; empty where it holds none.

    No file in it counts as one that cannot be read.
    """
    skipped = len(tree.skipped)
    count = len(tree.pictures(folder))
    del tree.skipped[skipped:]
    return f"{printable(folder)} ({count:,} picture{'s' * (count > 1)})" if count else ""


def _classes(tree: FileTree, folder: str, side: str, names: list[str] | None = None) -> list[Entry]:
    """Return the images of each class folder; one whose name is not valid UTF-8 is an error where it has images."""
    entries = []
    for label in tree.folders(folder) if names is None else names:
        files = tree.pictures(f"{folder}/{label}" if folder else label)
        if files and any("\udc80" <= letter <= "\udcff" for letter in label):
            raise ExplorerError(f"{tree.root} holds a folder {label!r}, whose name is not in UTF-8; rename it.")
        entries += [Entry(file, label, side) for file in files]
    return entries
