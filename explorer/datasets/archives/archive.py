"""Archives (``.zip``, ``.tar``, ``.tar.gz``) of a folder of images, unpacked once into the cache."""

import contextlib
import os
import tarfile
import zipfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from explorer.core import home
from explorer.core.checksums import digest, file_digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, writing_folder
from explorer.core.progress import Progress
from explorer.datasets import file_checks
from explorer.datasets.archives.members import unpack
from explorer.datasets.base import Dataset, Skipped
from explorer.datasets.choices import KEYS, NO_CHOICES, Choices, UnclearError
from explorer.datasets.file_tree import printable
from explorer.datasets.readers.folders.shard_members import is_picture_member, shard_members
from explorer.datasets.readers.layouts import folder_layout

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
# Files of many pictures each, which are read where they lie and not out of an archive.
MANY = (".parquet", ".arrow", ".npz", ".npy", ".mat", "-ubyte", "-ubyte.gz", ".tar", ".zip", ".h5", ".tfrecord")
# Files of a tar that are looked at for such.
PEEKED = 1000
# Raised when members are accepted or refused differently: archives are then unpacked again.
RULES = 3


@dataclass(frozen=True)
class Archive:
    """An archive of images.

    Attributes:
        path: of the archive, which is not changed.
        title: of the data set; the archive's name without its ending where empty.
        choices: of a person, about how it is to be read.
    """

    path: Path
    title: str = ""
    choices: Choices = NO_CHOICES
    chooses: ClassVar[frozenset[str]] = frozenset(KEYS)

    def open(self, progress: Progress) -> Dataset:
        """Return the data set; the archive is unpacked first where it was not before.

        Raises:
            ExplorerError: it cannot be read, would unpack to too much, or holds no data set.
        """
        path = Path(os.path.realpath(os.path.expanduser(self.path)))
        folder = home.data() / "archives" / _checksum(path, progress)
        with lock(folder):
            try:
                manifest = _unpacked_manifest(folder)
            except DamagedError:
                manifest = _unpacked(path, folder, progress)
        refused = [Skipped(file, reason) for file, reason in manifest["skipped"]]
        try:
            title = self.title or path.name.partition(".")[0]
            return folder_layout(
                _inner(folder / "files"), f"{path}{self.choices.written}", title, refused, self.choices
            ).open(progress)
        except ExplorerError as error:  # it names the folder in the cache, which no person has given
            said = str(error).replace(str(folder / "files"), str(path)) + _packed(path)
            raise UnclearError(said, error.offers if isinstance(error, UnclearError) else ()) from error


def _packed(path: Path) -> str:
    """Return what to do with an archive that holds files of many pictures, which are not unpacked; empty where it holds none."""
    names = _members(path)
    pictures = [name for name in names if is_picture_member(name)]
    if said := shard_members([name for name in names if not is_picture_member(name)], pictures):
        return f" {said}"
    found = next((name for name in names if name.lower().endswith(MANY)), "")
    return found and f" It holds {printable(found)[:100]}; unpack it and give the folder."


def _members(path: Path) -> list[str]:
    """Return the names of the first files in a ZIP or in a tar that is not compressed; none where it is neither."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return archive.namelist()
        with tarfile.open(path, "r:") as packed:
            return [member.name for member in islice(packed, PEEKED)]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, tarfile.TarError):
        return []


def _checksum(path: Path, progress: Progress) -> str:
    """Return an archive's SHA-256, read again only where the file has changed."""
    note = home.data() / "checks" / f"{digest(os.fsencode(path))[:24]}.json"
    try:
        stamp = file_checks.stamp(path.name, path.stat())
        with contextlib.suppress(DamagedError):
            if (kept := read_manifest(note))["stamp"] == stamp:
                return str(kept["sha256"])
        progress("Reading the archive", 0, 1)
        found = file_digest(path)
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror or error}.") from error
    progress("Reading the archive", 1, 1)
    if file_checks.settled(path.stat()):
        write_manifest(note, {"stamp": stamp, "sha256": found})
    return found


def _unpacked_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an unpacked archive.

    Raises:
        DamagedError: it was not unpacked by these rules, or files of it are gone.
    """
    manifest = read_manifest(folder / "manifest.json")
    if manifest["rules"] != RULES or _count(folder / "files") != manifest["files"]:
        raise DamagedError(f"{folder} was unpacked by other rules, or files are gone.")
    return manifest


def _unpacked(path: Path, folder: Path, progress: Progress) -> dict[str, Any]:
    with writing_folder(folder) as working:
        (working / "files").mkdir()
        done = unpack(path, working / "files", progress)
        skipped = [[one.file, one.reason] for one in done.skipped]
        write_manifest(working / "manifest.json", {"rules": RULES, "files": done.files, "skipped": skipped})
    return _unpacked_manifest(folder)


def _count(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))


def _inner(folder: Path) -> Path:
    """Return the folder that holds the data set: a folder that contains only one other folder is skipped."""
    while len(names := os.listdir(folder)) == 1 and (folder / names[0]).is_dir():
        folder = folder / names[0]
    return folder
