"""What the server computes unasked: what is missing, one after the other, and never while people click."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from explorer.app.background import covered, missing, pausing, supervisor
from explorer.app.components.job_progress.kinds import KINDS
from explorer.app.pages.learn.lesson.limits import LIMITS
from explorer.app.pages.trust.agreement_report import is_small
from explorer.runs import jobs, store
from explorer.runs.jobs import Job
from explorer.runs.work import worker_process
from tests.support.homes import furnish
from tests.support.servers import ROOT

UNASKED = Job("1", "map", "default", "running", "", 0, 1, [], "", 0.0, 0.0, background=True, pid=7)


# Standing still


@pytest.fixture
def moment(monkeypatch):
    """The time that it is."""
    now = [100.0]
    monkeypatch.setattr(pausing, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def told(monkeypatch):
    """What the process is told."""
    said = []
    monkeypatch.setattr(pausing.worker_process, "pause", lambda job: said.append("stop") or True)
    monkeypatch.setattr(pausing.worker_process, "go_on", lambda job: said.append("go on"))
    return said


def test_work_stands_still_while_a_page_is_drawn_and_a_moment_longer(moment, told):
    pauser = pausing.Pauser()
    pauser.watch(UNASKED)
    with pauser.page():
        assert (told, pauser.still) == (["stop"], True)
    moment[0] += pausing.HOLD_SECONDS - 0.1
    pauser.settle()
    assert told == ["stop"]
    moment[0] += 0.2
    pauser.settle()
    assert (told, pauser.still) == (["stop", "go on"], False)


def test_clicks_one_after_the_other_stop_it_once(moment, told):
    pauser = pausing.Pauser()
    pauser.watch(UNASKED)
    for _ in range(5):
        with pauser.page():
            moment[0] += 0.1
        moment[0] += 1.0
        pauser.settle()
    assert told == ["stop"]


def test_a_page_that_waits_for_what_the_work_holds_lets_it_go_on(moment, told):
    pauser = pausing.Pauser()
    pauser.watch(UNASKED)
    with pauser.page():
        moment[0] += pausing.LONG_SECONDS + 0.1
        pauser.settle()
        assert told == ["stop", "go on"]
        with pauser.page():  # somebody else clicks meanwhile
            assert told == ["stop", "go on"]


def test_work_that_a_person_took_over_is_not_left_standing(moment, told):
    pauser = pausing.Pauser()
    pauser.watch(UNASKED)
    with pauser.page():
        pauser.watch(None)
        assert (told, pauser.still) == (["stop", "go on"], False)


def test_a_process_that_is_writing_is_stopped_a_moment_later(moment, told, monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr(pausing.worker_process, "pause", lambda job: next(answers))
    pauser = pausing.Pauser()
    pauser.watch(UNASKED)
    with pauser.page():
        assert not pauser.still
        pauser.settle()
        assert pauser.still


# What is missing


@pytest.fixture
def own(run, tmp_path, monkeypatch):
    """A copy of the run of all tests in a home without any result."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    return furnish(tmp_path / "home", run.folder.parents[1], run.id)


def test_what_pages_would_offer_is_computed_in_the_order_in_which_people_meet_it(own):
    found = list(missing.missing())
    assert [words[0] for words in found[:6]] == ["flip", "audit", "groups", "duplicates", "trust", "map"]
    assert all(words[1:3] == ["--run", "default"] and words[0] in KINDS for words in found)
    assert not any(words[0] == "build" for words in found)  # the story is told on the real pictures


def test_networks_are_trained_for_experiments_only_once_the_story_can_be_told(own, monkeypatch):
    def trains():
        slow = {"seeds", "smooth-training", "--set=model=small-cnn"}
        return [words for words in missing.missing() if slow & set(words)]

    assert len(trains()) == len(missing.SLOW)
    monkeypatch.setattr(missing, "_of_story", lambda *_: [["build", "--run", "article", "--scenario", "article"]])
    assert ["build", "--run", "article", "--scenario", "article"] in list(missing.missing())
    assert trains() == []


def test_what_is_there_is_not_computed_again(own, monkeypatch):
    for load in (
        "load_flip",
        "load_audit",
        "load_groups",
        "load_duplicates",
        "load_projection",
        "load_report",
        "load_result",
    ):
        monkeypatch.setattr(missing, load, lambda *_: object())
    assert list(missing.missing()) == []


def test_a_run_that_is_too_large_is_left_to_whoever_asks(own, monkeypatch):
    monkeypatch.setattr(covered, "MOST_IMAGES", 100)
    assert list(missing.missing()) == []


def test_the_limits_of_the_lesson_are_measured():
    assert {(name, tuple(settings.items())) for name, settings, _, _ in LIMITS} <= {
        (name, tuple(settings.items())) for name, settings in (*missing.QUICK, *missing.SLOW)
    }


@pytest.mark.parametrize(
    ("pairs", "subsets", "small"), [(2000, 100, False), (1995, 100, False), (200, 20, True), (2000, 20, True)]
)
def test_a_small_trust_report_says_so(pairs, subsets, small):
    assert is_small({"refits": {"pairs": pairs, "groups": 100, "subsets": subsets}}, 10_000) is small
    assert not is_small({"refits": {"pairs": 600, "groups": 100, "subsets": 100}}, 600)


# When


@pytest.fixture
def looked(own, monkeypatch):
    """A supervisor whose planner found what is given, and what it did."""
    did = []
    monkeypatch.setattr(
        jobs, "jobs", lambda: [Job("1", "map", "default", "waiting", "", 0, 1, [], "", 0.0, 0.0, background=True)]
    )
    monkeypatch.setattr(jobs, "advance", lambda background: did.append("begun"))
    monkeypatch.setattr(jobs, "start", lambda kind, name, words, background: did.append((kind, name, background)))
    monkeypatch.setattr(supervisor, "available_memory", lambda: 8 * 2**30)

    def look(wanted=True, found=(), **changes):
        made = supervisor.Supervisor(wanted, pausing.Pauser(), known=store.names_changed())
        if found:
            made.planner = SimpleNamespace(poll=lambda: 0, communicate=lambda: (json.dumps(found), None))
        for name, value in changes.items():
            monkeypatch.setattr(made, name, value)
        made.look()
        return made, did

    return look


def test_what_was_found_is_enqueued_once_and_begins_while_nobody_clicks(looked):
    words = ["map", "--run", "default"]
    made, did = looked(found=[words])
    assert did == [("map", "default", True), "begun"]
    made._enqueue(json.dumps([words]))
    assert len(did) == 2


def test_nothing_begins_while_people_click_or_memory_is_short_or_it_is_switched_off(looked, monkeypatch):
    pauser = pausing.Pauser()
    with pauser.page():
        assert looked(pauser=pauser)[1] == []
    monkeypatch.setattr(supervisor, "available_memory", lambda: 2**30)
    assert looked()[1] == []
    assert looked(wanted=False, found=[["map", "--run", "default"]])[1] == []


@pytest.mark.parametrize(("value", "wanted"), [("0", False), ("1", True), ("", True)])
def test_a_variable_switches_it_off(value, wanted, monkeypatch):
    monkeypatch.setenv(supervisor.VARIABLE, value)
    assert supervisor.is_wanted() is wanted


def test_the_planner_prints_what_the_server_enqueues(own):
    words = [
        sys.executable,
        "-m",
        supervisor.PLANNER,
    ]  # here not at the lowest priority: other tests keep all cores busy
    printed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed) == list(missing.missing())


def test_a_server_that_ends_leaves_nothing_behind(own, monkeypatch):
    monkeypatch.setattr(worker_process, "spawn", lambda job, ended: 1)
    jobs.start("map", "default", ["map", "--run", "default"], background=True)
    begun = supervisor.begin()
    jobs.start("groups", "default", ["groups", "--run", "default"], background=True)
    begun.end()
    assert [job for job in jobs.jobs() if job.active] == []
