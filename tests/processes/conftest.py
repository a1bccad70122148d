"""One worker for all tests that kill processes, and one home of whole networks that nobody disturbed."""

import pytest

from tests.support.crash_processes import crashing
from tests.support.noise_pictures import written


@pytest.fixture(scope="session")
def processes(tmp_path_factory):
    """How every process of every step of every home ended, and its events."""
    with crashing("whole_crash_worker.py", tmp_path_factory.mktemp("worker") / "errors") as call:
        yield call


@pytest.fixture(scope="session")
def whole_pictures(tmp_path_factory):
    """Two classes of twelve small training pictures and four test pictures each, in folders."""
    return written(tmp_path_factory.mktemp("pictures"), 12, 4, size=16)


@pytest.fixture(scope="session")
def whole_home(processes, whole_pictures, tmp_path_factory):
    """A home in which everything about a recorded training was done by one process."""
    home = tmp_path_factory.mktemp("whole")
    assert processes(("everything", whole_pictures), {home: [[None]]})[0][0][0][0] == 0
    return home
