"""Readers of the members of ZIP and tar archives, whose memory and time are bounded by the archive's size."""

import contextlib
import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress
from explorer.datasets.archives.extraction import (
    BLOCK,
    STAGE,
    Damage,
    Extraction,
    Member,
    check_room,
    check_total,
    is_wanted,
    refusal,
)

# Entries of a ZIP, whose directory is read into memory whole, half a kilobyte each; a tar is read member by member.
MOST_FILES = 3_000_000
# What stands before each entry of a ZIP's directory.
ENTRY = b"PK\1\2"
GZIP = b"\x1f\x8b"
# A tar may say of a file's name that it has gigabytes; they would be read into memory.
MOST_HEADER = 2**20
HEADERS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
# What reading a damaged archive raises: RuntimeError where a ZIP is encrypted, NotImplementedError where it is packed in a
# way that Python does not know, ValueError where a number of its headers is none. An OSError counts only where the operating
# system did not send it.
BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)


def unpack(archive: Path, folder: Path, progress: Progress) -> Extraction:
    """Write the images of ``archive`` below ``folder`` and return what was written and refused.

    Raises:
        ExplorerError: it cannot be read, holds too many files or would become too large.
    """
    unpacking = Extraction(archive, folder)
    try:
        (_from_zip if archive.suffix.lower() == ".zip" else _from_tar)(unpacking, progress)
    except Damage as error:
        raise ExplorerError(
            f"{archive} is cut short or damaged, or no archive as its name says ({error}); fetch or pack it again."
        ) from error
    return unpacking


def _from_zip(unpacking: Extraction, progress: Progress) -> None:
    archive = unpacking.archive
    _check_entries(archive)
    with _readable(), zipfile.ZipFile(archive) as opened:
        infos = [info for info in opened.infolist() if not info.is_dir()]
        members = [_zip_member(opened, info) for info in infos]
        total = sum(member.size for member in members if is_wanted(member.name) and not refusal(member))
        check_total(archive, total)
        check_room(unpacking.folder, total)
        unpacking.take(iter(members), progress, lambda: (unpacking.files, len(members)))
    progress(STAGE, len(members), len(members))


def _check_entries(archive: Path) -> None:
    """Refuse a ZIP of too many entries before its directory is read into memory; its own count may lie."""
    entries, last = 0, b""
    with archive.open("rb") as stream:
        while block := stream.read(16 * BLOCK):
            entries += (last + block).count(ENTRY)
            last = block[-len(ENTRY) + 1 :]
    if entries >= MOST_FILES:
        raise ExplorerError(f"{archive} holds {MOST_FILES:,} files or more; give an archive of fewer.")


def _zip_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    refused = "it is encrypted; pack it without a password" if info.flag_bits & 1 else ""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        refused = "it is a link or a device, which is never made"
    return Member(info.filename, info.file_size, refused, lambda: _blocks(lambda: opened.open(info)))


def _from_tar(unpacking: Extraction, progress: Progress) -> None:
    archive = unpacking.archive
    size = archive.stat().st_size
    with archive.open("rb") as raw, _readable():
        packed = raw.read(2) == GZIP
        raw.seek(0)
        # Read as a stream, from beginning to end: what is skipped is counted, too.
        source: Any = _BoundedStream(archive, gzip.GzipFile(fileobj=raw) if packed else raw)
        with tarfile.open(fileobj=source, mode="r|", tarinfo=_Header) as opened:
            unpacking.take(_tar_members(opened), progress, lambda: (raw.tell(), size))
    progress(STAGE, size, size)


def _tar_members(opened: tarfile.TarFile) -> Iterator[Member]:
    while (info := opened.next()) is not None:
        # A million of them would take more than a gigabyte.
        opened.members.clear()  # type: ignore[attr-defined]  # missing in typeshed
        if info.isdir():
            continue
        refused = (
            "" if info.isreg() and not info.issparse() else "it is a link, a device or sparse, which is never made"
        )
        yield Member(info.name, info.size, refused, partial(_blocks, partial(opened.extractfile, info)))


def _blocks(opening: Callable[[], IO[bytes] | None]) -> Iterator[bytes]:
    """Yield the content of a member."""
    with _readable():
        stream = opening()
        while stream and (block := stream.read(BLOCK)):
            yield block


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Turn what damaged archives raise into :class:`Damage`; what the operating system says of a disk stays as it is."""
    try:
        yield
    except BROKEN as error:
        raise Damage(" ".join(str(error).split()) or "its content is damaged") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise Damage(str(error)) from error


class _Header(tarfile.TarInfo):
    """A member's header; extension headers may not be large, and no size may be negative."""

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        if self.size < 0 or (self.type in HEADERS and self.size > MOST_HEADER):
            raise tarfile.ReadError("a header of an impossible size")
        # There is no public place before a header's content is read into memory; test_hostile_archives.py holds this one.
        return super()._proc_member(archive)  # type: ignore[misc]  # not public, so missing in typeshed


@dataclass(eq=False)
class _BoundedStream:
    """A stream that counts its bytes and raises where an archive unpacks to too many."""

    archive: Path
    stream: Any
    count: int = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        block = self.stream.read(size)
        self.count += len(block)
        check_total(self.archive, self.count)
        return block
