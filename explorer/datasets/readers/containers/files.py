"""Files of an ending below a folder, and whether pictures lie there as files of their own."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from explorer.datasets.picture import ENDINGS

PICTURES = tuple(ENDINGS)

# Folders below the one that is given in which shards are looked for: ``data/``, or ``default/train/``.
DEPTH = 3
# Entries of a folder that are looked at for pictures.
PEEKED = 5000
# Folders whose other files stay known: each reader asks for its own, one after the other.
KNOWN = 64
# A folder that was changed less than two seconds ago may change again without another time.
RACY_NS = 2_000_000_000


def files_below(folder: Path, ending: str | tuple[str, ...], known: Callable[[str], object] = bool) -> list[Path]:
    """Return files in a folder and a few levels below it, sorted; hidden folders and links are left alone.

    Args:
        folder: that is looked through; it may hold a million pictures, so nothing is made of a file that is not returned.
        ending: of their names, or several.
        known: of their names alone, whether such files are meant.
    """
    found, waiting = [], [(folder, 0)]
    while waiting:
        current, depth = waiting.pop()
        folders, others = _entries(current)
        waiting += [(current / name, depth + 1) for name in folders if depth < DEPTH]
        found += [current / name for name in others if name.lower().endswith(ending) and known(name)]
    return sorted(found)


def _entries(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the folders in a folder and of its files that are called like no picture; read once until it changes."""
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return [], []
    return (_read if time.time_ns() - changed > RACY_NS else _read.__wrapped__)(folder, changed)


@lru_cache(maxsize=KNOWN)
def _read(folder: Path, _: int) -> tuple[list[str], list[str]]:
    folders, others = list[str](), list[str]()
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders += [] if entry.name.startswith(".") else [entry.name]
            elif not entry.name.lower().endswith(PICTURES) and entry.is_file(follow_symlinks=False):
                others.append(entry.name)
    return folders, others


def holds_pictures(folder: Path) -> bool:
    """Return whether there is a picture file among the first entries of a folder: tables and arrays beside pictures are no data set."""
    return picture_count(folder, 1) > 0


def picture_count(folder: Path, most: int) -> int:
    """Return how many picture files are among the first entries of a folder; counting ends where there are ``most``."""
    seen = found = 0
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += sum(os.path.splitext(name)[1].lower() in ENDINGS for name in files)
        if found >= most:
            break
        seen += len(files) + len(folders)
        if seen > PEEKED:
            break
    return found
