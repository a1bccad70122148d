"""Arrays by their names as the bytes of one file."""

from collections.abc import Mapping

import numpy as np
from safetensors.numpy import save


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return arrays as a safetensors file, to be read by ``safetensors.numpy.load``.

    Each goes in C order: safetensors 0.8.0 writes an array's memory as it lies there, so that one whose columns lie together, as
    eigenvectors do, would come back with its numbers in other places, and nothing would be said.
    """
    return save({name: np.asarray(array, order="C") for name, array in arrays.items()})
