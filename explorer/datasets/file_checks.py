"""Every file is read and decoded once before it belongs to a data set; what was found is kept until the file changes.

So the pictures of a data set, and with them the id of a run, are decided when it is opened, and no build stops at a broken file.
"""

import os
import stat
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL

from explorer.core import home
from explorer.core.checksums import digest, file_digest, load_array, read_manifest, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.files import lock, save_array
from explorer.core.progress import Progress
from explorer.datasets.picture import MOST_BYTES, MOST_PIXELS, fault

STAGE = "Checking pictures"
# Files a batch: enough to keep all cores busy, few enough for a cancelled check to stop at once.
BATCH = 200
# Batches between two writings of what was found: a kill loses some ten seconds of work.
KEPT = 20
# A file that was written less than two seconds ago may change again without another time: file systems' clocks tick coarsely.
RACY_NS = 2_000_000_000
# Raised whenever a file may be judged otherwise, as a newer Pillow may.
RULES = f"1 {PIL.__version__} {MOST_PIXELS} {MOST_BYTES}"


class FileCheck(NamedTuple):
    """What a file is: the start of its content's SHA-256, or the reason why it cannot be used."""

    id: str
    reason: str = ""


def check_files(root: Path, files: Sequence[str], progress: Progress) -> list[FileCheck]:
    """Return what each file below ``root`` is, in order; none of them has to be read again while it stays as it is."""
    folder = home.data() / "checks" / digest(f"{RULES} {os.fsencode(root)!r}".encode())[:24]
    with lock(folder):
        known = _Known.read(folder)
        found: list[FileCheck] = []
        try:
            with ThreadPoolExecutor(os.cpu_count()) as workers:
                for number, names in enumerate(_parts(files)):
                    progress(STAGE, len(found), len(files))
                    found += workers.map(lambda name: _found(root / name, name, known), names)
                    if number % KEPT == KEPT - 1:
                        known.write(folder)
        finally:
            known.write(folder)
    progress(STAGE, len(files), len(files))
    return found


def stamp(name: str, facts: os.stat_result) -> int:
    """Return a number of 64 bits that is another one whenever a file is replaced or written."""
    # The time of the last change of any kind beside that of the content: the latter can be set by hand.
    said = f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} {facts.st_ino} "
    return int(digest(said.encode() + os.fsencode(name))[:16], 16)


def settled(facts: os.stat_result) -> bool:
    """Return whether a file is old enough for its times to tell every later change."""
    return time.time_ns() - max(facts.st_mtime_ns, facts.st_ctime_ns) > RACY_NS


def _parts(files: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(files), BATCH):
        yield files[start : start + BATCH]


@dataclass(eq=False)
class _Known:
    """What was found before.

    Attributes:
        stamps: ``(n,)`` uint64, sorted: hashes of a file's name, size and times.
        ids: ``(n,)`` uint64, the files' content ids.
        fresh: what was found now and may be kept, by stamp.
    """

    stamps: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    reasons: dict[str, str] = field(default_factory=dict)
    fresh: dict[int, FileCheck] = field(default_factory=dict)

    @staticmethod
    def read(folder: Path) -> "_Known":
        """Return what was kept; nothing where that is damaged."""
        try:
            manifest = read_manifest(folder / "manifest.json")
            kept = load_array(folder / "found.npy", str(manifest["found"]))
            return _Known(np.array(kept[0]), np.array(kept[1]), dict(manifest["reasons"]))
        except (DamagedError, KeyError, ValueError, IndexError):
            return _Known()

    def get(self, stamp: int) -> FileCheck | None:
        """Return what the file of this stamp was found to be."""
        if reason := self.reasons.get(f"{stamp:016x}"):
            return FileCheck("", reason)
        place = int(np.searchsorted(self.stamps, np.uint64(stamp)))
        if place < len(self.stamps) and int(self.stamps[place]) == stamp:
            return FileCheck(f"{int(self.ids[place]):016x}")
        return None

    def write(self, folder: Path) -> None:
        """Keep what is new."""
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


def _found(path: Path, name: str, known: _Known) -> FileCheck:
    """Return what a file is, from what is known of it where it has not changed."""
    try:
        facts = path.stat()
        key = stamp(name, facts)
        found = known.get(key)
        if found is None:
            found = _read(path, facts)
            if settled(facts):
                known.fresh[key] = found
        return found
    except (OSError, ValueError) as error:  # a name may hold what no file's name can
        return FileCheck("", f"it cannot be opened ({getattr(error, 'strerror', None) or error})")


def _read(path: Path, facts: os.stat_result) -> FileCheck:
    if not stat.S_ISREG(facts.st_mode):
        return FileCheck("", "it is no ordinary file")
    if facts.st_size > MOST_BYTES:
        return FileCheck("", f"it has {facts.st_size / 2**20:,.0f} MB; at most {MOST_BYTES // 2**20:,} MB are read")
    content = path.read_bytes()
    reason = fault(content)
    return FileCheck("", reason) if reason else FileCheck(digest(content)[:16])
