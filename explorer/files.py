"""Files that are either whole or not there: atomic writes, checksums, locks between processes."""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from explorer.errors import DamagedError, ExplorerError

# Another process that fetches 140 MB on a slow line may hold a lock this long; after that something is wrong.
LOCK_SECONDS = 3600.0
# What the operating system says when a place cannot be written; anything else is another matter.
REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EIO}
REFUSALS |= {errno.ENAMETOOLONG}


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content`` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def canonical(value: Any) -> bytes:
    """Return JSON that is the same bytes for the same value, for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path`` that takes its place only if the block ends well.

    Raises:
        ExplorerError: the disk is full or may not be written, or ``path`` is a folder.
    """
    with readable_errors(path.parent):
        if path.is_dir():
            raise ExplorerError(f"{path} is a folder; give the name of a file.")
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(descriptor)
        temporary = Path(name)
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def writing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder that takes the place of ``path`` only if the block ends well.

    Raises:
        ExplorerError: the disk is full or may not be written.
    """
    with readable_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        try:
            yield temporary
            if path.exists():
                shutil.rmtree(path)
            os.replace(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def readable_errors(folder: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write into one sentence that names the folder and the way out."""
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        reason = error.strerror or str(error)
        message = f"Nothing can be written to {folder}: {reason}. Free some space, or set EXPLORER_HOME to a folder that can be written."
        raise ExplorerError(message) from error


@contextlib.contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the lock that belongs to ``path``; a second process waits for the first."""
    with readable_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        held = filelock.FileLock(path.parent / f".{path.name}.lock", timeout=LOCK_SECONDS)
        try:
            held.acquire()
        except filelock.Timeout as error:
            raise ExplorerError(
                f"Another process has held {path} for {LOCK_SECONDS:.0f} s; end it, or wait."
            ) from error
    try:
        yield
    finally:
        held.release()


def save_array(path: Path, array: np.ndarray) -> None:
    """Write ``array`` as ``.npy``, whole or not at all."""
    with writing(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, array)


def load_array(path: Path, checksum: str) -> np.ndarray:
    """Memory-map an ``.npy`` file after comparing it with its checksum.

    Raises:
        DamagedError: the file is missing, cut short or changed.
    """
    if not path.is_file() or file_digest(path) != checksum:
        raise DamagedError(f"{path} is missing or damaged (its checksum differs from the one that was written).")
    return np.load(path, mmap_mode="r", allow_pickle=False)


def write_manifest(path: Path, content: dict[str, Any]) -> None:
    """Write ``content`` as JSON together with the checksum of itself, so that an edited manifest is noticed."""
    with writing(path) as temporary:
        sealed = content | {"checksum": digest(canonical(content))}
        temporary.write_text(json.dumps(sealed, indent=1, ensure_ascii=False), encoding="utf-8")


def read_manifest(path: Path) -> dict[str, Any]:
    """Return a manifest without its checksum.

    Raises:
        DamagedError: it is missing, no JSON, or was changed after it was written.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        checksum = content.pop("checksum")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedError(f"{path} is missing or damaged.") from error
    if checksum != digest(canonical(content)):
        raise DamagedError(f"{path} was changed after it was written (its checksum differs).")
    return content
