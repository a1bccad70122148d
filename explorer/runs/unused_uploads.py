"""Uploads that no run was built on: they stay until somebody asks to remove them."""

import os
import shutil
import time
from pathlib import Path

from explorer.core import home
from explorer.datasets import uploads
from explorer.datasets.archives.archive import ARCHIVES
from explorer.runs.store import built_on

# Whoever sent a file yesterday may build on it today.
SECONDS = 24 * 3600


def leftovers() -> list[Path]:
    """Return the folders of uploads of more than a day ago that no run was built on, and of what was unpacked of them."""
    sent = [path for path in uploads.stored_files() if time.time() - path.parent.stat().st_mtime > SECONDS]
    used = {os.path.realpath(given) for given in built_on()} if sent else set()
    unneeded = sorted({path.parent for path in sent} - {Path(given).parent for given in used})
    if any(given.endswith(ARCHIVES) and uploads.folder().resolve() not in Path(given).parents for given in used):
        return unneeded  # an archive elsewhere may have the same content, and show its pictures from what was unpacked
    unpacked = [home.data() / "archives" / folder.name for folder in unneeded]
    return [*unneeded, *(folder for folder in unpacked if folder.is_dir())]


def size(folders: list[Path]) -> int:
    """Return how many bytes the files of some folders have."""
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def remove() -> None:
    """Remove them."""
    for folder in leftovers():
        shutil.rmtree(folder, ignore_errors=True)
