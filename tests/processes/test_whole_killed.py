"""kill -9 in whole networks: a recording, a build behind it, passes back, a basis, retrainings; the same bytes, at most one unit again, nothing mixed."""

import os
import random
import shutil
import signal
import sqlite3

import pytest

from explorer.runs.whole_network.truth.kept_retrainings import TIMED
from tests.support.crash_processes import computed, left_over, results
from tests.support.noise_pictures import written

# Steps of an epoch, and of a training.
EPOCH, STEPS = 3, 9
FOLDERS = ("runs", "data", "recordings", "whole_network", "smoothness", "whole_trust")
ANYWHERE = ("smooth", "exact", "grown", "trusted")
# Where each process of a home is killed: in the first and second epoch of a recording, behind it, in both trainings of a
# measurement, at both ends of passes back, in retrainings.
EARLY = ["smooth.steps", 1], ["smoothness.steps", 4], ["exact.back", 0], ["grown.searches", 0], ["grown.back", 3]
EARLY = *EARLY, ["trusted.steps", 20], ["proved.steps", 2]
LATE = ["smooth.steps", 5], ["smooth.saved", 0], ["smoothness.steps", 13], ["exact.back", 5], ["grown.back", 12]
LATE = *LATE, ["trusted.steps", 50], ["proved.steps", 7]
# What is done once, and what a killed process may lose of it.
UNITS = {
    "smooth.steps": (STEPS, EPOCH),
    "smoothness.steps": (2 * STEPS, STEPS),
    "exact.back": (STEPS, 1),
    "grown.searches": (1, 1),
    "grown.back": (2 * STEPS, 1),
    "trusted.steps": (10 * STEPS + TIMED, STEPS + TIMED),
    "proved.steps": (STEPS, EPOCH),
}


@pytest.fixture(scope="module")
def killed(processes, whole_pictures, whole_home, tmp_path_factory):
    """Homes in which process after process was killed, each in another part of the work; and where."""
    folder, draw, events = tmp_path_factory.mktemp("killed"), random.Random(0), computed(whole_home)
    anywhere = [[f"{part}.events", draw.randrange(events[f"{part}.events"])] for part in ANYWHERE]
    moments = {folder / "early": EARLY, folder / "late": LATE, folder / "anywhere": anywhere}
    homes = {home: [*([moment] for moment in some), [None]] for home, some in moments.items()}
    for steps, some in zip(processes(("everything", whole_pictures), homes), moments.values(), strict=True):
        assert [status for [[status, _]] in steps] == [-signal.SIGKILL] * len(some) + [0]
    return moments


def trials(home):
    """What was predicted and measured by retraining."""
    connection = sqlite3.connect(home / "explorer.sqlite")
    found = connection.execute("SELECT predicted, measured FROM trials").fetchall()
    connection.close()
    return found


def test_after_every_kill_the_same_bytes_are_there_and_nothing_is_left_over(whole_home, killed):
    expected = results(whole_home, FOLDERS)
    assert {path.split("/")[0] for path in expected} == {*FOLDERS}
    for home in killed:
        assert results(home, FOLDERS) == expected
        assert left_over(home) == []
        assert trials(home) == trials(whole_home)


def test_a_kill_costs_one_unit_at_most(whole_home, killed):
    for what, (once, unit) in UNITS.items():
        assert computed(whole_home)[what] == once
        for home, moments in killed.items():
            kills = sum(moment[0].split(".")[0] == what.split(".")[0] for moment in moments)
            assert once <= computed(home)[what] <= once + kills * unit, (home.name, what)


def test_two_processes_that_grow_a_basis_at_once_compute_nothing_twice(processes, whole_home, tmp_path):
    home = shutil.copytree(whole_home, tmp_path / "home", ignore=lambda *_: ["whole_network", "computed"])
    assert [status for status, _ in processes(("grown",), {home: [[None, None]]})[0][0]] == [0, 0]
    assert (computed(home)["grown.searches"], computed(home)["grown.back"]) == (1, 2 * STEPS)
    of_basis = {path: content for path, content in results(whole_home, FOLDERS).items() if "/basis-" in path}
    assert len(of_basis) == 2
    assert of_basis.items() <= results(home, FOLDERS).items()


def test_another_seed_edit_recipe_or_data_set_takes_nothing_of_what_was_killed(
    processes, whole_pictures, whole_home, tmp_path
):
    other = written(tmp_path / "other", 13, 4, size=16)
    fresh, home = tmp_path / "fresh", tmp_path / "home"
    moments = [["smooth.steps", 5], ["grown.back", 3]]
    processes(("begun", whole_pictures), {home: [*([moment] for moment in moments)]})
    before = results(home, FOLDERS)
    processes(("changed", whole_pictures, other), {fresh: [[None]], home: [[None]]})
    made, found = results(fresh, FOLDERS), results(home, FOLDERS)
    assert found == before | made
    assert len({path.split("/")[1] for path in made if path.startswith("recordings")}) == 4
    assert any("/pass-" in path for path in before)
    processes(("begun", whole_pictures), {home: [[None]]})
    ended, whole = results(home, FOLDERS), results(whole_home, FOLDERS)
    mine = [path for path in whole if path.startswith(("runs", "recordings")) or "/basis-" in path]
    assert {path: ended[path] for path in mine} == {path: whole[path] for path in mine}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores are chosen as Linux has them")
def test_what_was_begun_on_two_threads_goes_on_with_two_on_a_machine_with_one_core(processes, whole_pictures, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    processes(("on_two_threads", whole_pictures), {whole: [[None]], broken: [[["smooth.steps", 5]]]})
    processes(("on_one_core", whole_pictures), {broken: [[None]]})
    assert results(broken, FOLDERS) == results(whole, FOLDERS)
    for what, count in {"steps": STEPS + 2, "searches": 1, "back": 2 * STEPS}.items():
        assert (computed(broken)[f"{what} on 1"], computed(broken)[f"{what} on 2"]) == (0, count)
