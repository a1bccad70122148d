"""Where everything that is fetched or computed lies: one folder, moved by ``EXPLORER_HOME``."""

import os
from pathlib import Path

import platformdirs


def root() -> Path:
    """Return the folder that holds ``data/``, ``weights/``, ``runs/`` and ``explorer.sqlite``."""
    given = os.environ.get("EXPLORER_HOME")
    return Path(given).expanduser().resolve() if given else Path(platformdirs.user_cache_dir("influence-explorer"))


def data() -> Path:
    """Return the folder of fetched and drawn data sets."""
    return root() / "data"


def weights() -> Path:
    """Return the folder of fetched network weights."""
    return root() / "weights"


def features() -> Path:
    """Return the folder of raw features, kept by what determines them, in shards."""
    return root() / "data" / "features"


def runs() -> Path:
    """Return the folder of finished runs, one folder an id."""
    return root() / "runs"


def database() -> Path:
    """Return the path of the SQLite file of jobs, trials and edits."""
    return root() / "explorer.sqlite"
