"""Memory of long computations: what they free and take again stays with the process, and what they make is not searched for garbage.

glibc gives the end of the heap back to the system as soon as an array of some megabytes is freed, and the next array faults
each of its pages in again. A pass back through a training, whose arrays of 4 MB live for milliseconds, spent a fifth of its
processor time on that, and MobileNetV2 on batches of ten pictures of 128 px a third.
"""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

# mallopt's names: bytes at the end of the heap from which they are given back; size from which an array is mapped by itself.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
# More than any pass holds, and the most that glibc takes; then what it begins with. Whoever sets one sets the other too:
# glibc adapts neither any more, and would map every array of 128 kB by itself.
KEPT, LARGEST = 2**30, 2**25
USUAL = 128 * 1024
_lock = Lock()
_within = 0


@contextmanager
def reused_memory() -> Iterator[None]:
    """Context manager: freed memory stays with the process, and goes back to the system at the end; without glibc nothing changes."""
    global _within
    keep_freed_memory()
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if not _within:
                _set(USUAL, LARGEST)
                _give_back()


def keep_freed_memory() -> None:
    """Let freed memory stay with this process until it ends: for one that does nothing but compute."""
    global _within
    with _lock:
        _within += 1
        _set(KEPT, LARGEST)


@contextmanager
def without_garbage_search() -> Iterator[None]:
    """Context manager: Python does not search for objects that refer to one another in circles.

    Where very many objects are made that stay, it goes through all of them again and again: a fifth of the processor time in which
    400,000 pictures in tables are opened.
    """
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def _set(trim: int, mapped: int) -> None:
    if library := _glibc():
        library.mallopt(TRIM_THRESHOLD, trim)
        library.mallopt(MMAP_THRESHOLD, mapped)


def _give_back() -> None:
    if library := _glibc():
        library.malloc_trim(0)


@cache
def _glibc() -> Any:
    """Return the C library where it has these functions, else None."""
    try:
        library = ctypes.CDLL(None)
        return library if library.mallopt and library.malloc_trim else None
    except (AttributeError, OSError, TypeError):  # musl has no mallopt, Windows no library without a name
        return None
