"""The queue of long works: one runs, the others wait for their turn, and a person's go first."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.core import home
from explorer.core.errors import ExplorerError
from explorer.runs import jobs
from explorer.runs.edits import edit_scope
from explorer.runs.work import worker_process
from explorer.runs.work.job import Job

ANNA = "a" * 16
# A process that starts and ends at once needs one on a busy machine.
PATIENCE = 60


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """An empty home of its own."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return tmp_path


class Processes:
    """What runs, without any process."""

    def __init__(self):
        self.running, self.begun, self.continued = set(), [], []

    def spawn(self, job, ended):
        self.running.add(job.id)
        self.begun.append(job.name)
        return 4_000_000 + len(self.begun)

    def alive(self, job):
        return job.id in self.running

    def end(self, job, said=True):
        """A process ends; ``said``: after it told that the work is done."""
        if said:
            jobs.Reporter(job).finish()
        self.running.discard(job)


@pytest.fixture
def processes(alone, monkeypatch):
    made = Processes()
    monkeypatch.setattr(worker_process, "spawn", made.spawn)
    monkeypatch.setattr(worker_process, "alive", made.alive)
    monkeypatch.setattr(worker_process, "stop", lambda job: made.running.discard(job.id))
    monkeypatch.setattr(worker_process, "go_on", lambda job: made.continued.append(job.name))
    return made


def ask(name, kind="map", background=False):
    return jobs.start(kind, name, [kind, "--run", name], background)


def states():
    return {job.name: job.state for job in jobs.jobs()}


# Whose turn it is


def test_what_is_asked_for_meanwhile_waits_and_begins_in_the_order_of_asking(processes):
    asked = [ask(name) for name in ("one", "two", "three")]
    assert states() == {"one": "running", "two": "waiting", "three": "waiting"}
    for done, job in enumerate(asked, 1):
        processes.end(job)
        assert [job.name for job in jobs.jobs() if job.state == "running"] == ["one", "two", "three"][done : done + 1]
    assert processes.begun == ["one", "two", "three"]


def test_a_process_that_died_makes_room_for_the_next_whoever_looks(processes):
    first = ask("one")
    ask("two")
    processes.end(first, said=False)
    assert states() == {"one": "failed", "two": "running"}
    assert next(job for job in jobs.jobs() if job.id == first).message == worker_process.SILENT


def test_the_command_that_ends_begins_the_next_without_any_server(processes):
    first = ask("one")
    ask("two")
    jobs.Reporter(first).finish()
    jobs.advance()
    assert processes.begun == ["one", "two"]


def test_the_same_work_asked_twice_is_one_job(processes):
    assert ask("one") == ask("one")
    assert ask("two") == ask("two")
    with edit_scope.as_owner(ANNA):  # whose edits are others
        assert ask("two") != ask("three")
    assert len(jobs.jobs()) == 4


def test_a_job_that_waits_can_be_cancelled_and_so_can_the_one_that_runs(processes):
    first, second, third = (ask(name) for name in ("one", "two", "three"))
    jobs.cancel(second)
    assert states() == {"one": "running", "two": "cancelled", "three": "waiting"}
    jobs.cancel(first)
    assert states() == {"one": "cancelled", "two": "cancelled", "three": "running"}
    assert processes.running == {third}


def test_what_was_cancelled_stays_so_whatever_its_process_says_last(processes):
    job = ask("one")
    jobs.cancel(job)
    reporter = jobs.Reporter(job)
    reporter("Stage", 1, 2)
    reporter.finish()
    assert states() == {"one": "cancelled"}


def test_the_work_of_a_person_begins_as_theirs_whoever_begins_it(processes, monkeypatch):
    given = []
    ask("one")
    with edit_scope.as_owner(ANNA):
        ask("two")
    monkeypatch.setattr(worker_process, "spawn", lambda job, ended: given.append(worker_process._environment(job)) or 1)
    jobs.cancel(jobs.jobs()[1].id)
    assert given[0][edit_scope.VARIABLE] == ANNA


def test_rows_of_older_versions_stay_valid(processes):
    ask("one")
    with sqlite3.connect(home.database()) as connection:
        row = ("old", "old", '{"dataset": "drawn"}', 1, "done", "Done", 1.0, 1.0, "[]", "", 0.0, 0.0)
        connection.execute(f"INSERT INTO jobs VALUES ({','.join('?' * 12)})", row)
    connection.close()
    assert [(job.name, job.kind, job.background) for job in jobs.jobs()] == [
        ("old", "build", False),
        ("one", "map", False),
    ]


# What nobody asked for


def test_what_nobody_asked_for_begins_only_where_it_may(processes):
    ask("one", background=True)
    jobs.advance()
    assert states() == {"one": "waiting"}
    jobs.advance(background=True)
    assert states() == {"one": "running"}


def test_a_persons_work_stops_what_nobody_asked_for_which_goes_on_after_it(processes):
    unasked = ask("unasked", background=True)
    ask("later", background=True)
    jobs.advance(background=True)
    mine = ask("mine", kind="trust")
    assert processes.running == {mine}
    reporter = jobs.Reporter(unasked)
    reporter("Stage", 1, 2)  # its process says a last word, and ends
    reporter._over.set()
    assert states() == {"unasked": "waiting", "later": "waiting", "mine": "running"}
    processes.end(mine)
    jobs.advance(background=True)
    assert processes.running == {unasked}


def test_who_asks_for_what_the_program_computes_makes_it_their_own(processes):
    running = ask("one", background=True)
    jobs.advance(background=True)
    assert ask("one") == running
    (job,) = jobs.jobs()
    assert (job.state, job.background, processes.begun, processes.continued) == ("running", False, ["one"], ["one"])


def test_a_smaller_result_never_replaces_the_one_that_a_person_asked_for(processes):
    jobs.start("trust", "one", ["trust", "--run", "one", "--pairs", "9"], background=True)
    mine = jobs.start("trust", "one", ["trust", "--run", "one"])
    assert [job.id for job in jobs.jobs()] == [mine]


def test_a_server_that_ends_leaves_nothing_behind_that_nobody_asked_for(processes):
    for name in ("one", "two"):
        ask(name, background=True)
    jobs.advance(background=True)
    jobs.clear_background()
    assert (jobs.jobs(), processes.running) == ([], set())


# Real processes


def gone(pid):
    """Whether a process is away within a while, reaped by whoever started it."""
    give_up = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    return not Path(f"/proc/{pid}").exists()


def test_no_zombie_stays_whoever_looks_or_not(alone):
    job = ask("no-such-run")
    pid = next(found.pid for found in jobs.jobs() if found.id == job)
    assert gone(pid), f"process {pid} is still there after {PATIENCE} s: {_row(job)}"
    give_up = time.monotonic() + PATIENCE
    while (found := _row(job))[0] == "running" and time.monotonic() < give_up:
        time.sleep(0.05)
    assert found[0] == "failed"
    assert "no-such-run" in found[1]


def _row(job):
    with sqlite3.connect(home.database(), timeout=30) as connection:
        found = connection.execute("SELECT state, message FROM jobs WHERE id = ?", (job,)).fetchone()
    connection.close()
    return found


def test_a_process_stands_still_goes_on_and_can_be_ended_while_it_stands_still(alone):
    (alone / "jobs").mkdir()
    (alone / "jobs" / "the-job.log").touch()
    process = subprocess.Popen([sys.executable, "-c", "input()", "the-job"], stdin=subprocess.PIPE)
    job = Job("the-job", "map", "one", "running", "", 0, 1, [], "", 0, 0, pid=process.pid)
    state = Path(f"/proc/{process.pid}/stat")
    with worker_process.writing_row(job.id):  # nobody else could write while it stands still
        assert not worker_process.pause(job)
    assert worker_process.pause(job)
    assert _becomes(state, "T"), state.read_text()
    worker_process.go_on(job)
    assert not _becomes(state, "T", patience=0.2)
    worker_process.pause(job)
    worker_process.stop(job)
    assert process.wait(PATIENCE) < 0


def _becomes(state, letter, patience=PATIENCE):
    give_up = time.monotonic() + patience
    while (found := state.read_text().split()[2]) != letter and time.monotonic() < give_up:
        time.sleep(0.02)
    return found == letter


def test_a_command_that_fails_says_why_and_begins_the_next(processes):
    from explorer.cli.output import reported

    first = ask("one")
    ask("two")
    with pytest.raises(ExplorerError), reported(first):
        raise ExplorerError("No such run.")
    found = {job.name: (job.state, job.message) for job in jobs.jobs()}
    assert found == {"one": ("failed", "No such run."), "two": ("running", "")}
    assert os.environ.get("EXPLORER_HOME")
