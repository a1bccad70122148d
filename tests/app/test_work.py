"""Which long work runs and which waits: the address ``/work``, and what a page says of it."""

import json
import time
from dataclasses import replace

import pytest
from starlette.requests import Request

from explorer.app import backend, work
from explorer.app.background import supervisor
from explorer.app.components.job_progress import kinds
from explorer.app.pages.overview import first_screen
from explorer.core.keyed_cache import keyed_cache
from explorer.experiments import EXPERIMENTS
from explorer.runs import jobs
from explorer.runs.database import database
from explorer.runs.jobs import Job
from explorer.runs.work import table
from tests.support.pages import opened

RUNS = Job(
    "1",
    "audit",
    "default",
    "running",
    "Collecting evidence",
    1,
    6,
    [],
    "about 40 s left",
    0.0,
    1.0,
    whole=0.25,
    left=40.0,
)
MINE = Job("2", "trust", "default", "waiting", "", 0, 1, [], "", 0.0, 1.0, ["trust", "--run", "default"], left=100.0)
UNASKED = Job("3", "map", "default", "waiting", "", 0, 1, [], "", 0.0, 1.0, background=True, left=60.0)


@pytest.fixture
def queue(run, monkeypatch):
    """Gives the jobs, the newest first."""

    def given(*found):
        monkeypatch.setattr(jobs, "jobs", lambda: list(found))
        monkeypatch.setattr(work, "_summary", keyed_cache(1)(work._summary.compute))

    return given


def answered(query=""):
    return json.loads(work.respond(Request({"type": "http", "query_string": query.encode()})).body)


def test_the_work_that_runs_and_the_turns_of_the_others(queue):
    queue(MINE, UNASKED, RUNS)  # what nobody asked for comes last, though it was there before
    found = answered()
    assert (found["running"]["title"], found["running"]["share"], found["running"]["left"]) == ("Audit", 0.25, 40.0)
    assert [(each["title"], each["turn"], each["starts"]) for each in found["waiting"]] == [
        ("Trust report", 2, 40.0),
        ("Map", 3, 140.0),
    ]
    assert found["waiting"][0]["href"] == "/trust?run=default"
    assert found["waiting"][1]["href"] == "/map?run=default&projection=tsne"
    assert [each["background"] for each in found["waiting"]] == [False, True]
    assert set(found["running"]) == set(work.WorkEntry.__annotations__)


def test_an_experiment_is_called_by_its_title_and_leads_to_its_own_result(queue):
    words = ["experiment", "--run", "default", "koh-liang-fig2", "--set=model=small-cnn"]
    queue(replace(MINE, kind="experiment", argv=words))
    (found,) = answered()["waiting"]
    assert found["title"] == "Experiment: " + EXPERIMENTS["koh-liang-fig2"].title
    assert [kinds.run_words(name) for name in ("game-8e58c30a", "pets")] == ["a game", "pets"]
    assert found["href"] == "/learn?run=default&view=experiments&name=koh-liang-fig2&model=small-cnn"


def test_nothing_is_said_where_nothing_runs(queue):
    queue(replace(RUNS, state="done"))
    assert answered() == {"running": None, "waiting": [], "paused": False, "done": {}}


def test_a_work_of_unknown_length_promises_nothing(queue):
    queue(MINE, replace(RUNS, left=None))
    assert answered()["waiting"][0]["starts"] is None


def test_pages_that_ask_at_once_cost_one_reading(queue, monkeypatch):
    queue(RUNS)
    read = []
    monkeypatch.setattr(jobs, "jobs", lambda: read.append(1) or [RUNS])
    first = int(time.monotonic() / work.FRESH_SECONDS)
    for _ in range(30):
        work.summary()
    assert (
        len(read) <= 1 + int(time.monotonic() / work.FRESH_SECONDS) - first
    )  # a reading is for one quarter of a second


def test_what_a_page_waits_for_is_counted_as_it_ends(alone):
    asked = "await=flip:default&await=flip:mine"
    assert answered(asked)["done"] == {"flip:default": 0, "flip:mine": 0}
    with database() as connection:
        for row, (kind, name) in enumerate((("flip", "mine"), ("flip", "mine"), ("audit", "mine"))):
            table.insert(connection, str(row), name, {"kind": kind})
        connection.execute("UPDATE jobs SET state = 'done' WHERE id != '1'")
    work._done.cache_clear()
    assert answered(asked)["done"] == {"flip:default": 0, "flip:mine": 1}


@pytest.mark.parametrize(("unasked", "said"), [("1", first_screen.COMING), ("0", first_screen.NOT_SEARCHED)])
def test_the_first_screen_waits_for_its_proof(run, alone, monkeypatch, unasked, said):
    monkeypatch.setenv(supervisor.VARIABLE, unasked)
    backend.known_flip.cache_clear()  # of the same run in another module's home, where it was searched
    (place,) = awaited_places(opened("overview"))
    assert said in place["text"]
    assert (place["works"], place["done"], place["active"]) == (["flip:default"], 0, False)


def test_an_offer_waits_for_the_work_that_it_offers(alone, queue):
    queue(RUNS)
    assert [place["works"] for place in awaited_places(opened("trust"))] == [["trust:default"]]


def awaited_places(app):
    shown = (block for element in app.get("bidi_component") for block in json.loads(element.proto.json)["blocks"])
    return [block for block in shown if block["kind"] == "awaited"]


def test_all_works_are_rows_in_their_order_that_can_be_moved_and_cancelled(alone, queue, monkeypatch):
    later = replace(MINE, id="4", kind="groups", argv=["groups", "--run", "default"], turn=5.0)
    queue(later, UNASKED, replace(MINE, turn=2.0), RUNS)
    moves = []
    monkeypatch.setattr(jobs, "move", lambda *move: moves.append(move))
    app = opened("data")
    rows = [line.value for line in app.markdown if line.value.startswith("**")]
    assert rows == [
        "**Trust report, default**: number 2, begins in about 40 seconds, takes about 2 minutes",
        "**Groups, default**: number 3, begins in about 2 minutes, takes about 2 minutes",
    ]
    buttons = {button.key: button for button in app.button}
    assert [key for key in buttons if key.startswith("cancel-")] == ["cancel-1", "cancel-2", "cancel-4"]
    closed = [key for key in buttons if key[:-2] in ("first", "up", "down") and buttons[key].disabled]
    assert closed == ["first-2", "up-2", "down-4"]
    buttons["first-4"].click().run()
    assert moves == [("4", "first")]


def test_beside_a_result_nothing_is_said_of_a_work_that_was_cancelled(alone, queue):
    queue(replace(RUNS, kind="trust", state="cancelled"))
    assert not [line.value for line in opened("trust").markdown if "cancelled" in line.value]
    assert [line.value for line in opened("data").markdown if "cancelled" in line.value]


def test_a_page_says_whose_turn_it_is_and_does_not_offer_the_same_again(queue):
    queue(MINE, RUNS)
    app = opened("trust")
    assert [button.disabled for button in app.button if button.label == "Leave images out and refit"] == [True]
    assert "It is second in the queue; now Audit of default runs, about 40 s left." in app.markdown[-1].value
    assert [button.label for button in app.button].count("Cancel") == 1
