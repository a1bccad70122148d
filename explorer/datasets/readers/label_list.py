"""A list of images with labels: CSV or JSON Lines, in each line a path, a label and where wanted a split."""

import csv
import os
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, ClassVar

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.choices import NO_CHOICES, Choices
from explorer.datasets.doubts.reading import EMPTY_LABELS
from explorer.datasets.doubts.rival_labels import Pair
from explorer.datasets.file_tree import MOST_FILES, FileTree
from explorer.datasets.readers.tables.cells import (
    UNPRINTABLE,
    RefusedLine,
    cell,
    check_label,
    label_cell,
    line_side,
    list_columns,
    marked_class,
    missing,
)
from explorer.datasets.readers.tables.class_names import with_names
from explorer.datasets.readers.tables.columns import SAMPLE, Columns, columns_of, key, text
from explorer.datasets.readers.tables.lines import MOST_BYTES, OBJECTS, has_objects, names_of, parsed, surely_longer
from explorer.datasets.readers.tables.list_doubts import ListSeen, list_doubts, twice
from explorer.datasets.readers.tables.places import Places, side_in
from explorer.datasets.readers.tables.plain_objects import HEADING
from explorer.datasets.readers.tables.seen_values import SeenValues, list_offers

LISTS = (".csv", *OBJECTS, ".tsv", ".lst", ".txt")
# Names of sides as Hugging Face's folders have them.
SIDES = {"": "", "train": "train", "training": "train", "test": "test", "testing": "test"}
SIDES |= dict.fromkeys(("val", "valid", "validation", "dev"), "val")
# Pairs of two columns that are compared.
MOST_PAIRS = 10_000


@dataclass(frozen=True)
class LabelList:
    """A list of images; its paths are relative to its folder and never lead out of it.

    Attributes:
        path: the CSV or JSON Lines file.
        root: the folder of the images, where that is not the file's.
        title: of the data set; the file's name without its ending where empty.
        choices: of a person: which columns are meant.
    """

    path: Path
    root: Path | None = None
    title: str = ""
    choices: Choices = NO_CHOICES
    chooses: ClassVar[frozenset[str]] = frozenset(("path", "label", "split", "test"))

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the file cannot be read, has no columns of paths and labels, or leaves fewer than two classes.
        """
        path = Path(os.path.realpath(os.path.expanduser(self.path)))
        lines = LabelledLines(FileTree(self.root or path.parent), choices=self.choices)
        lines.read(path.name, place=path.parent)
        listing = lines.listing(f"{path}{self.choices.written}", self.title or path.stem)
        return assemble(replace(listing, entries=with_names(lines.tree, listing.entries, "")), progress)


def has_labels(path: Path, column: str = "", choices: Choices = NO_CHOICES) -> bool:
    """Return whether a list's first line names a path, in a column of this name where one is given, and a label."""
    if path.is_symlink() or not os.path.isfile(path):
        return False
    try:
        names = names_of(path)
        return columns_of(names, [], choices).complete and (not column or column in map(key, names))
    except (OSError, ValueError, csv.Error):
        return False


@dataclass(eq=False)
class LabelledLines:
    """The usable lines of one or more lists of files below one root.

    Attributes:
        tree: the files below the root; keeps the reason of each line that is left out.
        entries: the files with label and split, in the order of the lines.
        seen: the label of each file that was listed so far.
        choices: of a person: which columns are meant.
        places: where the files lie.
        given: whether a column says the sides, or only the names of folders and lists do.
        facts: on how the lists were read; ``doubts`` what is doubtful in that.
    """

    tree: FileTree
    entries: list[Entry] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    choices: Choices = NO_CHOICES
    given: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.places = Places(self.tree)
        self._pairs: dict[str, Counter[Pair]] = {}
        self._seen, self._columns = SeenValues(), Columns((), ())
        self._without = self._longer = 0
        self._sides: dict[str, str] = {}
        self._differing: list[tuple[str, str, str]] = []

    def read(self, file: str, folder: str = "", place: Path | None = None, side: str = "") -> None:
        """Add the lines of one list.

        Args:
            file: path of the list below ``place``.
            folder: the folder below the root that its paths are relative to.
            place: where the list lies; the root by default.
            side: of all its lines, where the list's name says it.

        Raises:
            ExplorerError: the list cannot be read, is too long, or has no columns of paths and labels.
        """
        path = (place or self.tree.root) / file
        if surely_longer(path, MOST_FILES, MOST_BYTES):
            raise ExplorerError(f"{path} has more than {MOST_FILES:,} lines; give a shorter list.")
        lines = parsed(path, MOST_BYTES)
        sample = list(islice(lines, SAMPLE))
        columns = list_columns(path, sample, self.choices)
        dictionaries = [line for line in sample if isinstance(line, dict)]
        if len(columns.path) > 1 and not has_objects(path):
            best = self.places.best(columns.path, dictionaries, folder, side)
            columns = replace(columns, path=(best, *(name for name in columns.path if name != best)))
        self.places.learn([text(line.get(columns.path[0])) for line in sample if isinstance(line, dict)])
        self.given |= bool(columns.split or columns.flags)
        for number, line in enumerate(chain(sample, lines), start=1):
            if number > MOST_FILES:
                raise ExplorerError(f"{path} has more than {MOST_FILES:,} lines; give a shorter list.")
            self._read_line(line, columns, f"{file}, line {number}", folder, side)
        self._columns = columns
        self._say(file, path, columns)

    def _read_line(self, line: Any, columns: Columns, shown: str, folder: str, side: str) -> None:
        """Add one line, or say under the name ``shown`` why it cannot be used."""
        if line is HEADING:
            return
        if isinstance(line, dict):
            self._seen.add(line)
            self._longer += any(map(text, line.get(None) or ()))
        try:
            entry = self._entry(line, columns)
            shown = entry.file
            self._add(entry, folder, side)
        except RefusedLine as refused:
            self.tree.skip(shown, str(refused))

    def listing(self, name: str, title: str) -> Listing:
        """Return all entries; validation images become test images where there are no others."""
        sides = {entry.side for entry in self.entries}
        if not self.given and not sides & {"test", "val"}:  # folders of one side are no split
            self.entries = [entry._replace(side="") for entry in self.entries]
            sides = {""}
        facts = self.facts | ({"split": "as the list gives it"} if sides - {""} else {})
        spare = "" if "test" in sides else "test"
        left = [] if spare else [entry for entry in self.entries if entry.side == "val"]
        if left:
            facts["pictures left out"] = "those for validation"
            self.tree.leave_files("the lines for validation", "there are others for testing", len(left))
        kept = [entry._replace(side=spare if entry.side == "val" else entry.side) for entry in self.entries]
        kept = [entry for entry, old in zip(kept, self.entries, strict=True) if old.side != "val" or spare]
        if self._without:
            self.tree.leave_files(
                "lines for testing without a label", "there is nothing to test them by", self._without
            )
        origins = {"train": "the list", "test": "the list"} if "split" in facts else {}
        return Listing(
            name,
            title,
            self.tree.root,
            _whole_numbers(kept),
            self.tree.skipped,
            "labels",
            facts,
            layout="a list",
            origins=origins,
            left_out=self.tree.left_out,
            doubts=[*self.doubts, *twice(self._differing)],
            offers=list_offers(self._seen, self._columns),
        )

    def _entry(self, line: Any, columns: Columns) -> Entry:
        if not isinstance(line, dict):
            raise RefusedLine("it is no object with a path and a label")
        file = cell(line, columns.path)
        label = marked_class(line, columns.marked) if columns.marked else label_cell(line, columns.label)
        side = line_side(line, columns, self.choices)
        if not file:
            raise RefusedLine("it names no picture")
        if UNPRINTABLE.search(file):
            raise RefusedLine("its path holds letters that no file's name has")
        for rival in columns.rivals:
            held, pair = self._pairs.setdefault(rival, Counter()), (label, text(line.get(rival)))
            if pair in held or len(held) < MOST_PAIRS:
                held[pair] += 1
        return Entry(file, label, side)

    def _add(self, entry: Entry, folder: str, side: str) -> None:
        side = entry.side or side
        if side in ("test", "val") and entry.label.casefold() in EMPTY_LABELS | {""}:
            self._without += 1
            return
        check_label(entry.label)
        file = self.places.find(entry.file, folder, side) or os.path.normpath(
            f"{folder}/{entry.file}" if folder else entry.file
        )
        if file in self.seen:
            other = self.seen[file]
            before, now = self._sided(file, side)
            if other != entry.label or before != now:
                words = (other, entry.label) if other != entry.label else (before, now)
                self._differing.append((file, *words))
            raise RefusedLine(f"it is listed before, as {other}" if other != entry.label else "it is listed twice")
        if os.path.isabs(file) or file.partition("/")[0] == "..":
            raise RefusedLine("its path leaves the folder of the list; copy the picture into it")
        if not self.places.present(file):
            raise RefusedLine(missing(entry.file))
        if self.tree.inside(file):
            self.seen[file] = entry.label
            self._sides[file] = side or side_in(file)
            self.entries.append(Entry(file, entry.label, self._sides[file]))

    def _sided(self, file: str, side: str) -> tuple[str, str]:
        """Return the side of a picture that is listed before, and that of the line at hand."""
        return self._sides[file], side or side_in(file)

    def _say(self, file: str, path: Path, columns: Columns) -> None:
        """Note how a list was read, and what is doubtful in that."""
        chosen = f"the columns of {file} that mark one class" if columns.marked else columns.label[0]
        if columns.marked or columns.rivals or self.choices.label:
            self.facts["label column"] = chosen
        if self.places.guessed:
            self.facts["pictures found elsewhere"] = (
                f"{self.places.guessed:,} names of the list have another folder or ending than the files"
            )
        labels = {entry.label for entry in self.entries}
        values, named = self._seen.values, bool(self.choices.label)
        seen = ListSeen(file, path, columns, labels, self._pairs, self._longer, named, values)
        self.doubts += list_doubts(seen)


def _whole_numbers(entries: list[Entry]) -> list[Entry]:
    """Return entries whose labels are whole numbers, though a table with gaps writes them as 0.0; others as they are."""
    labels = {entry.label for entry in entries}
    if not any("." in label for label in labels) or not all(re.fullmatch(r"\d{1,9}(\.0*)?", label) for label in labels):
        return entries
    return [entry._replace(label=entry.label.partition(".")[0]) for entry in entries]
