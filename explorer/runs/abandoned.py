"""What builds and retrainings that were killed have left to go on with: it stays for a day, then it goes."""

import shutil
import time
from contextlib import suppress
from itertools import chain
from pathlib import Path

from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.core.files import lock

# Whoever was stopped yesterday may go on today.
SECONDS = 24 * 3600
BUILD, AGAIN = ".work-", ".again-"


def remove_abandoned() -> None:
    """Remove the states of trainings whose runs never came to be, and other working folders, that nobody has worked on for a day."""
    recordings = ((path, home.runs() / path.name) for path in (home.root() / "recordings").glob("[0-9a-f]*"))
    builds = ((path, home.runs() / path.name.removeprefix(BUILD)) for path in home.runs().glob(f"{BUILD}*"))
    trainings = ((path, path) for path in home.runs().glob(f"{AGAIN}*"))
    for folder, holder in chain(recordings, builds, trainings):
        if _is_abandoned(folder):
            # whoever holds the lock is at work
            with suppress(ExplorerError, OSError), lock(holder, seconds=0):
                if _is_abandoned(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    if folder.parent != home.runs() and (home.runs() / folder.name / "manifest.json").exists():
        return False
    with suppress(OSError):
        return time.time() - folder.stat().st_mtime > SECONDS
    return False
