"""What a killed build has left to go on with stays for a day, and goes where its run never came to be and nobody is at work."""

import os
import time

import pytest

from explorer.core.files import lock
from explorer.runs import abandoned, store

LEFT = ("recordings/0123456789abcdef", "runs/.work-0123456789abcdef", "runs/.again-0123456789abcdef")
DONE, BUSY = "recordings/aaaaaaaaaaaaaaaa", "recordings/bbbbbbbbbbbbbbbb"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home in which trainings have left states, that of a run among them."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    for name in (*LEFT, DONE, BUSY):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "states-1.sealed").touch()
    manifest = tmp_path / "runs" / DONE[-16:] / "manifest.json"
    manifest.parent.mkdir()
    manifest.touch()
    return tmp_path


def aged(home, seconds):
    for name in (*LEFT, DONE, BUSY):
        os.utime(home / name, (time.time() - seconds,) * 2)


def there(home):
    return {name for name in (*LEFT, DONE, BUSY) if (home / name / "states-1.sealed").is_file()}


def test_states_that_nobody_went_on_with_for_a_day_are_removed(home):
    aged(home, abandoned.SECONDS - 60)
    store.tidy()
    assert there(home) == {*LEFT, DONE, BUSY}
    aged(home, abandoned.SECONDS + 60)
    with lock(home / "runs" / BUSY[-16:]):
        store.tidy()
    assert there(home) == {DONE, BUSY}


def test_a_home_without_any_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "none"))
    abandoned.remove_abandoned()
    assert not (tmp_path / "none").exists()
