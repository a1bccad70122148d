"""The arrays of MATLAB's ``.mat`` files (versions 5 to 7), with their pictures along the first axis."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.core.files import megabytes
from explorer.datasets.readers.containers.flat_arrays import MOST_BYTES

# MATLAB's words for numbers that may be pixels or labels.
NUMBERS = ("uint8", "int64", "int32", "uint16", "double", "single")
# Arrays are counted at eight bytes a number, the widest kind, and pictures have one: so many times the usual bound may be counted.
COUNTED = 4
AS_FILES = "write its pictures as files, one folder a class"
BY_COLUMNS = (
    "MATLAB keeps a picture column by column, so the rows of numbers in {name} may be pictures that lie on their side; "
    "look at the pictures, and give an array (height, width, n) if they do."
)


def matlab_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays in a file by its name and theirs; SVHN's with the digit 0 called 0.

    Raises:
        ExplorerError: it is damaged, of another version, or would take too much memory.
    """
    import scipy.io

    try:
        known = {name: (shape, kind) for name, shape, kind in scipy.io.whosmat(path)}
        size = sum(int(np.prod(shape, dtype=object)) * 8 for shape, _ in known.values())
        if size > COUNTED * MOST_BYTES:
            raise ExplorerError(
                f"{path} holds arrays of up to {megabytes(size)}; save them as .npy and give the folder."
            )
        wanted = [name for name, (_, kind) in known.items() if kind in NUMBERS]
        read = scipy.io.loadmat(path, variable_names=wanted).items()
    except ExplorerError:
        raise
    except NotImplementedError as error:  # SciPy raises it for version 7.3, which is HDF5, and names a reader of that
        raise ExplorerError(
            f"{path} is in MATLAB's version 7.3, which is not read; save it there by save(file, '-v7'), or {AS_FILES}."
        ) from error
    except Exception as error:  # a damaged file may stop the reader anywhere
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        raise ExplorerError(f"{path} is no file of MATLAB that can be read ({reason}); {AS_FILES}.") from error
    found = {name: array for name, array in read if isinstance(array, np.ndarray)}
    if {"X", "y"} <= set(found) and found["X"].ndim == 4:  # SVHN
        found = {"images": np.moveaxis(found["X"], -1, 0), "labels": _digits(found["y"])}
    else:
        found = _first_axis(found)
    return {f"{path.stem} {name}": array for name, array in found.items()}


def _digits(labels: np.ndarray) -> np.ndarray:
    """Return SVHN's labels, in which the digit 0 is called 10."""
    return np.where(labels == 10, 0, labels) if labels.max() == 10 and labels.min() == 1 else labels


def _first_axis(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return lines of numbers ``(1, n)`` or ``(n, 1)`` as ``(n,)``, and arrays whose last axis alone is as long as one of them with that axis first."""
    lines = {name: array.ravel() for name, array in arrays.items() if array.ndim == 2 and 1 in array.shape}
    counts = {len(line) for line in lines.values()}
    turned = {
        name: np.moveaxis(array, -1, 0) if array.shape[-1] in counts and array.shape[0] not in counts else array
        for name, array in arrays.items()
        if name not in lines
    }
    return turned | lines
