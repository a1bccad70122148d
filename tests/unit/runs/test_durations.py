"""How long a work is expected to take: as it took here, else as it was measured elsewhere, scaled by sizes."""

import json

import pytest

from explorer.runs import jobs
from explorer.runs.build import preflight_store
from explorer.runs.build.request import Config
from explorer.runs.database import database
from explorer.runs.work import durations, worker_process
from explorer.runs.work.durations import REFERENCE, REFERENCE_SIZE, TWO_THREADS
from explorer.runs.work.order import SHORT_SECONDS
from explorer.runs.work.whole_progress import END, START

AUDIT = ("audit", "default", ["audit", "--run", "default"])


@pytest.fixture
def sized(tmp_path, monkeypatch):
    """An empty home, a computer as fast as the reference, and runs whose size is given."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    monkeypatch.setattr(durations, "speed", lambda: 1.0)
    size = [REFERENCE_SIZE]
    monkeypatch.setattr(durations, "size_of", lambda name: size[0])
    return size


def whole(*work, **options):
    return sum(seconds for stage, seconds in durations.expected(*work, **options).items() if stage != START)


def test_what_never_ran_here_takes_as_long_as_elsewhere_for_its_size_and_speed(sized, monkeypatch):
    there = sum(REFERENCE["audit"].values())
    assert whole(*AUDIT, background=True) == pytest.approx(there)
    assert whole(*AUDIT) == pytest.approx(there * TWO_THREADS)
    sized[0] = REFERENCE_SIZE // 10
    assert whole(*AUDIT, background=True) == pytest.approx(there / 10)
    monkeypatch.setattr(durations, "speed", lambda: 3.0)
    assert whole(*AUDIT, background=True) == pytest.approx(3 * there / 10)


def test_what_ran_here_takes_as_long_again_scaled_by_its_size(sized):
    durations.learn(*AUDIT, False, dict.fromkeys(REFERENCE["audit"], 100.0))
    assert whole(*AUDIT) == pytest.approx(400)
    assert list(durations.expected(*AUDIT))[1:] == list(REFERENCE["audit"])
    sized[0] *= 2
    assert whole(*AUDIT) == pytest.approx(800)
    assert whole(*AUDIT, background=True) == pytest.approx(800 / TWO_THREADS)


def test_checks_games_and_seeds_promise_a_time_and_a_check_is_short(sized):
    check = ("preflight", "pets", ["preflight", "--dataset", "/pets", "--run", "pets"])
    assert durations.seconds(*check) == pytest.approx(durations.STARTING + 3.0 * TWO_THREADS)
    durations.learn(*check, False, {END: 40.0})  # these pictures are many
    assert durations.seconds(*check) == pytest.approx(durations.STARTING + 40.0)
    other = ("preflight", "cats", ["preflight", "--dataset", "/cats", "--run", "cats"])
    assert durations.seconds(*other) < SHORT_SECONDS
    game = Config("drawn-right", seed=0, l2=0.1, noise="cat>dog:0.4", as_read=True).to_argv()
    assert durations.seconds("build", "game-1", [*game, "--run", "game-1"]) < SHORT_SECONDS
    assert durations.seconds("experiment", "default", ["experiment", "--run", "default", "seeds"]) is not None


def test_of_what_nobody_measured_nothing_is_promised(sized):
    words = ["build", "--dataset", "/my/pictures", "--run", "mine"]
    assert durations.expected("build", "mine", words) == {}
    assert durations.seconds("build", "mine", words) is None


def test_a_build_that_was_checked_takes_what_the_check_measured(sized):
    words = ["build", "--dataset", "/my/pictures", "--run", "mine"]
    seconds = {"start": 3.0, "data": 1.0, "features": 100.0, "fit": 20.0, "writing": 1.0, "all": 125.0}
    preflight_store.save(preflight_store.key_of(words), {"seconds": seconds})
    found = durations.expected("build", "mine", words)
    assert found["Features of training images"] + found["Features of test images"] == pytest.approx(100)
    assert durations.seconds("build", "mine", words) == pytest.approx(124, abs=1)


def test_experiments_and_trust_reports_differ_by_their_settings_not_by_the_run(sized):
    for words in (
        ["experiment", "--run", "a", "seeds", "--set", "x=1"],
        ["experiment", "--run", "b", "seeds", "--set=x=1"],
    ):
        assert durations.key_of("experiment", words) == "experiment seeds x=1"
    assert durations.key_of("trust", ["trust", "--run", "a", "--pairs", "9"]) == "trust --pairs 9"
    assert durations.key_of("build", ["build", "--run", "article", "--scenario", "article"]) in REFERENCE
    game = ["build", "--dataset", "drawn", "--noise", "sealed:@1", "--noise-seed", "3", "--run", "game-1"]
    assert durations.key_of("build", game) == "build --dataset drawn"


def test_a_job_tells_the_whole_and_learns_from_itself(sized, monkeypatch):
    monkeypatch.setattr(worker_process, "spawn", lambda job, ended: 1)
    monkeypatch.setattr(worker_process, "alive", lambda job: True)
    job = jobs.start(*AUDIT)
    assert jobs.jobs()[0].left == pytest.approx(durations.seconds(*AUDIT), rel=0.01)
    reporter, shares = jobs.Reporter(job), []
    for stage in REFERENCE["audit"]:
        reporter(stage, 1, 1)
        shares.append(jobs.jobs()[0].share)
    assert shares == sorted(shares)
    assert len(set(shares)) == len(shares)
    reporter.finish()
    with database() as connection:
        (config,) = connection.execute("SELECT config FROM jobs").fetchone()
    assert json.loads(config)["whole"] == 1
    assert whole(*AUDIT) < 5  # it took no time
