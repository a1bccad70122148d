"""kill -9 at chosen moments, and several processes at once: the same results, at most one shard computed again, nothing left over.

Slow, because a build, an edit and a refit run about twenty times to be killed.
"""

import random
import shutil
import signal
import zipfile

import pytest

from explorer.core.files import lock, sweep, writing, writing_folder
from tests.support.crash_processes import computed, left_over, results
from tests.support.crash_worker import EPOCHS, SHARD
from tests.support.noise_pictures import written

TRAIN, TEST = 20, 6
# The last events of the work are the refit's; before them the build's.
REFIT = 14


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Two classes of small pictures, in folders."""
    return written(tmp_path_factory.mktemp("pictures"), TRAIN, TEST, size=16)


@pytest.fixture(scope="module")
def undisturbed(processes, pictures, tmp_path_factory):
    """A home whose run, edit and refit nobody disturbed, and how many events they had."""
    home = tmp_path_factory.mktemp("undisturbed")
    steps = processes(("refitted", pictures), {home: [[None]]})[0]
    return home, steps[0][0][1]


@pytest.fixture(scope="module")
def disturbed(processes, pictures, undisturbed, tmp_path_factory):
    """Homes in which the same was killed once, killed again and again, or done twice at once; and how the processes ended."""
    folder, draw, (_, events) = tmp_path_factory.mktemp("disturbed"), random.Random(0), undisturbed
    moments = draw.sample(range(events - REFIT), 4) + draw.sample(range(events - REFIT, events), 2)
    homes = {folder / f"once-{moment}": [[moment], [None]] for moment in moments}
    homes |= {folder / "often": [[20], [20], [20], [None]], folder / "two": [[None, None]]}
    ends = processes(("refitted", pictures), homes)
    return dict(zip([home.name for home in homes], zip(homes, ends, strict=True), strict=True))


def test_after_a_kill_the_same_work_ends_with_the_same_bytes(undisturbed, disturbed):
    expected, once = results(undisturbed[0]), 2 * (TRAIN + TEST)
    assert computed(undisturbed[0]) == {"pictures": once, "epochs": EPOCHS}
    killed = [found for name, found in disturbed.items() if name.startswith("once")]
    assert len(killed) == 6
    for home, steps in killed:
        assert [status for [[status, _]] in steps] == [-signal.SIGKILL, 0]
        assert (results(home), left_over(home)) == (expected, [])
        assert once <= computed(home)["pictures"] <= once + SHARD
        assert EPOCHS <= computed(home)["epochs"] <= EPOCHS + 1


def test_a_build_that_is_killed_again_and_again_ends(undisturbed, disturbed):
    home, steps = disturbed["often"]
    assert [status for [[status, _]] in steps] == [-signal.SIGKILL] * 3 + [0]
    assert (results(home), left_over(home)) == (results(undisturbed[0]), [])


def test_two_builds_of_the_same_run_at_once_compute_nothing_twice(undisturbed, disturbed):
    home, [ends] = disturbed["two"]
    assert [status for status, _ in ends] == [0, 0]
    assert (results(home), computed(home)) == (results(undisturbed[0]), computed(undisturbed[0]))


def test_two_at_once_unpack_an_archive_once(processes, pictures, tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in pictures.rglob("*.png"):
            archive.write(file, file.relative_to(pictures))
    home = tmp_path / "home"
    ends = processes(("unpacked", path), {home: [[7], [None, None]]})[0]
    assert [status for status, _ in ends[1]] == [0, 0]
    assert left_over(home) == []
    assert computed(home)["unpacked"] <= 2  # the one that was killed, and one of the others
    assert len(list(home.rglob("*.png"))) == 2 * (TRAIN + TEST)


def test_ten_edits_at_once_are_all_kept(processes, tmp_path, monkeypatch):
    from explorer.runs.edits import edit_log

    ends = processes(("recorded",), {tmp_path: [[None] * 10]})[0][0]
    assert ends == [[0, 0]] * 10
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    live = edit_log.live("some data")
    assert len({edit.change.row for edit in live}) == 10
    assert [edit.id for edit in live] == list(range(1, 11))


# What a killed process leaves unfinished


def test_what_a_living_process_writes_is_not_swept(tmp_path):
    with writing(tmp_path / "a") as file, writing_folder(tmp_path / "b") as folder:
        (folder / "part").touch()
        sweep(tmp_path)
        assert file.is_file()
        assert (folder / "part").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_a_dead_process_left_is_swept_and_nothing_else(tmp_path):
    stays = [".a.lock", ".work-0123456789abcdef", ".hidden", "b.abcd1234", ".gitignore"]
    for name in stays:
        (tmp_path / name).touch()
    (tmp_path / ".a.abcd1234").touch()
    shutil.copytree(tmp_path, tmp_path / ".b.ab_d1234")
    with lock(tmp_path / "a"):
        sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stays)
