"""What results on disk say of single images: rank among the suspects, copies on the other side, groups that stand apart.

Only what was computed before is read, and none of the libraries that computed it are loaded: every page asks.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from explorer.core import home
from explorer.core.checksums import check_file, read_manifest
from explorer.core.errors import DamagedError
from explorer.core.keyed_cache import keyed_cache
from explorer.runs.results.duplicates import VERSION
from explorer.runs.results.paths import AUDIT_VERSION, audit_folder, duplicates_file, groups_file
from explorer.runs.run import Run

# The first of the queue are suspects, this share of all and at least so many; every image has a rank, and most say nothing.
SUSPECTS, FEWEST = 0.02, 20
# Runs whose marks are kept; a dictionary of 10,000 ranks takes 1 MB.
RUNS = 8


@dataclass(frozen=True)
class StoredMarks:
    """What is known of the images of a run, by row of the run.

    Attributes:
        suspects: rank of the first suspects among the training images, from 1.
        train_copies: whether a training image shows exactly what a test image shows, or nearly.
        test_copies: the same of test images.
        groups: number of images in the group of a training image, where the group stands apart.
    """

    suspects: dict[int, int] = field(default_factory=dict)
    train_copies: dict[int, bool] = field(default_factory=dict)
    test_copies: dict[int, bool] = field(default_factory=dict)
    groups: dict[int, int] = field(default_factory=dict)


def stored_marks(run: Run) -> StoredMarks:
    """Return what is on disk now; it is read again when one of the files changes."""
    paths = _paths(str(home.root()), run.id, len(run.test_labels))
    return _read(run.id, tuple((str(path), _changed(path)) for path in paths))


@keyed_cache(RUNS)
def _paths(root: str, run_id: str, tests: int) -> tuple[Path, Path, Path]:
    """Return the files that are read: of the audit that trusts all test images, the duplicates and the groups."""
    audit = audit_folder(run_id, np.arange(tests)) / "manifest.json"
    return audit, duplicates_file(run_id), groups_file(run_id)


def _changed(path: Path) -> int:
    """Return when a file was written, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@keyed_cache(RUNS)
def _read(run_id: str, files: tuple[tuple[str, int], ...]) -> StoredMarks:
    audit, duplicates, groups = (Path(path) if changed else None for path, changed in files)
    train, test = _copies(duplicates)
    return StoredMarks(_suspects(audit), train, test, _groups(groups))


def _content(path: Path | None) -> dict[str, Any]:
    """Return what is in a file of results; nothing where it is missing or damaged."""
    try:
        return read_manifest(path) if path else {}
    except DamagedError:
        return {}


def _suspects(manifest: Path | None) -> dict[int, int]:
    facts = _content(manifest)
    if manifest is None or facts.get("version") != AUDIT_VERSION:
        return {}
    arrays = manifest.with_name("arrays.safetensors")
    try:
        check_file(arrays, facts["checksum_of_arrays"])
    except DamagedError:
        return {}
    order = np.argsort(-load_file(arrays)["score"], kind="stable")
    return {int(row): rank for rank, row in enumerate(order[: max(FEWEST, int(SUSPECTS * len(order)))], 1)}


def _copies(path: Path | None) -> tuple[dict[int, bool], dict[int, bool]]:
    """Return the training and the test images that have a copy on the other side, and whether it is exact."""
    train: dict[int, bool] = {}
    test: dict[int, bool] = {}
    content = _content(path)
    known = content.get("recipe", {}).get("version") == VERSION  # sets of before were chains
    for each in content["sets"] if known else []:
        if each["train"] and each["test"]:
            train |= dict.fromkeys(each["train"], bool(each["exact"]))
            test |= dict.fromkeys(each["test"], bool(each["exact"]))
    return train, test


def _groups(path: Path | None) -> dict[int, int]:
    found: dict[int, int] = {}
    content = _content(path)
    for group in content.get("groups", []):
        if group["separation"] is not None and group["separation"] >= content["recipe"]["gap"]:
            found |= dict.fromkeys(group["rows"], len(group["rows"]))
    return found
