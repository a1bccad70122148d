"""Files of an ending below a folder, and whether pictures lie there as files of their own."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from explorer.datasets.picture import ENDINGS

# Folders below the one that is given in which shards are looked for: ``data/``, or ``default/train/``.
DEPTH = 3
# Entries of a folder that are looked at for pictures.
PEEKED = 5000


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
        with suppress(OSError), os.scandir(current) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and depth < DEPTH and not entry.name.startswith("."):
                    waiting.append((current / entry.name, depth + 1))
                elif entry.name.lower().endswith(ending) and known(entry.name) and entry.is_file(follow_symlinks=False):
                    found.append(current / entry.name)
    return sorted(found)


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
