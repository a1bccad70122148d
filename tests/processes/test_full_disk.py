"""A full disk, a home that is removed while the program runs, a clock that is set back: a sentence, never a wrong result."""

import re
import shutil
import sqlite3
import time

import numpy as np
import pytest
import typer

from explorer.cli.export import _model
from explorer.core.checksums import seal, write_manifest
from explorer.core.errors import ExplorerError, sentence
from explorer.core.files import save_array, save_bytes, writing_folder
from explorer.core.progress import Terminal
from explorer.runs import database, jobs, selections, store
from explorer.runs.edits import edit_log
from explorer.runs.edits.change import Change
from explorer.runs.work import reporter as reporting
from explorer.runs.work import worker_process
from explorer.runs.writer import save_arrays
from tests.support.full_disks import FULL, full
from tests.support.homes import furnish
from tests.support.pages import opened

DATA = "some data"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home of its own."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def own(run, home):
    """A copy of the run of all tests in a home of its own."""
    furnish(home, run.folder.parents[1], run.id)
    return store.load_run(run.id)


# A full disk

LARGE = np.arange(4096.0)
WRITERS = {
    "array": lambda folder, run: save_array(folder / "a.npy", LARGE),
    "bytes": lambda folder, run: save_bytes(folder / "a", LARGE.tobytes()),
    "seal": lambda folder, run: seal(folder / "a", LARGE.tobytes()),
    "manifest": lambda folder, run: write_manifest(folder / "a.json", {"rows": LARGE.tolist()}),
    "arrays": lambda folder, run: save_arrays(folder, {"large": LARGE}),
    "selection": lambda folder, run: selections.save("a run", "train", np.arange(4096)),
    "export": lambda folder, run: _model(run, folder / "a.npz"),
    "edit": lambda folder, run: edit_log.record(DATA, [Change("train", row, "note", "x" * 999) for row in range(99)]),
}


@pytest.mark.parametrize("size", [0, 1, 512, 4096, 8192])
@pytest.mark.parametrize("name", WRITERS)
def test_every_writer_says_that_the_disk_is_full_and_leaves_nothing(run, home, tmp_path, name, size):
    folder = tmp_path / "out"
    folder.mkdir()
    with full(size), pytest.raises(ExplorerError, match=FULL):
        WRITERS[name](folder, run)
    assert list(folder.iterdir()) == []
    assert edit_log.live(DATA) == []
    WRITERS[name](folder, run)


def test_a_folder_that_will_not_fit_is_not_begun(tmp_path):
    needed = shutil.disk_usage(tmp_path).free + 2**30
    with pytest.raises(ExplorerError, match=r"at least [0-9.,]+ .B are needed"), writing_folder(tmp_path / "a", needed):
        pytest.fail("it was begun")
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_cannot_be_written_down_is_not_begun(home, monkeypatch):
    edit_log.record(DATA, [Change("train", 1, "keep")])
    begun = []

    class Process:
        pid = 1

        def __init__(self, *_args, **_options):
            begun.append(self)

        def kill(self):
            begun.remove(self)

        def poll(self):
            return None

        def wait(self):
            return None

    monkeypatch.setattr(worker_process.subprocess, "Popen", Process)
    with full(0), pytest.raises(ExplorerError, match=FULL):
        jobs.start("map", "default", ["map"])
    assert (begun, jobs.jobs()) == ([], [])
    jobs.start("map", "default", ["map"])
    assert len(begun) == 1


def test_the_pages_open_on_a_full_disk(own):
    edit_log.record_edits(own, [Change("train", 1, "exclude")])
    database.release()  # as after a start: nothing is shared between processes yet
    assert not (own.folder.parents[1] / "explorer.sqlite-shm").exists()
    with full(0):
        assert [edit.change.row for edit in edit_log.live(own.data_digest)] == [1]
        for page in ("overview", "suspects", "retrain", "data"):
            app = opened(page)
            assert [error.value for error in [*app.exception, *app.error]] == []
        with pytest.raises(ExplorerError, match=FULL):
            edit_log.record_edits(own, [Change("train", 2, "exclude")])
    edit_log.record_edits(own, [Change("train", 3, "exclude")])
    assert [edit.change.row for edit in edit_log.live(own.data_digest)] == [1, 3]


def test_a_click_on_a_full_disk_is_answered_with_a_sentence(own):
    app = opened("trust")
    button = next(button for button in app.button if button.label == "Leave images out and refit")
    with full(0):
        app = button.click().run()
    assert [error.value for error in app.exception] == []
    assert re.search("cannot be used: .* needed, .* Free some space", app.error[0].value)
    assert jobs.jobs() == []


# A home that is removed

REMOVED = {
    "home": lambda home, run: shutil.rmtree(home),
    "runs": lambda home, run: shutil.rmtree(home / "runs"),
    "run": lambda home, run: shutil.rmtree(run.folder),
    "file": lambda home, run: (run.folder / "arrays.safetensors").unlink(),
    "database": lambda home, run: (home / "explorer.sqlite").unlink(),
}


@pytest.mark.parametrize("name", REMOVED)
def test_what_is_removed_while_pages_are_open_is_said(own, home, name):
    from explorer.app import backend

    edit_log.record(DATA, [Change("train", 1, "keep")])
    for kept in (backend._opened, backend.warm_run, backend.manifest, backend._runs):
        kept.cache_clear()
    backend.run(own.id)  # opened, and nothing read yet
    REMOVED[name](home, own)
    for page in ("overview", "explain"):
        app = opened(page)
        assert [error.value for error in app.exception] == []
        said = [error.value for error in app.error]
        assert said == [] if name == "database" else "There is no run" in said[0] or "cannot be used" in said[0]
    backend._opened.cache_clear()


@pytest.mark.parametrize("name", ["home", "database"])
def test_edits_go_on_in_a_new_file_where_the_database_was_removed(own, home, name):
    edit_log.record(DATA, [Change("train", 1, "exclude")])
    REMOVED[name](home, own)
    assert edit_log.live(DATA) == []
    edit_log.record(DATA, [Change("train", 2, "exclude")])
    assert [edit.change.row for edit in edit_log.live(DATA)] == [2]
    connection = sqlite3.connect(home / "explorer.sqlite")
    assert connection.execute("SELECT row FROM edits").fetchall() == [(2,)]
    connection.close()


def test_a_file_that_is_gone_is_named():
    error = FileNotFoundError(2, "No such file or directory", "/cache/runs/a")
    assert sentence(error).startswith("/cache/runs/a cannot be used (No such file or directory); if it was removed")
    assert sentence(OSError("3 requested and 2 written")).startswith(
        "A file cannot be used (3 requested and 2 written)"
    )


# A clock that is set back


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes back by a day with every look at it."""
    now = time.time()
    times = iter(now - 86_400 * day for day in range(1_000))
    monkeypatch.setattr(time, "time", lambda: next(times))


def test_edits_keep_their_order_when_the_clock_goes_back(home, clock):
    for label in ("dog", "cat"):
        edit_log.record(DATA, [Change("train", 1, "relabel", label)])
    assert edit_log.state(DATA).labels == {1: "cat"}
    edit_log.undo_step(DATA)
    assert edit_log.state(DATA).labels == {1: "dog"}
    edit_log.redo_step(DATA)
    assert edit_log.state(DATA).labels == {1: "cat"}


@pytest.fixture
def processes(monkeypatch):
    """Jobs have processes that never end, without starting any."""
    monkeypatch.setattr(worker_process, "spawn", lambda job, ended: 1)
    monkeypatch.setattr(worker_process, "alive", lambda job: True)


def test_the_job_that_was_started_last_stands_first(home, clock, processes):
    begun = [jobs.start("map", str(number), []) for number in range(3)]
    assert [job.id for job in jobs.jobs()] == begun[::-1]


def test_the_time_left_is_never_negative(home, clock, processes, monkeypatch):
    monkeypatch.setattr(reporting, "WRITE_SECONDS", 0)
    reporter = jobs.Reporter(jobs.start("map", "default", []))
    for done in range(1, 4):
        reporter("Layout by t-SNE", done, 9)
        assert re.fullmatch(r"about \d+ (s|min) left", jobs.jobs()[0].message)
    reporter.finish()


def test_a_name_that_is_given_while_the_clock_goes_back_is_known_at_once(own, clock):
    from explorer.app import backend

    for name in ("one", "two", "three"):
        store.point(name, own.id)
        assert name in backend.runs()


# A bar's line ends before the sentence


def test_what_is_said_after_a_bar_begins_a_new_line(capsys):
    from explorer.cli.output import plain_errors, reported

    @plain_errors
    def command():
        with reported(None) as progress:
            progress("Refitting", 1, 2)
            raise ExplorerError("The disk is full.")

    with pytest.raises(typer.Exit):
        command()
    assert capsys.readouterr().err.endswith("\nError: The disk is full.\n")
    terminal = Terminal()
    terminal("Refitting", 2, 2)
    terminal.close()
    assert capsys.readouterr().err.count("\n") == 1


def test_each_stage_in_the_terminal_has_a_line_of_its_own(capsys):
    terminal = Terminal()
    terminal("Asking somebody", 0, 1)
    for done in range(3):
        terminal("Unpacking", done, 3)
    terminal("Fitting", 0, 1)
    terminal.close()
    lines = [line.rsplit("\r", 1)[-1] for line in capsys.readouterr().err.split("\n") if line]
    assert [line.split(":")[0] for line in lines] == ["Asking somebody …", "Unpacking", "Fitting …"]
    assert "0%" not in lines[0] + lines[2]
