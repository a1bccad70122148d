"""What tests share: builders of data, slow twins, whole pages, a watched browser."""

import pytest

# An assertion in here says what it saw, as one in a test does.
pytest.register_assert_rewrite(__name__)
