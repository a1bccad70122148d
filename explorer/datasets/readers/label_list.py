"""A list of images with labels: CSV or JSON Lines, in each line a path, a label and where wanted a split."""

import csv
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.assembly import Entry, Listing, assemble
from explorer.datasets.base import Dataset
from explorer.datasets.file_tree import MOST_FILES, FileTree

LISTS = (".csv", ".jsonl")
PATHS, LABELS, SPLITS = ("path", "file_name", "file", "image"), ("label", "class"), ("split",)
SIDES = {"": "", "train": "train", "training": "train", "test": "test", "testing": "test"}
SIDES |= dict.fromkeys(("val", "valid", "validation", "dev"), "val")
# A line holds a path and a label: a list of a million pictures has some 100 MB. A single line may be all of it.
MOST_BYTES = 128 * 2**20
# Bytes that a file system allows a name, and so a class that is written as a folder.
LONGEST = 200
UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# A whole number as a label, as JSON writes it; Python refuses to write more digits than that, and no class needs ten.
LARGEST = 10**12


class _RefusedLine(ValueError):
    """A line cannot be used; the message is the reason."""


@dataclass(frozen=True)
class LabelList:
    """A list of images; its paths are relative to its folder and never lead out of it.

    Attributes:
        path: the CSV or JSON Lines file.
        root: the folder of the images, where that is not the file's.
        title: of the data set; the file's name without its ending where empty.
    """

    path: Path
    root: Path | None = None
    title: str = ""

    def open(self, progress: Progress) -> Dataset:
        """Return the data set.

        Raises:
            ExplorerError: the file cannot be read, has no columns of paths and labels, or leaves fewer than two classes.
        """
        path = Path(os.path.realpath(os.path.expanduser(self.path)))
        lines = LabelledLines(FileTree(self.root or path.parent))
        lines.read(path.name, place=path.parent)
        return assemble(lines.listing(str(path), self.title or path.stem), progress)


def has_labels(path: Path) -> bool:
    """Return whether a list's first line names a path and a label; a list of captions makes no data set."""
    if path.is_symlink() or not os.path.isfile(path):
        return False
    try:
        with _opened(path) as stream:
            names = _object(stream.readline(2**16)) if path.suffix == ".jsonl" else _columns(_table(stream))
    except (OSError, ValueError, csv.Error):
        return False
    return isinstance(names, dict | list) and _complete(names)


@dataclass(eq=False)
class LabelledLines:
    """The usable lines of one or more lists of files below one root.

    Attributes:
        tree: the files below the root; keeps the reason of each line that is left out.
        entries: the files with label and split, in the order of the lines.
        seen: the label of each file that was listed so far.
    """

    tree: FileTree
    entries: list[Entry] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)

    def read(self, file: str, folder: str = "", place: Path | None = None) -> None:
        """Add the lines of one list.

        Args:
            file: path of the list below ``place``.
            folder: the folder below the root that its paths are relative to.
            place: where the list lies; the root by default.

        Raises:
            ExplorerError: the list cannot be read, is too long, or has no columns of paths and labels.
        """
        path = (place or self.tree.root) / file
        for number, line in enumerate(_parsed(path), start=1):
            if number > MOST_FILES:
                raise ExplorerError(f"{path} has more than {MOST_FILES:,} lines; give a shorter list.")
            shown = f"{file}, line {number}"
            try:
                entry = self._entry(line, folder)
                shown = entry.file
                self._add(entry)
            except _RefusedLine as refused:
                self.tree.skip(shown, str(refused))

    def listing(self, name: str, title: str) -> Listing:
        """Return all entries; validation images become test images where there are no others."""
        sides = {entry.side for entry in self.entries}
        facts = {"split": "as the list gives it"} if sides - {""} else {}
        if "val" in sides and "test" in sides:
            facts["pictures left out"] = "those for validation"
        spare = "" if "test" in sides else "test"
        kept = [
            entry._replace(side=spare if entry.side == "val" else entry.side)
            for entry in self.entries
            if entry.side != "val" or spare
        ]
        origins = {"train": "the list", "test": "the list"} if facts else {}
        return Listing(
            name, title, self.tree.root, kept, self.tree.skipped, "labels", facts, layout="a list", origins=origins
        )

    def _entry(self, line: Any, folder: str) -> Entry:
        if not isinstance(line, dict):
            raise _RefusedLine("it is no object with a path and a label")
        file, label, split = (_cell(line, names) for names in (PATHS, LABELS, SPLITS))
        if not file:
            raise _RefusedLine("it names no picture")
        if (side := SIDES.get(split.lower())) is None:
            raise _RefusedLine(f"its split {split[:40]!r} is none of train, test, val")
        if UNPRINTABLE.search(file):
            raise _RefusedLine("its path holds letters that no file's name has")
        file = os.path.normpath(f"{folder}/{file}" if folder else file)
        return Entry(file, _label(label), side or SIDES.get(file.partition("/")[0], ""))

    def _add(self, entry: Entry) -> None:
        if entry.file in self.seen:
            other = self.seen[entry.file]
            raise _RefusedLine(f"it is listed before, as {other}" if other != entry.label else "it is listed twice")
        if not _stays(entry.file):
            raise _RefusedLine("its path leaves the folder of the list; copy the picture into it")
        if not _present(str(self.tree.root), entry.file):
            raise _RefusedLine("there is no such file")
        if self.tree.inside(entry.file):
            self.seen[entry.file] = entry.label
            self.entries.append(entry)


def _stays(file: str) -> bool:
    return not os.path.isabs(file) and file.partition("/")[0] != ".."


def _present(root: str, file: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(os.path.join(root, file)).st_mode)
    except (OSError, ValueError):
        return False


def _cell(line: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return the text of the first of these columns that has a value; empty where none has."""
    value = next((line[name] for name in names if line.get(name) is not None), "")
    if isinstance(value, int) and abs(value) < LARGEST:
        return str(value)
    if not isinstance(value, str):
        raise _RefusedLine(f"its {names[0]} is neither text nor a whole number")
    return value.strip()


def _label(label: str) -> str:
    """Return the label after checking that it can be a class name, and so the name of a folder."""
    if not label:
        raise _RefusedLine("it has no label")
    if any(letter in label for letter in "/\\") or label in (".", ".."):
        raise _RefusedLine(f"its label {label[:40]!r} holds a path separator; write another name")
    if UNPRINTABLE.search(label) or len(label.encode("utf-8", "replace")) > LONGEST:
        raise _RefusedLine(f"its label {label[:40]!r} is no name of at most {LONGEST} printable bytes")
    return label


def _parsed(path: Path) -> Iterator[Any]:
    """Yield each line as a dictionary; a line that is no JSON object, as it is.

    Raises:
        ExplorerError: the file cannot be read, or has no columns of paths and labels.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ExplorerError(f"{path} has more than {MOST_BYTES // 2**20} MB; give a shorter list.")
        with _opened(path) as stream:
            yield from _objects(stream) if path.suffix.lower() == ".jsonl" else _rows(path, stream)
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExplorerError(f"{path} is no list in UTF-8 that can be read ({error}); save it again as such.") from error


def _opened(path: Path) -> IO[str]:
    return path.open(encoding="utf-8-sig", newline="")


def _objects(stream: Iterable[str]) -> Iterator[Any]:
    for line in stream:
        if line.strip():
            yield _object(line)


def _object(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _rows(path: Path, stream: IO[str]) -> Iterable[dict[str, Any]]:
    table = _table(stream)
    if not _complete(_columns(table)):
        raise ExplorerError(f"{path} has no columns 'path' and 'label'; give both, and 'split' where there is one.")
    return table


def _complete(names: Iterable[str]) -> bool:
    """Return whether there are paths and labels among the columns."""
    return all(not set(keys).isdisjoint(names) for keys in (PATHS, LABELS))


def _columns(table: "csv.DictReader[str]") -> list[str]:
    """Return the columns' names, spaces and capitals taken out of them."""
    table.fieldnames = [name.strip().lower() for name in table.fieldnames or []]
    return list(table.fieldnames)


def _table(stream: IO[str]) -> "csv.DictReader[str]":
    head = stream.readline(2**16)
    separator = ";" if head.count(";") > head.count(",") else ","  # what spreadsheets write in half of Europe
    stream.seek(0)
    return csv.DictReader(stream, delimiter=separator)
