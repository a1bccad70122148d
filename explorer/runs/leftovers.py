"""Uploads that no run was built on: they stay until somebody asks to remove them."""

import os
import shutil
import time
from pathlib import Path

from explorer import home
from explorer.datasets import uploads
from explorer.runs.store import built_on

# Whoever sent a file yesterday may build on it today.
SECONDS = 24 * 3600


def leftovers() -> list[Path]:
    """Return the folders of uploads of more than a day ago that no run was built on, and of what was unpacked of them."""
    sent = [path for path in uploads.stored() if time.time() - path.parent.stat().st_mtime > SECONDS]
    used = {os.path.realpath(given) for given in built_on()} if sent else set()
    unneeded = [path.parent for path in sent if str(path) not in used]
    unpacked = [home.data() / "archives" / folder.name for folder in unneeded]
    return [*unneeded, *(folder for folder in unpacked if folder.is_dir())]


def size(folders: list[Path]) -> int:
    """Return how many bytes the files of some folders have."""
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def remove() -> None:
    """Remove them; an archive of the same content elsewhere is unpacked again when it is needed."""
    for folder in leftovers():
        shutil.rmtree(folder, ignore_errors=True)
