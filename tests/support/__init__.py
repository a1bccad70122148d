"""What tests share: builders of data, slow twins, whole pages, a watched browser."""

from pathlib import Path

import pytest

# An assertion in here says what it saw, as one in a test does.
pytest.register_assert_rewrite(*(f"{__name__}.{path.stem}" for path in Path(__file__).parent.glob("[!_]*.py")))
