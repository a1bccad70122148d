"""A side for testing whose pictures lie in no class folders while a list labels them: GTSRB's ``GT-final_test.csv``, ImageNet's ``LOC_val_solution.csv``."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from explorer.core.errors import ExplorerError
from explorer.datasets.assembly import LEFT_OUT, Entry, Listing
from explorer.datasets.base import Skipped
from explorer.datasets.doubts.folder_names import side_within
from explorer.datasets.doubts.reading import some
from explorer.datasets.file_tree import FileTree, printable
from explorer.datasets.readers.folders.sides import NO_LABELS
from explorer.datasets.readers.label_list import LabelledLines
from explorer.datasets.readers.tables.beside import FOUND, ListBeside


def with_listed_side(listing: Listing, tree: FileTree, lists: Sequence[ListBeside]) -> Listing:
    """Return a listing of class folders for training with the pictures for testing that a list labels; else the listing."""
    if any(entry.side == "test" for entry in listing.entries):
        return listing
    flat = [one for one in listing.left_out if one.reason == NO_LABELS]
    for folder in sorted(flat, key=lambda one: side_within(one.file.rpartition("/")[2]) != "test"):
        for one in lists:
            if sum(file.startswith(f"{folder.file}/") for file, _ in one.pairs) > FOUND * len(one.pairs):
                return _joined(listing, tree, folder, one)
    return listing


def _joined(listing: Listing, tree: FileTree, folder: Skipped, one: ListBeside) -> Listing:
    try:
        lines = LabelledLines(FileTree(tree.root))
        lines.read(one.file, one.folder, side=side_within(folder.file.rpartition("/")[2]) or "test")
    except ExplorerError:
        return listing
    if not lines.entries:
        return listing
    classes = {entry.label for entry in listing.entries}
    found = [(entry, class_of(entry.label, classes)) for entry in lines.entries]
    shown = printable(one.file)
    if strange := sorted({entry.label for entry, known in found if not known}):
        doubt = (
            f"{shown} labels the pictures in {folder.file} as {some(strange)}, which are no names of the class folders; "
            "they are left out: give both the same names to test by them."
        )
        return replace(listing, doubts=[*listing.doubts, doubt])
    entries = [entry._replace(side="train") for entry in listing.entries]
    entries += [Entry(entry.file, known, "test") for entry, known in found]
    left = [other for other in listing.left_out if other != folder]
    facts = {name: said for name, said in listing.facts.items() if name != LEFT_OUT}
    facts |= {LEFT_OUT: ", ".join(f"{other.file} ({other.pictures:,} pictures)" for other in left)} if left else {}
    return replace(
        listing,
        entries=entries,
        left_out=left,
        layout=f"{listing.layout}, and {shown} for testing",
        origins={"train": "the class folders", "test": f"{folder.file}, as {shown} labels it"},
        facts=facts | {"split": f"as given: the class folders, and {folder.file} by {shown}"},
    )


def class_of(label: str, classes: Collection[str]) -> str:
    """Return the class that a label means: the one of its name, or of its number where classes are numbers such as ``00012``."""
    if label in classes:
        return label
    same = [name for name in classes if name.isdecimal() and label.isdecimal() and int(name) == int(label)]
    return same[0] if len(same) == 1 else ""
