"""What the server does for whole networks beside its clicks: replays that nobody asked for, and a process that has torch."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.app import whole_network, whole_worker
from explorer.app.background import missing
from explorer.core.errors import ExplorerError
from explorer.runs import jobs
from explorer.runs.whole_network.explanations import explain_whole, explain_whole_picture
from explorer.runs.whole_network.kept_basis import FIRST, GROUP, USUAL
from explorer.runs.work import worker_process
from tests.support.own_pictures import stored

TEST, METHOD = 3, "gradient-product"


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


@pytest.fixture
def here(monkeypatch):
    """The process that has torch answers in this one."""
    monkeypatch.setattr(
        whole_network,
        "worker",
        SimpleNamespace(layers=lambda run_id, pair: whole_worker.answer({"run": run_id} | pair)),
    )


def test_the_process_that_has_torch_says_what_the_command_line_says(smooth_run, here):
    expected = explain_whole(smooth_run, TEST, METHOD, 8)
    found = whole_network.explain(smooth_run, TEST, METHOD, 8)
    np.testing.assert_array_equal(found.scores, expected.scores)
    for what in ("helpful", "harmful", "probabilities", "loss", "label"):
        assert getattr(found, what) == getattr(expected, what)
    content = stored(smooth_run, "test", TEST)
    own, theirs = (
        each(smooth_run, content, METHOD, 8) for each in (explain_whole_picture, whole_network.explain_picture)
    )
    np.testing.assert_array_equal(own.scores, theirs.scores)
    assert (own.target, own.loss) == (theirs.target, theirs.loss)


def test_the_process_that_has_torch_refuses_in_one_sentence(run, smooth_run, here):
    with pytest.raises(ExplorerError, match="whose training was not recorded"):
        whole_network.explain_picture(run, stored(run, "test", TEST), METHOD, 8)
    with pytest.raises(ExplorerError, match="This picture cannot be used"):
        whole_network.explain_picture(smooth_run, b"no picture", METHOD, 8)
    with pytest.raises(ExplorerError, match="There is no test image 99999"):
        whole_worker.answer({"run": smooth_run.id, "test": 99999, "method": METHOD, "target": None})
