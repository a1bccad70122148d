"""Whose turn it is: short work before long work and beside it, and as a person arranged it."""

import pytest

from explorer.runs import jobs
from explorer.runs.work import durations, order, worker_process
from explorer.runs.work.job import Job

SHORT, LONG = 5.0, 200.0


def job(name, turn, left=LONG, kind="map", **more):
    return Job(name, kind, name, "waiting", "", 0, 1, [], "", 0, 0, left=left, turn=turn, **more)


def test_short_work_goes_before_what_takes_long_but_not_before_what_it_needs_or_what_a_person_moved():
    long = [job("a", 1.0), job("b", 2.0)]
    assert order.turn_of(job("new", 0, SHORT), long) == 0.0
    assert order.turn_of(job("new", 0, LONG), long) is None
    assert order.turn_of(job("new", 0, None), long) is None  # nobody knows that it is short
    assert order.turn_of(job("new", 0, SHORT), [job("c", 0.0, SHORT), *long]) == 0.5
    assert order.turn_of(job("new", 0, SHORT), [job("new", 1.0, kind="build"), long[1]]) == 1.5
    assert order.turn_of(job("new", 0, SHORT), [job("a", 1.0, moved=True), long[1]]) == 1.5
    unasked = job("c", 3.0, background=True)
    assert order.turn_of(job("new", 0, SHORT), [unasked]) is None  # it goes behind what people ask for anyway
    assert order.turn_of(job("new", 0, SHORT, background=True), [*long, unasked]) == 2.0


@pytest.mark.parametrize(
    ("running", "waiting", "begins"),
    [
        ([], [job("a", 1)], "a"),
        ([job("r", 0)], [job("a", 1), job("b", 2, SHORT)], "b"),
        ([job("r", 0, left=None)], [job("b", 2, SHORT)], "b"),
        ([job("r", 0, left=20.0)], [job("b", 2, SHORT)], None),  # it ends soon
        ([job("r", 0), job("s", 0, SHORT)], [job("b", 2, SHORT)], None),  # one beside it is enough
        ([job("r", 0)], [job("b", 2, SHORT, background=True)], None),
        ([job("r", 0, kind="build")], [job("r", 2, SHORT)], None),  # it needs the run
        ([job("r", 0)], [job("a", 1), job("b", 2, SHORT, moved=True)], None),  # a person put it there
    ],
)
def test_a_short_work_begins_beside_a_long_one(running, waiting, begins):
    found = order.next_up(running, waiting)
    assert (found and found.name) == begins


def test_what_waits_goes_where_a_person_moves_it():
    waiting = [job("a", 1.0), job("b", 2.5), job("c", 3.0), job("z", 9.0, background=True)]
    assert order.moved(waiting[2], "first", waiting) == {"c": 1.0, "a": 2.5, "b": 3.0}
    assert order.moved(waiting[1], "up", waiting) == {"b": 1.0, "a": 2.5}
    assert order.moved(waiting[1], "down", waiting) == {"c": 2.5, "b": 3.0}
    assert order.moved(waiting[0], "up", waiting) == order.moved(waiting[3], "up", waiting) == {}


def test_the_queue_keeps_the_order_and_a_check_does_not_wait_for_a_long_work(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    running = []
    monkeypatch.setattr(worker_process, "spawn", lambda job, _ended: running.append(job.id) or 4_000_000)
    monkeypatch.setattr(worker_process, "alive", lambda job: job.id in running)
    takes = {"trust": LONG, "map": LONG, "preflight": SHORT}
    monkeypatch.setattr(durations, "seconds", lambda kind, *_: takes[kind])
    asked = [jobs.start(kind, name, [kind]) for kind, name in (("trust", "t"), ("map", "m"), ("map", "n"))]
    jobs.move(asked[2], "first")
    check, later = jobs.start("preflight", "p", ["preflight"]), jobs.start("preflight", "q", ["preflight"])
    assert running == [asked[0], check]
    waiting = order.in_turn(each for each in jobs.jobs() if each.state == "waiting")
    assert [each.id for each in waiting] == [asked[2], later, asked[1]]  # not before what a person moved
    running.remove(check)
    jobs.Reporter(check).finish()
    jobs.move(later, "up")
    assert [each.name for each in jobs.jobs() if each.state == "running"] == ["q", "t"]
