"""The ImageFolder layout: ``class/…``, or ``train/class/…`` beside ``test/class/…`` or ``val/class/…``, and its relatives.

Sides go by any of their usual names; folders around the data are looked through; what is left out is said.
"""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import LEFT_OUT, Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.choices import Choices, Offer
from explorer.datasets.doubts.folder_names import is_companion, is_container, is_tool, is_unlabelled, side_of
from explorer.datasets.file_tree import FileTree, printable
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.folders.class_level import classes_of, entries_of
from explorer.datasets.readers.folders.flat import flat_folders, is_unlabelled_heap
from explorer.datasets.readers.folders.inner_classes import with_inner_classes
from explorer.datasets.readers.folders.listed_side import with_listed_side
from explorer.datasets.readers.folders.refusals import first_files, way_in
from explorer.datasets.readers.folders.sides import BESIDE, Sides, below, sides_of, with_pictures
from explorer.datasets.readers.tables.beside import AGREE, agreement, lists_beside, sides_beside
from explorer.datasets.readers.tables.unread import unread_offers

STAGE = "Reading the folder"
# The fact that names the lists beside the classes.
UNUSED = "lists not used"


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
        tree = self.file_tree
        found = understood(tree)
        levels = any("classes=inner" in doubt for doubt in found.doubts)
        if self.choices.classes == "inner":
            found = replace(found, entries=with_inner_classes(tree, found.entries), lost=[], doubts=[])
        elif self.choices.classes == "folders":
            found = replace(found, doubts=[doubt for doubt in found.doubts if "--read classes=" not in doubt])
        listing = found.listing(tree, self.name or str(root), self.title or root.name)
        listing = _with_lists(listing, tree, self.choices)
        progress(STAGE, 1, 1)
        listing = replace(listing, offers=[*listing.offers, _sources(listing, self.choices, levels)])
        return assemble(listing, progress)


def _with_lists(listing: Listing, tree: FileTree, choices: Choices) -> Listing:
    """Return a listing that names the lists beside the classes, which are not used, and doubts itself where they disagree."""
    lists = lists_beside(tree)
    if not lists:
        return _with_sides_said(listing, tree, choices)
    if not choices.classes:
        listing = with_listed_side(listing, tree, lists)
    doubts = [*listing.doubts]
    for one in () if choices.classes else lists:
        if one.unclear:
            doubts.append(
                f"{printable(one.file)} seems to label these pictures, but several files have the names in it; write their folders "
                "into it and give its path, or take the folders' names by --read classes=folders."
            )
        elif one.unused and not any(entry.side for entry in listing.entries):
            doubts.append(
                f"{printable(one.file)} has a column {one.unused!r} that may be the split, and another split is made; choose the part for "
                f"testing by --read classes=list --read split={one.unused} --read test=VALUE, or keep this one by --read classes=folders."
            )
        elif (share := agreement(one.pairs, listing.entries)) < AGREE:
            doubts.append(
                f"The folders give the classes, and {printable(one.file)} groups {1 - share:.0%} of its first pictures otherwise; "
                "--read classes=list takes its labels, --read classes=folders those of the folders."
            )
    unused = [
        printable(one.file) for one in lists if one.file not in listing.layout
    ]  # that of a side for testing is used
    facts = listing.facts | ({UNUSED: ", ".join(unused)} if unused else {})
    return replace(listing, facts=facts, doubts=doubts)


def _with_sides_said(listing: Listing, tree: FileTree, choices: Choices) -> Listing:
    """Return a listing that doubts itself where a list without labels says the sides of its pictures, and the folders say none."""
    if choices.classes or not listing.entries or any(entry.side for entry in listing.entries):
        return listing
    if not (file := sides_beside(tree)):
        return listing
    doubt = (
        f"{printable(file)} says the sides of these pictures and not their labels, and another split is made; write a column 'label' into it "
        "and give its path, or keep this split by --read classes=folders."
    )
    return replace(listing, doubts=[*listing.doubts, doubt])


def _sources(listing: Listing, choices: Choices, levels: bool) -> Offer:
    """Return where classes can come from: the folders, those within them where there are two ``levels``, and the lists beside them."""
    inner = {"inner": "the folders within them"} if levels else {}
    lists = {"list": listing.facts[UNUSED]} if UNUSED in listing.facts else {}
    taken = "inner" if choices.classes == "inner" else "folders"
    return Offer("classes", {"folders": "the names of the folders", **inner, **lists}, taken)


def existing_folder(path: Path) -> Path:
    """Return the folder at ``path``, all links followed.

    Raises:
        ExplorerError: there is none.
    """
    given = os.path.expanduser(path)
    if not os.path.isdir(given):  # False, not an error, where no folder can have this name
        raise ExplorerError(f"There is no folder {given!r}; give a data set's name or a folder of class folders.")
    return Path(os.path.realpath(given))


@dataclass(frozen=True)
class Understood:
    """Class folders as they were understood.

    Attributes:
        entries: the images, with label and side.
        folder: the folder below the root that holds the classes or the sides; empty for the root.
        layout: in words.
        facts: for the screen; ``origins`` of each side.
        lost: classes without a picture.
        doubts: sentences on what is doubtful.
        folders: those that may hold the classes instead, below the root.
    """

    entries: list[Entry]
    folder: str
    layout: str
    facts: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def listing(self, tree: FileTree, name: str, title: str) -> Listing:
        """Return the listing of these images."""
        layout = f"{self.layout}, within {printable(self.folder)}" if self.folder else self.layout
        few = len({entry.label for entry in self.entries if entry.side != "test"}) < 2
        inner = Offer("folder", {name: f"{tree.count(name):,} pictures" for name in self.folders})
        return Listing(
            name,
            title,
            tree.root,
            self.entries,
            tree.skipped,
            facts=self.facts,
            layout=layout,
            origins=self.origins,
            left_out=tree.left_out,
            doubts=self.doubts,
            classes=self.lost,
            offers=[inner, *(unread_offers(tree, first_files(tree)) if few else [])],
            hint=way_in(tree) if few else "",
        )


def understood(tree: FileTree, folder: str = "") -> Understood:
    """Return how the class folders in a folder are understood; one that only wraps another is looked through."""
    if sides := sides_of(tree, folder):
        return _split(tree, folder, sides)
    if inner := _wrapped(tree, folder):
        return understood(tree, inner)
    if is_unlabelled_heap(flat_folders(tree, folder)):
        return Understood([], folder, "pictures without labels")
    found = classes_of(tree, folder)
    if _classes_hold_sides(tree, folder, found.names):
        return _inner_sides(tree, folder, found.names)
    entries = entries_of(tree, folder, found.names, "")
    return Understood(entries, folder, "class folders", lost=found.lost, doubts=found.doubts, folders=found.folders)


def _split(tree: FileTree, folder: str, sides: Sides) -> Understood:
    found = classes_of(tree, sides.within["train"])
    entries = entries_of(tree, sides.within["train"], found.names, "train" if sides.test else "")
    if sides.test:
        within = sides.within["test"]
        entries += entries_of(tree, within, classes_of(tree, within).names, "test")
    unused = {below(folder, name): reason for name, reason in sides.unused.items()}
    for name, reason in unused.items():
        tree.leave(name, reason)
    facts = {LEFT_OUT: ", ".join(_counted(tree, name) for name in unused)} if unused else {}
    layout = "class folders in folders for training and testing"
    if not sides.test:
        return Understood(
            entries, folder, "class folders in a folder for training", facts, {}, found.lost, found.doubts
        )
    facts["split"] = f"as given, in the folders {sides.train} and {sides.test}"
    origins = {side: f"the folder {printable(name)}" for side, name in (("train", sides.train), ("test", sides.test))}
    return Understood(entries, folder, layout, facts, origins, found.lost, found.doubts)


def _wrapped(tree: FileTree, folder: str) -> str:
    """Return the only folder in ``folder`` that holds the data set; empty where there is none, or several."""
    if tree.direct(folder):
        return ""
    tops = with_pictures(tree, folder)
    held = [name for name in tops if not is_unlabelled(name) and not is_tool(name)]
    if len(held) > 1 and all(is_companion(name) or is_container(name) for name in held):
        held = [name for name in held if not is_companion(name)]
    whole = [name for name in held if is_container(name) and len(with_pictures(tree, below(folder, name))) > 1]
    if len(whole) == 1 and not any(with_pictures(tree, below(folder, name)) for name in held if name not in whole):
        held = whole
    if len(held) != 1 or not _has_classes(tree, below(folder, held[0])):
        return ""
    for name in tops:
        if name != held[0]:
            tree.leave(below(folder, name), f"the classes are in the folder {held[0]}")
    return below(folder, held[0])


def _has_classes(tree: FileTree, folder: str) -> bool:
    """Return whether class folders, or folders of sides, lie in a folder or in the only one within it."""
    inner = with_pictures(tree, folder)
    return len(inner) > 1 or bool(sides_of(tree, folder) or (inner and _has_classes(tree, below(folder, inner[0]))))


def _classes_hold_sides(tree: FileTree, folder: str, names: list[str]) -> bool:
    """Return whether each class folder holds nothing but the folders of its sides, as in ``cat/train`` and ``cat/test``."""
    sides = [[side_of(name) for name in with_pictures(tree, below(folder, label))] for label in names]
    whole = len(names) > 1 and all("train" in one and all(one) and len({*one}) > 1 for one in sides)
    if whole and any(
        len(with_pictures(tree, below(below(folder, label), name))) > 1
        for label in names
        for name in with_pictures(tree, below(folder, label))
    ):
        return False  # folds, each with sides and classes of its own
    return whole and not any(tree.direct(below(folder, label)) for label in names)


def _inner_sides(tree: FileTree, folder: str, names: list[str]) -> Understood:
    """Return the reading of class folders that hold their sides."""
    places = {
        below(below(folder, label), name): (label, side_of(name))
        for label in names
        for name in with_pictures(tree, below(folder, label))
    }
    test = "test" if any(side == "test" for _, side in places.values()) else "val"
    entries = []
    for place, (label, side) in places.items():
        if side in ("train", test):
            entries += [Entry(file, label, "train" if side == "train" else "test") for file in tree.pictures(place)]
        else:
            tree.leave(place, BESIDE)
    entries.sort(key=lambda entry: entry.side != "train")
    origins = {
        "train": "the folder for training in each class folder",
        "test": "the folder for testing in each class folder",
    }
    return Understood(
        entries, folder, "class folders that hold their sides", {"split": "as given, in each class folder"}, origins
    )


def _counted(tree: FileTree, folder: str) -> str:
    """Return the name of a folder that is not used, with how many pictures it holds."""
    count = tree.count(folder)
    return f"{printable(folder)} ({count:,} picture{'s' * (count > 1)})"
