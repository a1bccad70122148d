"""What the server does for whole networks unasked: which replays, when, and what goes before them."""

import pytest

from explorer.app.background import missing
from explorer.runs import jobs
from explorer.runs.whole_network.kept_basis import FIRST, GROUP, USUAL
from explorer.runs.work import worker_process


@pytest.fixture
def planned(alone, monkeypatch):
    """What is missing of the run of all tests, as if its training were recorded and so many groups replayed: the directions asked for, and the kinds of work."""
    monkeypatch.setattr(missing, "SMALL_CNN_SMOOTH", "mobilenet_v2")

    def plan(groups):
        monkeypatch.setattr(missing, "groups_replayed", lambda folder: groups)
        words = list(missing.missing())
        return [int(each[-1]) for each in words if each[0] == "replay-basis"], [each[0] for each in words]

    return plan


def test_the_first_directions_are_replayed_before_experiments_and_the_usual_ones_at_the_end(planned):
    directions, kinds = planned(0)
    assert directions == [FIRST, USUAL]
    assert kinds.index("map") < kinds.index("replay-basis") < kinds.index("experiment")
    assert kinds[-1] == "replay-basis"


@pytest.mark.parametrize(
    ("groups", "left"), [(FIRST // GROUP, [USUAL]), (USUAL // GROUP - 1, [USUAL]), (USUAL // GROUP, [])]
)
def test_what_was_replayed_is_not_planned_again(planned, groups, left):
    assert planned(groups)[0] == left


def test_a_network_that_came_trained_is_not_replayed(alone):
    assert "replay-basis" not in {words[0] for words in missing.missing()}


def test_a_proof_that_a_person_asks_for_goes_before_replays_which_then_go_on(alone, monkeypatch):
    began, stopped = [], []
    monkeypatch.setattr(worker_process, "spawn", lambda job, ended: began.append(job.kind) or 1)
    monkeypatch.setattr(worker_process, "alive", lambda job: True)
    monkeypatch.setattr(worker_process, "stop", lambda job: stopped.append(job.kind))
    for directions in (FIRST, USUAL):
        jobs.start("replay-basis", "smooth", ["replay-basis", "--directions", str(directions)], background=True)
    jobs.advance(background=True)
    jobs.start("retrain", "smooth", ["retrain", "--test", "3", "--remove", "1"])
    assert (began, stopped) == (["replay-basis", "retrain"], ["replay-basis"])
    waiting = [job.argv[-1] for job in jobs.jobs() if job.state == "waiting"]
    assert sorted(waiting) == sorted(map(str, (FIRST, USUAL)))
    jobs.clear_background()
    assert [job.kind for job in jobs.jobs() if job.active] == ["retrain"]
    jobs.cancel(jobs.jobs()[0].id)
