"""Where the pictures of a list lie: a list may leave out folders or endings, or name places on another computer."""

import os
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.doubts.folder_names import is_companion, side_of
from explorer.datasets.file_tree import FileTree
from explorer.datasets.picture import ENDINGS
from explorer.datasets.readers.tables.columns import text

# Lines by which one of several columns is chosen.
PEEKED = 50
# A number as a name, as a table writes it that has lost zeros before it or added some behind it.
MOST_DIGITS = 15
NUMBER = re.compile(r"(\d{1,15})(\.0+)?")
DRIVE = re.compile(r"[A-Za-z]:[\\/]")
# The start of an address, such as gs:// or https://; its path is looked for as one of another computer.
SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*://")


@dataclass(eq=False)
class Places:
    """The places of pictures below one root.

    Attributes:
        tree: the files below the root.
        removed: the first part of all paths that do not lie here, such as ``/content/drive/data/``; None before it is known.
        unclear: how many names several files have.
        guessed: how many names were found elsewhere than they say: in another folder, or with an ending.
    """

    tree: FileTree
    removed: str | None = None
    guessed: int = 0
    unclear: int = 0

    def find(self, written: str, folder: str = "", side: str = "") -> str:
        """Return the file below the root that a list means by a name; empty where there is none, or several.

        Args:
            written: the name.
            folder: of the list, below the root, that names are relative to.
            side: that the name is on, where it is known; a file in the folder of another side is not meant.
        """
        exact = os.path.normpath(f"{folder}/{written}" if folder else written)
        if self._stays(exact) and self.present(exact):
            return exact
        name = self._plain(written)
        if name != written and self._stays(name) and self.present(name):
            return name
        return self._elsewhere(name, folder, side)

    def best(self, columns: Sequence[str], lines: Sequence[Mapping[str, Any]], folder: str = "", side: str = "") -> str:
        """Return the one of several columns most of whose first names are found; the first where none is better."""

        def found(column: str) -> int:
            self.removed = ""
            return sum(bool(self.find(text(line.get(column)), folder, side)) for line in lines[:PEEKED])

        before = self.guessed, self.unclear
        best = max(columns, key=found) if len(columns) > 1 else columns[0]
        self.guessed, self.unclear = before
        return best

    def learn(self, names: Iterable[str]) -> None:
        """Find out which first part is to be taken from paths of another computer: the same of at least half of these names."""
        given = [self._plain(name) for name in names]
        lost = [
            name for name in given if not (self._stays(name) and (self.present(name) or self._matching(name, "", "")))
        ]
        parts = Counter(part for name in lost if (part := self._foreign(name))).most_common(1)
        self.removed = parts[0][0] if parts and 2 * parts[0][1] >= len(given) else ""

    def present(self, file: str) -> bool:
        """Return whether there is an ordinary file of this name below the root."""
        try:
            return stat.S_ISREG(os.stat(os.path.join(self.tree.root, file)).st_mode)
        except (OSError, ValueError):
            return False

    def _plain(self, written: str) -> str:
        """Return a name with the separators of this program, relative to the root where it lies there."""
        name = written if "/" in written and not DRIVE.match(written) else written.replace("\\", "/")
        for root in {str(self.tree.root), os.path.abspath(self.tree.root)}:
            if name.startswith(f"{root}/"):
                return os.path.normpath(name[len(root) + 1 :])
        name = SCHEME.sub("/", name.removeprefix("file://"))
        return name if os.path.isabs(name) else os.path.normpath(name)

    @staticmethod
    def _stays(file: str) -> bool:
        return not os.path.isabs(file) and not DRIVE.match(file) and file.partition("/")[0] != ".."

    def _elsewhere(self, name: str, folder: str, side: str) -> str:
        if not self._stays(name):
            part = self._foreign(name)
            if not part or part != self.removed:
                return ""
            name = name[len(part) :]
            if self.present(name):
                return name
        elif self.removed and name.startswith(self.removed):
            name = name[len(self.removed) :]
        found = self._matching(name, folder, side)
        self.guessed += len(found) == 1
        self.unclear += len(found) > 1
        return found[0] if len(found) == 1 else ""

    def _matching(self, name: str, folder: str, side: str) -> list[str]:
        """Return the files that end in a name, with or without their ending; those of the side, or for training, first."""
        base = name.rpartition("/")[2]
        known = self._by_name.get(base) or self._by_stem.get(base.casefold()) or []
        if not known and os.path.splitext(base)[1].lower() in ENDINGS:  # another ending, or its letters in capitals
            name, base = os.path.splitext(name)[0], os.path.splitext(base)[0]
            known = self._by_stem.get(base.casefold()) or []
        if not known and (number := NUMBER.fullmatch(name)):
            return self._on_side(self._by_number.get(int(number[1]), []), folder, side)
        found = [
            file
            for file in known
            if f"/{file}".endswith(f"/{name}")
            or f"/{file}".rpartition(".")[0].casefold().endswith(f"/{name}".casefold())
        ]
        return self._on_side(found, folder, side)

    def _on_side(self, found: list[str], folder: str, side: str) -> list[str]:
        """Return those of some files that lie where a list's names do: no companions, below its folder, on its side."""
        if pictures := [file for file in found if not any(map(is_companion, file.split("/")[:-1]))]:
            found = pictures
        if folder and (below := [file for file in found if file.startswith(f"{folder}/")]):
            found = below
        if side:
            found = [file for file in found if side_in(file) in ("", side)]
        own = [file for file in found if side_in(file) == (side or "train")]
        return own or found

    def _foreign(self, name: str) -> str:
        """Return the first part of a path on another computer whose rest lies here; empty where none does."""
        parts = name.split("/")
        for first in range(1, len(parts)):
            rest = "/".join(parts[first:])
            if rest and (self.present(rest) or len(self._matching(rest, "", "")) == 1):
                return "/".join(parts[:first]) + "/"
        return ""

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        """All pictures below the root by their own name; none where there are too many."""
        found: dict[str, list[str]] = defaultdict(list)
        try:
            for file in self.tree.names():
                found[file.rpartition("/")[2]].append(file)
        except ExplorerError:
            return {}
        return found

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        """All pictures below the root by their own name without its ending."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, files in self._by_name.items():
            found[os.path.splitext(name)[0].casefold()] += files
        return found

    @cached_property
    def _by_number(self) -> dict[int, list[str]]:
        """All pictures below the root whose own name without its ending is a number, by that."""
        found: dict[int, list[str]] = defaultdict(list)
        for stem, files in self._by_stem.items():
            if stem.isdecimal() and len(stem) <= MOST_DIGITS:
                found[int(stem)] += files
        return found


def side_in(file: str) -> str:
    """Return the side that the first folder which names one puts a file on; empty where none does."""
    return next((side for part in file.split("/")[:-1] if (side := side_of(part))), "")
