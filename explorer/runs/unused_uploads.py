"""Uploads that are kept: which runs need each, and the removal of those that none needs. They stay until somebody asks."""

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.core import home
from explorer.core.errors import ExplorerError, unknown
from explorer.datasets import uploads
from explorer.datasets.archives.archive import ARCHIVES
from explorer.datasets.choices import parted
from explorer.runs import jobs, store

# Whoever sent a file yesterday may build on it today.
SECONDS = 24 * 3600
# So many letters of an upload's digest tell it from all others.
LETTERS = 12


@dataclass(frozen=True)
class KeptUpload:
    """A file that somebody sent.

    Attributes:
        key: first letters of the digest of its content, by which it is named where names are equal.
        name: what it was called in the browser.
        path: where it lies.
        size: bytes on disk, with what was unpacked of it.
        sent: when, the last time, seconds since 1970.
        runs: names of the runs that were built on it; ids where they have none.
    """

    key: str
    name: str
    path: Path
    size: int
    sent: float
    runs: tuple[str, ...]


def kept_uploads() -> list[KeptUpload]:
    """Return all uploads, the latest first."""
    users = _users()
    found = [
        KeptUpload(
            path.parent.name[:LETTERS],
            uploads.given_name(path) or path.name,
            path,
            size(_with_unpacked([path.parent], users)),
            path.parent.stat().st_mtime,
            tuple(users.get(str(path), ())),
        )
        for path in uploads.stored_files()
    ]
    return sorted(found, key=lambda upload: -upload.sent)


def remove_uploads(names: Sequence[str]) -> list[KeptUpload]:
    """Remove uploads by name or key, all or none, with what was unpacked of them, and return what they were.

    Raises:
        ExplorerError: there is no such upload, several are called so, or a run or a work in the queue needs one.
    """
    known = kept_uploads()
    going = [_named(name, known) for name in names]
    users = _users()
    for upload in going:
        _check_unneeded(upload)
    for upload in going:
        for folder in _with_unpacked([upload.path.parent], users):
            shutil.rmtree(folder, ignore_errors=True)
    return going


def leftovers() -> list[Path]:
    """Return the folders of uploads of more than a day ago that no run was built on, and of what was unpacked of them."""
    sent = [path for path in uploads.stored_files() if time.time() - path.parent.stat().st_mtime > SECONDS]
    users = _users() if sent else {}
    return _with_unpacked(sorted({path.parent for path in sent} - {Path(given).parent for given in users}), users)


def size(folders: list[Path]) -> int:
    """Return how many bytes the files of some folders have."""
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def remove() -> None:
    """Remove what :func:`leftovers` names."""
    for folder in leftovers():
        shutil.rmtree(folder, ignore_errors=True)


def _users() -> dict[str, list[str]]:
    """Return for each file or folder that runs were built on, by its real path, what the runs are called."""
    names: dict[str, list[str]] = defaultdict(list)
    users: dict[str, list[str]] = defaultdict(list)
    for name, run_id in store.names().items():
        names[run_id].append(name)
    for run_id, sources in store.sources_of_runs().items():
        for source in filter(None, sources):
            users[os.path.realpath(parted(source)[0])] += names.get(run_id) or [run_id]
    return users


def _with_unpacked(folders: list[Path], users: Mapping[str, Sequence[str]]) -> list[Path]:
    """Return folders of uploads, with those that hold what was unpacked of them, unless runs may show pictures from there."""
    if any(given.endswith(ARCHIVES) and uploads.folder().resolve() not in Path(given).parents for given in users):
        return folders  # an archive elsewhere may have the same content, and show its pictures from what was unpacked
    unpacked = [home.data() / "archives" / folder.name for folder in folders]
    return [*folders, *(folder for folder in unpacked if folder.is_dir())]


def _named(name: str, known: Sequence[KeptUpload]) -> KeptUpload:
    found = [upload for upload in known if name in (upload.key, upload.name)]
    if not found:
        raise unknown("upload", name, [upload.name for upload in known])
    if len(found) > 1:
        keys = " or ".join(upload.key for upload in found)
        raise ExplorerError(f"{len(found)} uploads are called {name!r}; name one by its key: {keys}.")
    return found[0]


def _check_unneeded(upload: KeptUpload) -> None:
    if upload.runs:
        raise ExplorerError(
            f"{upload.name} is needed by the run {', '.join(upload.runs)}, which shows its pictures; delete that on Data and models first."
        )
    if any(str(upload.path) in word for job in jobs.jobs() if job.state in jobs.ACTIVE for word in job.argv):
        raise ExplorerError(f"{upload.name} is being checked or built on; cancel that, or wait until it is done.")
