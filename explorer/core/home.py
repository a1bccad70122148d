"""Paths of all that is fetched or computed: one folder, which ``EXPLORER_HOME`` sets."""

import os
from functools import lru_cache
from pathlib import Path

import platformdirs


def root() -> Path:
    """Return the home folder: ``EXPLORER_HOME``, or the user's cache folder. It holds all the others."""
    given = os.environ.get("EXPLORER_HOME")
    return (
        _resolved(Path(given).expanduser().absolute())
        if given
        else Path(platformdirs.user_cache_dir("influence-explorer"))
    )


# A page asks eighty times for the home, and each look at the links of a path is a call of the system for each of its folders.
@lru_cache(maxsize=8)
def _resolved(path: Path) -> Path:
    return path.resolve()


def data() -> Path:
    """Return the folder of fetched and drawn data sets."""
    return root() / "data"


def weights() -> Path:
    """Return the folder of fetched network weights."""
    return root() / "weights"


def features() -> Path:
    """Return the folder of raw features, in shards, by the digest of what determines them."""
    return root() / "data" / "features"


def runs() -> Path:
    """Return the folder of finished runs: one folder for each run id."""
    return root() / "runs"


def database() -> Path:
    """Return the path of the SQLite file with jobs, trials and edits."""
    return root() / "explorer.sqlite"
