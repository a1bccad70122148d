"""Extraction of an archive's members below one folder and nowhere else; each member that is refused has a reason.

No library extracts anything: each member that may be an image is copied to a path that is composed here. Links,
devices and whatever else an archive may hold are never made.
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from explorer.core import home
from explorer.core.checksums import digest
from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.core.progress import Progress
from explorer.datasets.base import Skipped
from explorer.datasets.file_tree import FOREIGN, MOST_FILES, printable, why_not
from explorer.datasets.picture import ENDINGS, MOST_BYTES

STAGE = "Extraction"
# Files that may say the labels.
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".manifest", ".lst", ".json", ".txt", ".xml")
# More than a million pictures of 50 kB, which no two cores will ever see; a person's disk is not filled by mistake.
MOST_UNPACKED = 50 * 2**30
# Pictures are compressed already: real archives unpack to one to three times their size, drawings in BMP to fifty times.
# An archive that would become a hundred times as large, and is no trifle then, is made to fill a disk.
MOST_RATIO, TRIFLE = 100, 100 * 2**20
# Bytes of a name and of a path; Linux allows 255 and 4,096. What is longer gets a shorter name that ends in a hash.
LONGEST_NAME, LONGEST_PATH = 240, 1000
BLOCK = 2**20
# What the operating system says of a place that the archive has made impossible; anything else, such as a full disk, is fatal.
IMPOSSIBLE = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}


class Damage(Exception):
    """A member, or the rest of an archive, cannot be read."""


class Member(NamedTuple):
    """One file of an archive.

    Attributes:
        name: its path, as the archive writes it.
        size: in bytes, as the archive claims.
        refusal: why it is no ordinary file; empty where it is one.
        blocks: returns an iterator over its content, which raises :class:`Damage` where it cannot be read.
    """

    name: str
    size: int
    refusal: str
    blocks: Callable[[], Iterator[bytes]]


@dataclass(eq=False)
class Extraction:
    """The extraction of one archive, with what was written so far.

    Attributes:
        archive: the file.
        folder: where members are written.
        skipped: the members that were refused, with the reason.
        files: number of members written; ``size`` their bytes together.
    """

    archive: Path
    folder: Path
    skipped: list[Skipped] = field(default_factory=list)
    files: int = 0
    size: int = 0
    _taken: set[str] = field(default_factory=set)

    def take(self, members: Iterator[Member], progress: Progress, of: Callable[[], tuple[int, int]]) -> None:
        """Write all members that may be images.

        Args:
            members: of the archive.
            progress: called every hundred members.
            of: returns how far the archive is read, and its whole length.

        Raises:
            ExplorerError: there are too many, or they become too large.
        """
        for number, member in enumerate(members):
            if number + 1 >= MOST_FILES:
                raise ExplorerError(f"{self.archive} holds {MOST_FILES:,} files or more; give an archive of fewer.")
            if number % 100 == 0:
                progress(STAGE, *of())
            if is_wanted(member.name):
                self._take(member)

    def _take(self, member: Member) -> None:
        reason, place = refusal(member), _place(member.name)
        if not reason and place in self._taken:
            reason = "the archive holds it twice"
        if not reason:
            self._taken.add(place)
            reason = self._write(member, self.folder / place)
        if reason:
            self.skipped.append(Skipped(printable(member.name), reason))

    def _write(self, member: Member, path: Path) -> str:
        """Write one member; return the reason where that failed, else an empty text."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as target:
                self._copy(member.blocks(), target)
            self.files += 1
            return ""
        except Damage as error:
            path.unlink()
            return f"it cannot be unpacked ({error})"
        except OSError as error:
            if error.errno not in IMPOSSIBLE:
                raise
            return f"its place is taken or cannot be written ({error.strerror})"

    def _copy(self, blocks: Iterator[bytes], target: IO[bytes]) -> None:
        written = 0
        for block in blocks:
            written += len(block)
            self.size += len(block)
            if written > MOST_BYTES:
                raise Damage(f"it has more than {MOST_BYTES // 2**20} MB, though the archive says less")
            check_total(self.archive, self.size)
            target.write(block)


def is_wanted(name: str) -> bool:
    """Return whether a member is an image, an unsupported image (which is reported) or a list; side files of macOS are not."""
    path = PurePosixPath(name.replace("\\", "/"))
    ending = path.suffix.lower()
    known = (
        ending in ENDINGS
        or ending in FOREIGN
        or ending in TABLES
        or not ending.strip(".0123456789")
        or ending.startswith(tuple(ENDINGS))
    )
    return known and "__MACOSX" not in path.parts and not path.name.startswith("._")


def refusal(member: Member) -> str:
    """Return the reason why a member is not written; empty where it is."""
    name = member.name.replace("\\", "/")
    ending = PurePosixPath(name).suffix.lower()
    if ".." in name.split("/") or name.startswith("/") or re.match("[A-Za-z]:", name):
        return "its path leads outside the archive"
    if "\0" in name or len(os.fsencode(_place(name))) > LONGEST_PATH:
        return "its path is no path, or too long"
    if ending in FOREIGN:
        return why_not(name)
    if member.size > MOST_BYTES:
        return f"it would have {member.size / 2**20:,.0f} MB; at most {MOST_BYTES // 2**20} MB are read"
    return member.refusal


def check_total(archive: Path, total: int) -> None:
    """Check that an archive does not unpack to too many bytes.

    Raises:
        ExplorerError: ``total`` is above ``MOST_UNPACKED``, or too large for the size of the archive.
    """
    size = archive.stat().st_size
    if total > MOST_UNPACKED:
        raise ExplorerError(
            f"{archive} would unpack to more than {MOST_UNPACKED / 2**30:.0f} GB; give a smaller archive, or a folder."
        )
    if total > max(TRIFLE, MOST_RATIO * size):
        raise ExplorerError(
            f"{archive} has {size / 2**20:,.1f} MB and would unpack to more than {MOST_RATIO} times as much, as no archive of "
            "pictures does; unpack it yourself where you trust it, and give the folder."
        )


def check_room(folder: Path, total: int) -> None:
    """Check that the disk has ``total`` bytes free.

    Raises:
        ExplorerError: it has fewer.
    """
    free = shutil.disk_usage(folder).free
    if total > free:
        raise ExplorerError(
            f"Unpacking needs {megabytes(total)}, and the disk of {home.root()} has {megabytes(free)} left; free some space, or "
            "set EXPLORER_HOME to a folder on another disk."
        )


def _place(name: str) -> str:
    """Return the path below the folder that a member is written to; names that a disk cannot hold are shortened."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(_fitting(part) for part in parts)


def _fitting(part: str) -> str:
    content = os.fsencode(part) if not _strange(part) else part.encode("utf-8", "replace")
    if len(content) <= LONGEST_NAME and not _strange(part):
        return part
    stem, ending = os.path.splitext(part)
    kept = stem.encode("utf-8", "replace")[: LONGEST_NAME - 40].decode("utf-8", "ignore")
    return f"{kept}~{digest(content)[:8]}{ending[:20]}"


def _strange(part: str) -> bool:
    """Return whether a name holds characters that no file system accepts."""
    return any("\ud800" <= letter <= "\udc7f" or "\udd00" <= letter <= "\udfff" for letter in part)
