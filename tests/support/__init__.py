"""What tests share: builders of data, slow twins, whole pages, a watched browser."""

import os
from pathlib import Path

import pytest

# Two workers on two cores: a product in two threads would wait for the other worker's. Read when NumPy and torch are loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
# An assertion in here says what it saw, as one in a test does.
pytest.register_assert_rewrite(*(f"{__name__}.{path.stem}" for path in Path(__file__).parent.glob("[!_]*.py")))
