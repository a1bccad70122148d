"""Homes of the program for tests: the drawn run, nothing that another test did, and data that is drawn once for all."""

import shutil
from pathlib import Path

# What one test leaves beside the data must not be met by another; whatever else lies there depends on its content alone.
OWN = {"uploads", "checks", "archives"}


def furnish(there, known, run_id):
    """Copy a run of the home ``known`` into the home ``there`` as its default run, and lead to the data of ``known``."""
    (there / "runs/names").mkdir(parents=True)
    shutil.copytree(known / "runs" / run_id, there / "runs" / run_id)
    (there / "runs/names/default").write_text(run_id)
    lead(there, known)
    return there


def lead(there, known):
    """Let the home ``there`` have the data sets and features of the home ``known``."""
    (there / "data").mkdir(parents=True)
    for path in (known / "data").iterdir():
        if path.name not in OWN and not path.name.startswith("."):
            (there / "data" / path.name).symlink_to(Path(path).resolve())
