"""Pictures whose class stands in their file's name, as in Kaggle's Dogs vs Cats: ``train/cat.0.jpg``, ``dog (3).jpg``."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from explorer.core.progress import Progress
from explorer.datasets.assembly import LEFT_OUT, Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.doubts.reading import SIDE_WORDS, some
from explorer.datasets.file_tree import FileTree, printable
from explorer.datasets.readers.base import DatasetFolder
from explorer.datasets.readers.folders.flat import flat_folders
from explorer.datasets.readers.folders.refusals import first_files
from explorer.datasets.readers.folders.sides import NO_LABELS
from explorer.datasets.readers.tables.unread import unread_offers

# A label, then a number: ``cat.0``, ``cat_001``, ``dog (3)``, ``dog-3``, ``cat12``; or the number first: ``12_cat``.
NUMBER_LAST = re.compile(r"(?P<label>.*?[^\W\d_].*?)[\s._\-]*[(\[]?\d+[)\]]?(?:[\s._\-]+\d+)*$")
NUMBER_FIRST = re.compile(r"\d+[\s._\-]+(?P<label>[^\W\d_][^\d]*)$")
# What cameras and programs write before a number: no class.
_CAMERAS = (
    "img image images dsc dscn dscf dscx pxl mvimg vid photo pic picture frame screenshot scan unnamed download dji gopr p"
    " whatsapp untitled file"
)
CAMERAS = frozenset(_CAMERAS.split())
# Words before a number or letter that say of whom or whence a picture is, not what it shows.
_WHENCE = "patient subject case site video clip cam camera slide person sample scene batch series study"
WHENCE = frozenset(_WHENCE.split())
# Tables that may hold labels, and files that do not though they end so.
TABLES = (".csv", ".tsv", ".jsonl", ".json", ".xlsx", ".xls", ".ods", ".txt", ".xml")
NOTES = (
    "readme",
    "license",
    "licence",
    "submission",
    "citation",
    "changelog",
    "requirements",
    "classes",
    "class_names",
)
# Pictures that a class needs on the training side, and classes above which file names are doubted.
FEWEST, MANY = 2, 20


@dataclass(frozen=True)
class FileNames(DatasetFolder):
    """Folders of pictures whose names begin with their class."""

    def matches(self) -> bool:
        """Return whether all pictures are in no class folders, and their names give two classes or more."""
        return bool(self.labels)

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: fewer than two classes have an image in each split.
        """
        return assemble(self._listing(), progress)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The label of each picture of the training side, by its file; empty where names give none."""
        flat = flat_folders(self.file_tree)
        places = [place for place, side in flat.places.items() if side in ("", "train")] if flat else []
        return labels_in_names(
            [f"{place}/{name}".strip("/") for place in places for name in self.file_tree.direct(place)]
        )

    def _listing(self) -> Listing:
        tree, flat = self.file_tree, flat_folders(self.file_tree)
        classes = {*self.labels.values()}
        entries = [Entry(file, label, "") for file, label in self.labels.items()]
        test, unused = "", dict(flat.unused) if flat else {}
        for place, side in flat.places.items() if flat else ():
            found = (
                labels_in_names([f"{place}/{name}" for name in tree.direct(place)]) if side in ("test", "val") else {}
            )
            if side in ("test", "val") and (test or not found or not {*found.values()} <= classes):
                unused[place] = f"the folder {test} is used for testing" if test and found else NO_LABELS
            elif found:
                test, entries = place, [*entries, *(Entry(file, label, "test") for file, label in found.items())]
        for place, reason in unused.items():
            tree.leave(place, reason)
        entries = [entry._replace(side=entry.side or ("train" if test else "")) for entry in entries]
        return _described(self, tree, entries, test, [*unused])


def labels_in_names(files: Sequence[str]) -> dict[str, str]:
    """Return the label in each file's name; empty where the names are not alike in form, or give no classes."""
    for form in (NUMBER_LAST, NUMBER_FIRST):
        found = {file: _label(form, file) for file in files}
        counts = Counter(found.values())
        if files and all(found.values()) and _are_classes(counts):
            return found
    return {}


def _label(form: re.Pattern[str], file: str) -> str:
    stem = os.path.splitext(file.rpartition("/")[2])[0][:200]
    match = form.match(stem)
    return match["label"].strip(" ._-") if match else ""


def _are_classes(counts: Counter[str]) -> bool:
    words = [re.split(r"[\W_]+", label.casefold())[0] for label in counts]
    sides = [label for label in counts if label.casefold() in SIDE_WORDS]
    return len(counts) > 1 and min(counts.values()) >= FEWEST and not (CAMERAS & {*words}) and not sides


def _described(reader: FileNames, tree: FileTree, entries: list[Entry], test: str, unused: list[str]) -> Listing:
    """Return the listing with its words: where classes come from, which side is used, what is doubtful."""
    first = next(iter(reader.labels))
    facts = {"classes": f"from the files' names, such as {printable(first)}"}
    facts |= (
        {LEFT_OUT: ", ".join(f"{printable(name)} ({tree.count(name):,} pictures)" for name in unused)} if unused else {}
    )
    train = first.rpartition("/")[0]
    if test:
        facts["split"] = f"as given, in the folders {train} and {test}"
    origins = {"train": f"the folder {printable(train)}", "test": f"the folder {printable(test)}"} if test else {}
    for place in flat_places(reader):
        tree.pictures(place)  # so that what cannot be used is said
    return Listing(
        reader.name or str(tree.root),
        reader.title or tree.root.name,
        tree.root,
        entries,
        tree.skipped,
        "classes in the files' names",
        facts,
        layout="classes in the files' names",
        origins=origins,
        left_out=tree.left_out,
        doubts=[
            *_doubts(sorted({entry.label for entry in entries})),
            *([] if reader.choices.classes else _tables(tree)),
        ],
        offers=unread_offers(tree, first_files(tree)),
    )


def _tables(tree: FileTree) -> list[str]:
    """Return a doubt where a table lies beside the pictures that may hold their labels and was not read."""
    files = [file for file in first_files(tree) if file.lower().endswith(TABLES) and not _is_note(file)]
    if not files:
        return []
    return [
        f"{printable(files[0])} lies beside the pictures and is not read; if it holds their labels, save it in UTF-8 with the columns "
        "path and label, else --read classes=names takes the files' names."
    ]


def _is_note(file: str) -> bool:
    name = file.rpartition("/")[2].casefold()
    return any(word in name for word in NOTES)


def flat_places(reader: FileNames) -> list[str]:
    """Return the folders whose pictures are used, training first."""
    return list({entry.rpartition("/")[0]: None for entry in reader.labels})


def _grid(words: list[list[str]], classes: list[str]) -> list[str]:
    """Return the classes where two words of them go with each other in every way, as a site and a class do."""
    pairs = {tuple(parts) for parts in words}
    firsts, lasts = {pair[0] for pair in pairs}, {pair[-1] for pair in pairs}
    whole = all(len(pair) == 2 for pair in pairs) and len(firsts) > 1 < len(lasts)
    return classes if whole and len(pairs) == len(firsts) * len(lasts) else []


def _doubts(classes: list[str]) -> list[str]:
    words = [re.split(r"[\W_]+", label.casefold()) for label in classes]
    whence = [label for label, parts in zip(classes, words, strict=True) if WHENCE & {*parts} or len(parts[-1]) == 1]
    whence = whence or _grid(words, classes)
    if not whence and len(classes) <= MANY:
        return []
    shown = some([repr(label) for label in whence or classes])
    return [
        f"The files' names give {len(classes)} classes, such as {shown}; give a list of paths and labels if these are none."
    ]
