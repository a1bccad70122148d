"""Checks of image files: each is read and decoded once, and the result is cached until the file changes.

So the images of a data set, and with them the id of a run, are fixed when it is opened, and no build stops at a broken file.
"""

import os
import stat
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL

from explorer.core import home
from explorer.core.checksums import digest, file_digest, load_array, read_manifest, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.files import lock, save_array
from explorer.core.progress import Progress
from explorer.core.scale import shard_rows, sharded
from explorer.datasets.picture import ENDINGS, MOST_BYTES, MOST_PIXELS, fault

STAGE = "Checking pictures"
# Files a batch: enough to keep all cores busy, few enough for a cancelled check to stop at once.
BATCH = 200
# Batches between two writings of the results: a kill loses some ten seconds of work.
KEPT = 20
# A file that was written less than two seconds ago may change again without another time: file systems' clocks tick coarsely.
RACY_NS = 2_000_000_000
# Raised whenever a file may be judged otherwise, as a newer Pillow may.
RULES = f"2 {PIL.__version__} {MOST_PIXELS} {MOST_BYTES} {' '.join(sorted(ENDINGS))}"


class FileCheck(NamedTuple):
    """Result of a check: the first 16 hexadecimal digits of the content's SHA-256, or the reason why it cannot be used."""

    id: str
    reason: str = ""


class Checks(NamedTuple):
    """Results of the checks of some pictures, as columns of one length: content ids, and reasons, empty where there is none."""

    ids: Sequence[str]
    reasons: Sequence[str]


def check_files(root: Path, files: Sequence[str], progress: Progress) -> list[FileCheck]:
    """Return the check of each file, in order; files that have not changed since their last check are not read.

    Of many files worker processes read some thousand at a time, and decode only what does not begin and end as a whole picture
    does; the others are decoded for their features, once.

    Args:
        root: the folder that ``files`` are relative to.
        files: the paths.
        progress: called after each batch.
    """
    many = sharded(len(files))
    folder = home.data() / "checks" / digest(f"{RULES} {many or ''}{os.fsencode(root)!r}".encode())[:24]
    with lock(folder):
        cache = _ResultCache.read(folder)
        try:
            checks = (_by_workers if many else _in_threads)(root, files, cache, folder, progress)
        finally:
            cache.write(folder)
    progress(STAGE, len(files), len(files))
    return checks


def _in_threads(
    root: Path, files: Sequence[str], cache: "_ResultCache", folder: Path, progress: Progress
) -> list[FileCheck]:
    checks: list[FileCheck] = []
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        for number, names in enumerate(_parts(files, BATCH)):
            progress(STAGE, len(checks), len(files))
            checks += workers.map(lambda name: _check(str(root), name, cache), names)
            if number % KEPT == KEPT - 1:
                cache.write(folder)
    return checks


def _by_workers(
    root: Path, files: Sequence[str], cache: "_ResultCache", folder: Path, progress: Progress
) -> list[FileCheck]:
    from explorer.engine import Processes  # SciPy, which a small data set does not need

    parts, checks, done = list(_parts(files, shard_rows())), dict[int, list[FileCheck]](), 0
    progress(STAGE, 0, len(files))
    with Processes() as workers:
        for place, (found, fresh) in workers.calls([(check_part, (str(root), part, str(folder))) for part in parts]):
            checks[place] = found
            cache.fresh |= fresh
            cache.write(folder)
            done += len(found)
            progress(STAGE, done, len(files))
    return [check for place in range(len(parts)) for check in checks[place]]


def check_part(root: str, files: Sequence[str], folder: str) -> tuple[list[FileCheck], dict[int, FileCheck]]:
    """Return the checks of some of many files, and those of them that are new, by stamp; in a process of its own.

    Args:
        root: the folder that ``files`` are relative to.
        files: the paths.
        folder: where the results of earlier checks are kept.
    """
    cache = replace(_known(folder), fresh={})
    return [_check(root, name, cache, decode=False) for name in files], cache.fresh


@lru_cache(maxsize=1)
def _known(folder: str) -> "_ResultCache":
    """Return what was kept when this process began to work on a folder."""
    return _ResultCache.read(Path(folder))


def stamp(name: str, facts: os.stat_result) -> int:
    """Return a 64-bit hash of a file's name, size, times and inode, which changes whenever it is written or replaced."""
    # The time of the last change of any kind beside that of the content: the latter can be set by hand.
    parts = f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino} "
    return int(digest(parts.encode() + os.fsencode(name))[:16], 16)


def settled(facts: os.stat_result) -> bool:
    """Return whether a file was last changed long enough ago for its times to show every later change."""
    return time.time_ns() - max(facts.st_mtime_ns, facts.st_ctime_ns) > RACY_NS


def _parts(files: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(files), size):
        yield files[start : start + size]


@dataclass(eq=False)
class _ResultCache:
    """The cached results of one folder.

    Attributes:
        stamps: ``(n,)`` uint64, sorted: hashes of a file's name, size and times.
        ids: ``(n,)`` uint64, the files' content ids, in the order of ``stamps``.
        reasons: of files that cannot be used, by stamp.
        fresh: new results that are not written yet, by stamp.
    """

    stamps: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    reasons: dict[str, str] = field(default_factory=dict)
    fresh: dict[int, FileCheck] = field(default_factory=dict)

    @staticmethod
    def read(folder: Path) -> "_ResultCache":
        """Return the cached results below ``folder``; none where they are missing or damaged."""
        try:
            manifest = read_manifest(folder / "manifest.json")
            kept = load_array(folder / "found.npy", str(manifest["found"]))
            return _ResultCache(np.array(kept[0]), np.array(kept[1]), dict(manifest["reasons"]))
        except (DamagedError, KeyError, ValueError, IndexError):
            return _ResultCache()

    def get(self, stamp: int) -> FileCheck | None:
        """Return the result for the file of this stamp, None where there is none."""
        if self.reasons and (reason := self.reasons.get(f"{stamp:016x}")):
            return FileCheck("", reason)
        if not len(self.stamps):
            return None
        place = int(np.searchsorted(self.stamps, np.uint64(stamp)))
        if place < len(self.stamps) and int(self.stamps[place]) == stamp:
            return FileCheck(f"{int(self.ids[place]):016x}")
        return None

    def write(self, folder: Path) -> None:
        """Write all results if there are new ones."""
        if not self.fresh:
            return
        fresh, self.fresh = self.fresh, {}
        self.reasons |= {f"{stamp:016x}": found.reason for stamp, found in fresh.items() if found.reason}
        good = {stamp: int(found.id, 16) for stamp, found in fresh.items() if not found.reason}
        stamps = np.concatenate([self.stamps, np.fromiter(good, dtype=np.uint64, count=len(good))])
        ids = np.concatenate([self.ids, np.fromiter(good.values(), dtype=np.uint64, count=len(good))])
        order = np.argsort(stamps)
        self.stamps, self.ids = stamps[order], ids[order]
        save_array(folder / "found.npy", np.stack([self.stamps, self.ids]))
        write_manifest(folder / "manifest.json", {"found": file_digest(folder / "found.npy"), "reasons": self.reasons})


def _check(root: str, name: str, cache: _ResultCache, decode: bool = True) -> FileCheck:
    """Return the check of one file, from the cache where the file has not changed."""
    path = os.path.join(root, name)
    try:
        facts = os.stat(path)
        key = stamp(name, facts)
        result = cache.get(key)
        if result is None:
            result = _read(path, facts, decode)
            if settled(facts):
                cache.fresh[key] = result
        return result
    except (OSError, ValueError) as error:  # a name may hold what no file's name can
        return FileCheck("", f"it cannot be opened ({getattr(error, 'strerror', None) or error})")


def _read(path: str, facts: os.stat_result, decode: bool) -> FileCheck:
    if not stat.S_ISREG(facts.st_mode):
        return FileCheck("", "it is no ordinary file")
    if facts.st_size > MOST_BYTES:
        return FileCheck("", f"it has {facts.st_size / 2**20:,.0f} MB; at most {MOST_BYTES // 2**20:,} MB are read")
    with open(path, "rb", buffering=0) as stream:
        content = stream.read()
    reason = fault(content, decode)
    return FileCheck("", reason) if reason else FileCheck(digest(content)[:16])
