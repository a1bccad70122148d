"""Atomic writing of files and folders, which are whole or not there, and locks between processes."""

import contextlib
import errno
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import filelock
import numpy as np

from explorer.core.errors import ExplorerError

# Another process that fetches 140 MB on a slow line may hold a lock this long; after that something is wrong.
LOCK_SECONDS = 3600.0
# Errors of the operating system that mean: this place cannot be written. Any other is raised as it is.
REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.EIO}
REFUSALS |= {errno.ENAMETOOLONG, errno.EFBIG}
# Temporary names, which a file or folder has until it is whole.
UNFINISHED = re.compile(r"\..+\.[a-z0-9_]{8}")


@contextlib.contextmanager
def writing(path: Path, needed: int = 0) -> Iterator[Path]:
    """Context manager: a temporary file beside ``path`` that replaces it if the block ends without an error.

    Args:
        path: of the file.
        needed: bytes that will be written, as far as known; stated in the error of a full disk.

    Raises:
        ExplorerError: the disk is full or may not be written, or ``path`` is a folder.
    """
    with readable_errors(path.parent, needed):
        if path.is_dir():
            raise ExplorerError(f"{path} is a folder; give the name of a file.")
        path.parent.mkdir(parents=True, exist_ok=True)
        with _unfinished(lambda: _new_file(path)) as temporary:
            yield temporary
            os.replace(temporary, path)


@contextlib.contextmanager
def writing_folder(path: Path, needed: int = 0) -> Iterator[Path]:
    """Context manager: an empty temporary folder that replaces ``path`` if the block ends without an error.

    Args:
        path: of the folder.
        needed: bytes that will be written, as far as known; where fewer are free, the block is not entered.

    Raises:
        ExplorerError: the disk is full or may not be written.
    """
    with readable_errors(path.parent, needed):
        path.parent.mkdir(parents=True, exist_ok=True)
        check_room(path.parent, needed)
        with _unfinished(lambda: Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))) as temporary:
            yield temporary
            if path.exists():
                shutil.rmtree(path)
            os.replace(temporary, path)


def _new_file(path: Path) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    return Path(name)


def unfinished(path: Path) -> contextlib.AbstractContextManager[Path]:
    """Context manager: a temporary file beside ``path`` that the block moves elsewhere, and that is removed otherwise."""
    return _unfinished(lambda: _new_file(path))


@contextlib.contextmanager
def _unfinished(make: Callable[[], Path]) -> Iterator[Path]:
    """Yield a temporary file or folder, locked against :func:`sweep` while the block runs, and remove what is left of it."""
    temporary, held = _held(make)
    try:
        yield temporary
    finally:
        _remove(temporary)
        os.close(held)


def _held(make: Callable[[], Path]) -> tuple[Path, int]:
    """Return a new temporary file or folder and the descriptor of its lock; made again where :func:`sweep` removed it first."""
    while True:
        temporary = make()
        with contextlib.suppress(FileNotFoundError):
            held = os.open(temporary, os.O_RDONLY)
            with contextlib.suppress(OSError):  # a file system without locks: then nothing is ever swept there
                fcntl.flock(held, fcntl.LOCK_EX)
            if temporary.exists():
                return temporary, held
            os.close(held)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove temporary files that killed processes left in a folder; those of living processes are locked and stay."""
    for path in folder.glob(".*"):
        if UNFINISHED.fullmatch(path.name):
            with contextlib.suppress(OSError):
                _sweep(path)


def _sweep(path: Path) -> None:
    held = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(path)
    finally:
        os.close(held)


@contextlib.contextmanager
def readable_errors(folder: Path, needed: int = 0) -> Iterator[None]:
    """Context manager: turn the operating system's refusals to write into one sentence with the folder and what to do.

    Args:
        folder: where the block writes.
        needed: bytes that it will write, as far as known.

    Raises:
        ExplorerError: for an error of ``REFUSALS``.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        reason = error.strerror or str(error)
        folder = folder.parent if UNFINISHED.fullmatch(folder.name) else folder
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason += room(folder, needed)
        message = f"Nothing can be written to {folder}: {reason}. Free some space, or set EXPLORER_HOME to a folder that can be written."
        raise ExplorerError(message) from error


def check_room(folder: Path, needed: int) -> None:
    """Raise the operating system's error of a full disk where fewer bytes than ``needed`` are free.

    Raises:
        OSError: for :func:`readable_errors`.
    """
    if needed > shutil.disk_usage(folder).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def room(folder: Path, needed: int = 0) -> str:
    """Return, in brackets, how many bytes are needed and how many are free; empty where the disk does not say."""
    wanted = f"at least {megabytes(needed)} are needed" if needed else "more is needed"
    try:
        return f" ({wanted}, {megabytes(shutil.disk_usage(folder).free)} are free)"
    except OSError:
        return ""


def megabytes(size: int) -> str:
    """Return a number of bytes as text, in kB, MB or GB: ``1.5 MB``."""
    if 0 < size < 2**20 / 10:
        return f"{-(-size // 2**10)} kB"
    return f"{size / 2**20:,.1f} MB" if size < 2**30 else f"{size / 2**30:,.1f} GB"


@contextlib.contextmanager
def lock(path: Path, seconds: float | None = None) -> Iterator[None]:
    """Context manager: hold the lock of ``path`` between processes; a second one waits.

    Raises:
        ExplorerError: it was not free within so many seconds, else ``LOCK_SECONDS``; or its folder cannot be written.
    """
    seconds = LOCK_SECONDS if seconds is None else seconds
    with readable_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        held = filelock.FileLock(path.parent / f".{path.name}.lock", timeout=seconds)
        try:
            held.acquire()
        except filelock.Timeout as error:
            raise ExplorerError(f"Another process has held {path} for {seconds:.0f} s; end it, or wait.") from error
    try:
        yield
    finally:
        held.release()


def save_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` atomically."""
    with writing(path, len(content)) as temporary:
        temporary.write_bytes(content)


def save_array(path: Path, array: np.ndarray, needed: int = 0) -> None:
    """Write ``array`` to ``path`` as ``.npy`` atomically; ``needed`` are the bytes of all that will be written to the disk."""
    with writing(path, needed or array.nbytes) as temporary, temporary.open("wb") as stream:
        # NumPy writes to a true file by a way of its own, whose error on a full disk does not say so.
        np.save(SimpleNamespace(write=stream.write), array)
