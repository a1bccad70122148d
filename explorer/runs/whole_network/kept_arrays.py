"""Arrays by their names in one file that ends with its checksum: what is kept of a recorded training."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from explorer.core.cached_result import CachedResult
from explorer.core.checksums import seal, unsealed
from explorer.core.errors import DamagedError

Arrays = dict[str, np.ndarray]


def kept_arrays(path: Path) -> CachedResult[Arrays]:
    """Return arrays that are computed once and kept at ``path``; a file that is cut short or changed counts as none."""
    return CachedResult(path, _read, lambda path, arrays: seal(path, save(arrays)), exclusive=False)


def _read(path: Path) -> Arrays:
    content = unsealed(path)
    if content is None:
        raise DamagedError(f"{path} is missing or damaged.")
    return load(content)
