"""How long a stage of a build took is told with what starts that were killed in it, or after it, had spent."""

from types import SimpleNamespace

import pytest

from explorer.core.progress import silent
from explorer.runs.build import facts


class KilledError(Exception):
    pass


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is moved."""
    found = SimpleNamespace(now=100.0)
    monkeypatch.setattr(facts, "time", SimpleNamespace(perf_counter=lambda: found.now))
    return found


def killed(path, clock, heard):
    """A start of the stage that is killed after four seconds, of which three were kept."""
    with facts.timed_over_starts({}, "network", path, lambda *told: heard.append(told[:3])) as told:
        clock.now += 3
        told("Training", 1, 2)
        clock.now += 1
        told("Training", 2, 2)
        raise KilledError


def test_starts_that_were_killed_in_a_stage_count(tmp_path, clock):
    path, seconds, heard = tmp_path / "seconds.json", {}, []
    for _ in range(2):
        with pytest.raises(KilledError):
            killed(path, clock, heard)
    with facts.timed_over_starts(seconds, "network", path, silent):
        clock.now += 10
    assert seconds == {"network": 16.0}
    assert heard == [("Training", 1, 2), ("Training", 2, 2)] * 2


def test_so_does_one_that_was_killed_after_it(tmp_path, clock):
    path, seconds = tmp_path / "seconds.json", {}
    with facts.timed_over_starts({}, "network", path, silent):
        clock.now += 420
    with facts.timed_over_starts(seconds, "network", path, silent):
        clock.now += 3
    assert seconds == {"network": 423.0}
