"""Listing of the image files below a folder, in a fixed order; links that lead outside are not followed."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from explorer.core import home
from explorer.core.checksums import digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.datasets.base import Skipped
from explorer.datasets.picture import ENDINGS

# A data set of a million pictures needs 5 GB of features; whoever names a folder with more has named the wrong one.
MOST_FILES = 1_000_000
# Formats of images that are not read: a person is told about such files, but not about texts or lists.
FOREIGN = {
    ".svg",
    ".heic",
    ".heif",
    ".avif",
    ".jp2",
    ".jxl",
    ".ico",
    ".pdf",
    ".psd",
    ".tga",
    ".eps",
    ".raw",
    ".nef",
    ".cr2",
}
FOREIGN |= {".dng", ".ppm", ".pgm", ".jfif", ".apng"}
# Folders beside the data that a person may link to, colon between them: an ImageFolder made of links is a common thing.
LINKS = "EXPLORER_LINKS"


@dataclass(eq=False)
class FileTree:
    """The files below a folder, with those that cannot be used.

    Attributes:
        root: the folder, all links resolved; nothing outside it is read except folders that ``EXPLORER_LINKS`` names.
        skipped: the files that cannot be used, with the reason.
        seen: number of entries listed so far.
    """

    root: Path
    skipped: list[Skipped] = field(default_factory=list)
    seen: int = 0
    _allowed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._allowed = [str(self.root), *link_targets(self.root)]

    def skip(self, file: str, reason: str) -> None:
        """Add a file to :attr:`skipped`."""
        self.skipped.append(Skipped(printable(file), reason))

    def folders(self, folder: str = "") -> list[str]:
        """Return the sorted names of the folders directly in ``folder``; links are followed where they stay inside the root."""
        found = [entry for entry in self._entries(folder) if _is_folder(entry) and entry.name != "__MACOSX"]
        return sorted(
            entry.name for entry in found if not entry.is_symlink() or self.inside(_below(folder, entry.name))
        )

    def pictures(self, folder: str) -> list[str]:
        """Return the image files at any depth below ``folder``, as paths relative to the root, sorted part by part."""
        found, waiting = [], [folder]
        while waiting:
            current = waiting.pop()
            for entry in self._entries(current):
                name = _below(current, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(name)
                elif self._picture(entry, name):
                    found.append(name)
        return sorted(found, key=lambda name: name.replace("/", "\0"))  # as paths are sorted: no name holds a NUL

    def inside(self, file: str) -> bool:
        """Return whether a path, links resolved, lies below the root; one that does not is added to :attr:`skipped`."""
        real = os.path.realpath(self.root / file)
        if any(os.path.commonpath((real, root)) == root for root in self._allowed):
            return True
        self.skip(file, f"it leads outside the folder; copy the file, or name the folder that it leads to in {LINKS}")
        return False

    def _picture(self, entry: os.DirEntry[str], name: str) -> bool:
        ending = os.path.splitext(entry.name)[1].lower()
        if ending in FOREIGN:
            self.skip(name, f"{ending} is not read; save it as PNG or JPEG")
        if ending not in ENDINGS or entry.name.startswith("._"):  # what macOS writes beside a file
            return False
        if entry.is_symlink():
            return self.inside(name)
        return True

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    self.seen += 1
                    self._check_size()
                    yield entry
        except OSError as error:
            self.skip(folder or ".", f"the folder cannot be read ({error.strerror or error})")

    def _check_size(self) -> None:
        if self.seen >= MOST_FILES:
            raise ExplorerError(f"{self.root} holds {MOST_FILES:,} files or more; give a folder of fewer pictures.")


def link_targets(root: Path) -> list[str]:
    """Return the folders outside ``root`` that its links may lead to: from ``EXPLORER_LINKS`` and :func:`allow_links`."""
    given = [folder for folder in os.environ.get(LINKS, "").split(os.pathsep) if folder]
    try:
        noted = [str(read_manifest(_note(root))["target"])]
    except (DamagedError, KeyError):
        noted = []
    return [os.path.realpath(os.path.expanduser(folder)) for folder in given + noted]


def allow_links(root: Path, target: Path) -> None:
    """Allow the links below ``root``, which the program itself made, to lead into ``target``."""
    write_manifest(_note(root), {"root": str(root), "target": str(target)})


def printable(name: str) -> str:
    """Return a file's name with undecodable bytes replaced, so that it can be encoded as UTF-8."""
    return re.sub("[\ud800-\udfff]", "\ufffd", name)


def _note(root: Path) -> Path:
    return home.data() / "links" / f"{digest(os.fsencode(root))[:24]}.json"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
