"""Dask's scheduler and workers, real ones: the same bits as processes, whatever is killed."""

import contextlib
import os
import sys
import time

import numpy as np
import pytest

from explorer.core.errors import ExplorerError, UnavailableError
from explorer.engine import DaskCluster, Processes, Task, dask_cluster, engine_of
from tests.support import dask_processes
from tests.support import engine_tasks as tasks

pytest.importorskip("distributed", reason="the extra dask is not installed")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dask").mkdir()
    return tmp_path


@pytest.fixture
def in_a_loop(monkeypatch):
    """The smallest engine; it does not set the threads of the process that runs all tests."""
    monkeypatch.setattr("explorer.engine.base._one_thread", lambda: None)
    return tasks.InALoop()


def slow(folder, count, seconds=0.3):
    return [Task(tasks.slow_squares, (str(folder), place, seconds)) for place in range(count)]


def killed_when_begun(process, folder, tasks_begun):
    """Kill a process once so many tasks have begun."""
    give_up = time.monotonic() + 30
    while len(list((folder / "begun").glob("*"))) < tasks_begun and time.monotonic() < give_up:
        time.sleep(0.01)
    process.kill()
    process.wait()


def test_the_cluster_of_this_machine_gives_the_bits_of_a_loop_and_leaves_nobody_behind(folder, in_a_loop):
    squares = [Task(tasks.squares, (str(folder), place)) for place in range(6)]
    with DaskCluster(count=1) as dask:
        theirs = dask.sum(squares, folder / "dask")
        worker = dask.ask([Task(tasks.pid, (0.0, 0))], lambda answers: int(answers[0]["pid"][0]))
        assert dask.workers == 1
    np.testing.assert_array_equal(theirs["numbers"], in_a_loop.sum(squares, folder / "loop")["numbers"])
    assert not os.path.exists(f"/proc/{worker}")


def test_a_cluster_with_an_address_survives_a_worker_and_a_rerun_uses_what_was_done_before_its_scheduler_died(
    folder, in_a_loop, monkeypatch
):
    expected = [np.random.default_rng(place).normal(size=3) * 10.0 ** (place % 5) for place in range(8)]
    with (
        contextlib.ExitStack() as stack,
        dask_processes.scheduler(folder / "dask") as (scheduler, address),
        engine_of(address) as engine,
    ):
        with monkeypatch.context() as patch:
            patch.setattr(dask_cluster, "WORKERLESS", 0.2)
            patch.setattr(dask_cluster, "LOOK", 0.1)
            with pytest.raises(UnavailableError, match="has had no worker for 0 s"):
                engine.ask(slow(folder, 1), list)
        workers = stack.enter_context(dask_processes.workers(address, 2, folder / "dask"))
        assert engine.workers == 2
        answers = engine.ask(slow(folder, 4, 0.0), list)
        np.testing.assert_array_equal([answer["numbers"] for answer in answers], expected[:4])
        # a worker is killed while both are busy, and the next question is asked of the other one
        killer = tasks.later(killed_when_begun, workers[0], folder, 4 + 3)
        total = engine.sum(slow(folder, 6), folder / "results")["numbers"]
        killer.join()
        np.testing.assert_array_equal(total, np.add.reduce(expected[:6]))
        assert len(engine.ask(slow(folder, 4, 0.0), list)) == 4
        # the scheduler is killed when two of eight shards are finished
        begun = len(list((folder / "begun").glob("*")))
        killer = tasks.later(killed_when_begun, scheduler, folder, begun + 3)
        with pytest.raises(UnavailableError, match=rf"The scheduler at {address} is gone\. What was finished is kept"):
            engine.map(slow(folder, 8), folder / "others")
        killer.join()
        with pytest.raises(UnavailableError, match="is gone"):
            engine.ask(slow(folder, 1), list)
    finished = sorted(path.name for path in (folder / "others").glob("*.arrays"))
    assert 2 <= len(finished) < 8
    again = len(list((folder / "begun").glob("*")))
    paths = in_a_loop.map(slow(folder, 8), folder / "others")
    assert {path.name for path in paths} > set(finished)
    assert len(list((folder / "begun").glob("*"))) - again == 8 - len(finished)


def test_nobody_at_an_address_is_said_with_the_commands_that_start_one(monkeypatch):
    monkeypatch.setattr(dask_cluster, "CONNECT", 0.3)
    with pytest.raises(
        UnavailableError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9 .* `dask scheduler`"
    ):
        _ = engine_of("tcp://127.0.0.1:9").workers


def test_without_dask_the_command_that_installs_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExplorerError, match=r"pip install 'influence-explorer\[dask\]'"):
        _ = engine_of("dask").workers


@pytest.mark.parametrize("word", ["ray", "tcp://", "tcp://somewhere", "http://127.0.0.1:8786", ""])
def test_a_word_that_is_no_engine_is_refused_with_those_that_are(word):
    with pytest.raises(ExplorerError, match=r"choose processes .* dask .* tcp://HOST:PORT"):
        engine_of(word)


def test_words_mean_engines_and_nothing_is_begun():
    assert isinstance(engine_of("processes"), Processes)
    assert engine_of("tls://host:8786").address == "tls://host:8786"
    assert isinstance(engine_of("dask"), DaskCluster)
