"""Map, sum and ask over processes of this machine: the same bits as a loop, whatever dies meanwhile."""

import os
import platform
import subprocess
import sys
import time
from types import ModuleType

import numpy as np
import pytest

from explorer.core.errors import DamagedError, ExplorerError
from explorer.engine import Processes, Task, read_arrays
from tests.support import engine_tasks as tasks


@pytest.fixture(scope="module")
def engine():
    with Processes(2) as started:
        yield started


def squares(folder, count=6):
    return [Task(tasks.squares, (str(folder), place)) for place in range(count)]


def in_a_loop(count=6):
    total = np.zeros(3)
    for place in range(count):
        total = total + np.random.default_rng(place).normal(size=3) * 10.0 ** (place % 5)
    return total


def test_a_sum_has_the_bits_of_a_loop_in_order(engine, tmp_path):
    total = engine.sum(squares(tmp_path), tmp_path / "results")
    np.testing.assert_array_equal(total["numbers"], in_a_loop())
    assert total["place"].tolist() == [15]


def test_results_come_in_the_order_of_the_tasks_and_progress_counts_them(engine, tmp_path):
    seen = []
    paths = engine.map(squares(tmp_path), tmp_path / "results", "Squares", lambda *report: seen.append(report))
    assert [read_arrays(path)["place"].tolist() for path in paths] == [[place] for place in range(6)]
    assert seen == [("Squares", done, 6) for done in range(7)]


def test_a_rerun_does_what_is_not_finished_or_damaged_and_nothing_else(engine, tmp_path):
    paths = engine.map(squares(tmp_path), tmp_path / "results")
    paths[1].unlink()
    paths[4].write_bytes(paths[4].read_bytes()[:-40] + b"x" + paths[4].read_bytes()[-39:])
    engine.map(squares(tmp_path), tmp_path / "results")
    assert [tasks.times(tmp_path, place) for place in range(6)] == [1, 2, 1, 1, 2, 1]


def test_a_sum_is_kept_in_the_place_of_its_parts(engine, tmp_path):
    first = engine.sum(squares(tmp_path), tmp_path / "results")
    assert [path.suffix for path in (tmp_path / "results").iterdir()] == [".sum"]
    np.testing.assert_array_equal(engine.sum(squares(tmp_path), tmp_path / "results")["numbers"], first["numbers"])
    assert tasks.times(tmp_path, 0) == 1


def test_answers_are_merged_in_the_order_of_the_tasks(engine):
    order = engine.ask(
        [Task(tasks.pid, (0.1 * (place == 0), place)) for place in range(3)],
        lambda answers: [int(answer["pid"][1]) for answer in answers],
    )
    assert order == [0, 1, 2]


def test_a_killed_worker_s_shard_is_done_again_and_what_was_finished_is_not(tmp_path):
    mortal = [Task(tasks.mortal, (str(tmp_path), place, 2, 1)) for place in range(5)]
    with Processes(1) as engine:  # one after the other, so that the first two are finished when the third dies
        total = engine.sum(mortal, tmp_path / "results")
    np.testing.assert_array_equal(total["numbers"], np.full(3, 10.0))
    assert [tasks.times(tmp_path, place) for place in range(5)] == [1, 1, 2, 1, 1]


def test_a_shard_that_kills_every_worker_ends_in_a_sentence_and_the_others_are_kept(tmp_path):
    mortal = [Task(tasks.mortal, (str(tmp_path), place, 0, 99)) for place in range(2)]
    with (
        Processes(1) as engine,
        pytest.raises(ExplorerError, match=r"killed 4 times .* 2 shards; most often memory was short"),
    ):
        engine.map(mortal, tmp_path / "results")


def test_what_a_task_raises_reaches_who_asked_and_the_workers_live_on(engine, tmp_path):
    with pytest.raises(ValueError, match="shard 3 cannot be read"):
        engine.map([Task(tasks.refused, (3,))], tmp_path / "results")
    assert engine.sum(squares(tmp_path, 2), tmp_path / "results")["place"].tolist() == [1]


def test_a_worker_does_not_run_the_main_script_again(monkeypatch, tmp_path):
    """In a server of Streamlit the main script is the page that was drawn last."""
    script, main = tmp_path / "page.py", ModuleType("__main__")
    script.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    main.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", main)
    with Processes(1) as engine:
        assert engine.ask([Task(tasks.pid, (0.0, 7))], lambda answers: int(answers[0]["pid"][1])) == 7
    assert not (tmp_path / "ran").exists()


def test_a_function_without_a_name_in_its_module_is_no_task():
    with pytest.raises(TypeError, match="a function at the top of a module"):
        Task(lambda place: {}, (1,))


def test_a_result_that_is_not_here_names_the_folder_that_all_must_share(tmp_path):
    with pytest.raises(DamagedError, match="all workers must write to the same folder"):
        read_arrays(tmp_path / "elsewhere.arrays")


def test_workers_of_another_version_are_refused(engine, monkeypatch, tmp_path):
    monkeypatch.setattr("explorer.engine.base.VERSION", "0.0.1")
    with pytest.raises(ExplorerError, match=r"and 0\.0\.1 asks it; install the same one"):
        engine.map(squares(tmp_path, 1), tmp_path / "results")


CALLER = """
import os
from explorer.engine import Processes, Task
from tests.support import engine_tasks as tasks
engine = Processes(1)
pid = engine.ask([Task(tasks.pid, (0.0, 0))], lambda answers: int(answers[0]["pid"][0]))
os.write(1, f"{pid}\\n".encode())
engine.ask([Task(tasks.pid, (60.0, 0))], list)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at processes as Linux shows them")
def test_workers_end_with_a_caller_that_was_killed():
    caller = subprocess.Popen([sys.executable, "-c", CALLER], stdout=subprocess.PIPE)
    worker = int(caller.stdout.readline())
    assert os.path.isdir(f"/proc/{worker}")
    caller.kill()
    caller.wait()
    give_up = time.monotonic() + 20
    while os.path.isdir(f"/proc/{worker}") and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not os.path.isdir(f"/proc/{worker}")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallopt")
def test_a_worker_keeps_what_it_frees(engine):
    [(_, pages)] = engine.calls([(tasks.faults, ())])
    assert pages < 1000, "200 arrays of 977 pages each"
