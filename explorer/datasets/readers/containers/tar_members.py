"""Files inside a tar file, by key, from its headers alone; ``tarfile``, which reads every field of each, takes ten times as long.

Nearly all shards hold nothing but files and folders with names of up to 100 bytes (POSIX.1-1988, ustar), and only those are known
here. A tar file with anything else, or with a header whose checksum differs, is left to ``tarfile``.
"""

import mmap
import tarfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from explorer.core.errors import ExplorerError

# Tar files that stay mapped into memory.
OPEN = 32
# Bytes of a header, and of what a member's content is filled up to.
BLOCK = 512
# Headers that are looked at together.
PIECE = 8_192
# Where the fields stand that are looked at.
NAME, SIZE, CHECKSUM, MAGIC, PREFIX = slice(100), slice(124, 135), slice(148, 154), slice(257, 262), 345
KIND, FILE, FOLDER = 156, ord("0"), ord("5")


class Member(NamedTuple):
    """A file inside a shard: its key, ending, offset and size in bytes."""

    key: str
    ending: str
    offset: int
    size: int


@lru_cache(maxsize=OPEN)
def mapped(path: Path) -> memoryview:
    """Return a file's content, which stays on disk until it is read."""
    with path.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def member(info: tarfile.TarInfo) -> Member:
    """Return a file of ``tarfile``'s."""
    return _member(info.name, info.offset_data, info.size)


def grouped(path: Path) -> dict[str, list[Member]]:
    """Return the members of a shard by key.

    Raises:
        ExplorerError: the shard is damaged.
    """
    found: dict[str, list[Member]] = {}
    try:
        plain = plain_members(mapped(path))
        for one in _members(path) if plain is None else plain:
            found.setdefault(one.key, []).append(one)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise ExplorerError(f"{path} is no whole tar file ({error}); copy it again, or decompress it first.") from error
    return found


def plain_members(content: memoryview) -> list[Member] | None:
    """Return the files in a tar file that holds plain ones and folders alone; None where it holds anything else."""
    places = _places(content)
    blocks = np.frombuffer(content, dtype=np.uint8)[: len(content) // BLOCK * BLOCK].reshape(-1, BLOCK)
    found: list[Member] = []
    for start in range(0, len(places or ()), PIECE):
        piece = np.array(places[start : start + PIECE]) if places else np.empty(0)
        heads = blocks[piece[:, 0] // BLOCK]
        if not _are_plain(heads):
            return None
        names = np.ascontiguousarray(heads[:, NAME]).view("S100")[:, 0].tolist()
        files = (heads[:, KIND] == FILE).tolist()
        for name, (place, size), is_file in zip(names, piece.tolist(), files, strict=True):
            if is_file:
                found.append(_member(name.split(b"\0")[0].decode("utf-8", "surrogateescape"), place + BLOCK, size))
    return found if places else None


def _members(path: Path) -> Iterator[Member]:
    """Yield what ``tarfile`` finds in a tar file; of sparse files the bytes do not lie one behind the other."""
    size = path.stat().st_size
    with tarfile.open(path, "r:") as archive:
        for info in archive:
            vars(archive)["members"] = []  # tarfile keeps every member, half a kilobyte each
            if info.isreg() and not info.issparse() and info.offset_data + info.size <= size:
                yield member(info)


def _places(content: memoryview) -> list[tuple[int, int]] | None:
    """Return where each header is, and the size that it states; None where they do not follow one another to the end."""
    found, place, end = [], 0, len(content)
    while place + BLOCK <= end and content[place]:
        try:
            size = int(content[place + SIZE.start : place + SIZE.stop].tobytes(), 8)
        except ValueError:  # of 8 GB or more, or no header
            return None
        found.append((place, size))
        place += BLOCK + -(-size // BLOCK) * BLOCK
        if size < 0 or place > end:
            return None
    return found if place == end or not any(content[place : place + BLOCK]) else None


def _are_plain(heads: np.ndarray) -> bool:
    """Return whether headers ``(m, 512)`` are those of files, and of folders without content, with their checksums and short names."""
    digits = heads[:, CHECKSUM].astype(np.int64) - ord("0")
    stated = digits @ 8 ** np.arange(digits.shape[1])[::-1]
    # eight blanks stand for the checksum while it is computed
    found = heads.sum(axis=1, dtype=np.int64) - heads[:, 148:156].sum(axis=1, dtype=np.int64) + 8 * ord(" ")
    sizes = heads[heads[:, KIND] == FOLDER][:, SIZE]
    return bool(
        np.isin(heads[:, KIND], (FILE, FOLDER)).all()
        and (heads[:, MAGIC] == np.frombuffer(b"ustar", np.uint8)).all()
        and not heads[:, PREFIX].any()
        and ((digits >= 0) & (digits < 8)).all()
        and np.array_equal(stated, found)
        and np.isin(sizes, [*b"0 \0"]).all()
    )


def _member(name: str, offset: int, size: int) -> Member:
    folder, _, file = name.rpartition("/")
    stem, _, ending = file.partition(".")
    return Member(f"{folder}/{stem}" if folder else stem, ending.lower(), offset, size)
