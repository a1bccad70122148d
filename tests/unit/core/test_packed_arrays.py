"""Arrays come back as they were, however they lie in memory."""

import numpy as np
import pytest
from safetensors.numpy import load

from explorer.core.packed_arrays import packed

PLAIN = np.arange(24, dtype=np.float32).reshape(4, 6)


@pytest.mark.parametrize(
    "array",
    [
        PLAIN,
        np.asfortranarray(PLAIN),
        PLAIN.T,
        PLAIN[:, ::2],
        PLAIN[::-1],
        PLAIN.reshape(2, 3, 4).transpose(2, 0, 1),
        np.broadcast_to(PLAIN[0], (3, 6)),
        np.asfortranarray(PLAIN).astype(np.float16),
        np.asfortranarray(PLAIN).astype(np.int8),
        np.linalg.eigh(PLAIN @ PLAIN.T)[1],
        PLAIN[:0],
        np.array(3.5),
    ],
    ids=[
        "C",
        "Fortran",
        "turned",
        "strided",
        "backwards",
        "axes",
        "broadcast",
        "half",
        "int8",
        "eigenvectors",
        "none",
        "one",
    ],
)
def test_they_come_back(array):
    found = load(packed({"first": PLAIN, "array": array}))
    assert found["array"].dtype == array.dtype
    assert found["array"].shape == array.shape
    np.testing.assert_array_equal(found["array"], array)
    np.testing.assert_array_equal(found["first"], PLAIN)
