"""What is kept of a recorded training, read without torch: a basis, exact rows by epoch, arrays by their names."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from explorer.core import home
from explorer.core.cached_result import CachedResult, cached_array
from explorer.core.checksums import seal, unsealed
from explorer.core.errors import DamagedError
from explorer.core.packed_arrays import packed

Arrays = dict[str, np.ndarray]


def folder_of(run_id: str) -> Path:
    """Return the folder of all that is kept of a run's whole network."""
    return home.root() / "whole_network" / run_id


def kept_arrays(path: Path) -> CachedResult[Arrays]:
    """Return arrays that are computed once and kept at ``path``; a file that is cut short or changed counts as none."""
    return CachedResult(path, _read, lambda path, arrays: seal(path, packed(arrays)), exclusive=False)


def _read(path: Path) -> Arrays:
    content = unsealed(path)
    if content is None:
        raise DamagedError(f"{path} is missing or damaged.")
    return load(content)


def epochs_file(folder: Path, name: str) -> Path:
    """Return the file of a question's exact derivative."""
    return folder / f"exact-{name}.npy"


def load_epochs(folder: Path, names: Sequence[str]) -> np.ndarray | None:
    """Return df/dw by epoch ``(k, E, n)`` where all questions of these names were replayed before, else None."""
    found = [cached_array(epochs_file(folder, name)).load() for name in names]
    known = [each for each in found if each is not None]
    return np.stack(known) if known and len(known) == len(found) else None
