"""Results on disk that are computed once and read from then on; a damaged or outdated file counts as none."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from explorer.core.checksums import read_manifest, seal_array, unsealed_array, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.files import lock

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class CachedResult(Generic[T]):
    """A result under a path that everything it depends on determines, but for the version of its format.

    Attributes:
        path: of the file or folder.
        read: returns the result at a path; raises :class:`DamagedError` where it is missing, damaged or of another version.
        write: writes a result to a path, whole or not at all.
        exclusive: whether a process waits while another one computes the same; without, both compute and the last one
            writes. Not needed below a folder that is locked already.
    """

    path: Path
    read: Callable[[Path], T]
    write: Callable[[Path, T], object]
    exclusive: bool = True

    def load(self) -> T | None:
        """Return the result if it was computed before and its files are whole and of this version, else None."""
        try:
            return self.read(self.path)
        except DamagedError:
            return None

    def save(self, result: T) -> None:
        """Write a result, in place of an earlier one.

        Raises:
            ExplorerError: the disk is full or cannot be written.
        """
        self.write(self.path, result)

    def get_or_compute(self, compute: Callable[[], T]) -> T:
        """Return the result on disk; where there is none, compute it, write it and return what can be read back.

        Raises:
            ExplorerError: the disk is full or cannot be written.
            DamagedError: what was just written cannot be read.
        """
        cached = self.load()
        return self._computed(compute) if cached is None else cached

    def _computed(self, compute: Callable[[], T]) -> T:
        with lock(self.path) if self.exclusive else nullcontext():
            cached = self.load()  # another process may have been quicker
            if cached is None:
                self.save(compute())
                cached = self.load()
        if cached is None:
            raise DamagedError(f"{self.path} cannot be read after it was written; check the disk.")
        return cached


def cached_json(
    path: Path,
    encode: Callable[[T], dict[str, Any]],
    decode: Callable[[dict[str, Any]], T],
    version: Mapping[str, Any] | None = None,
) -> CachedResult[T]:
    """Return a result that is one JSON file with a checksum.

    Args:
        path: of the file.
        encode: makes JSON values of a result.
        decode: makes a result of them again.
        version: entries that stand first in the file; a file in which one differs counts as none.
    """
    wanted = dict(version or {})

    def read(path: Path) -> T:
        content = read_manifest(path)
        if any(key not in content or content[key] != value for key, value in wanted.items()):
            raise DamagedError(f"{path} was written by another version.")
        return decode(content)

    return CachedResult(path, read, lambda path, result: write_manifest(path, wanted | encode(result)))


def cached_dict(path: Path) -> CachedResult[dict[str, Any]]:
    """Return a result that is JSON as it stands."""
    return cached_json(path, dict, dict)


def cached_array(path: Path) -> CachedResult[np.ndarray]:
    """Return one step of a longer computation: an array in a ``.npy`` file that ends with its checksum."""

    def read(path: Path) -> np.ndarray:
        array = unsealed_array(path)
        if array is None:
            raise DamagedError(f"{path} is missing or damaged.")
        return array

    return CachedResult(path, read, seal_array, exclusive=False)
