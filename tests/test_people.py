"""Several people on one server: each browser's edits are its own, and the model is everybody's."""

import os
from contextlib import ExitStack

import pytest
from browsing import SETTLED, watched

from explorer.runs import edits, jobs, owners
from explorer.runs.changes import Change
from explorer.ui import people

ANNA, BEN = "a" * 16, "b" * 16
DIGEST = "d" * 64


@pytest.fixture
def asked(monkeypatch):
    """Says who is meant."""
    who = [""]
    monkeypatch.setattr(owners, "_asked", [lambda: who[0]])
    return who


@pytest.fixture(scope="module", autouse=True)
def apart(alone):
    """The server of this module keeps people apart."""
    os.environ[people.VARIABLE] = "apart"
    yield
    del os.environ[people.VARIABLE]


def excluded(asked, who):
    asked[0] = who
    return set(edits.state(DIGEST).excluded)


def test_edits_of_one_are_not_those_of_another(asked):
    for place, who in enumerate(("", ANNA, BEN)):
        asked[0] = who
        edits.record(DIGEST, [Change("train", place, "exclude")])
    assert [excluded(asked, who) for who in ("", ANNA, BEN)] == [{0}, {1}, {2}]
    asked[0] = ANNA
    assert [edit.change.row for edit in edits.undo_step(DIGEST)] == [1]
    assert edits.undo_step(DIGEST) == []
    assert [excluded(asked, who) for who in ("", ANNA, BEN)] == [{0}, set(), {2}]
    asked[0] = ANNA
    assert [edit.change.row for edit in edits.redo_step(DIGEST)] == [1]
    assert [excluded(asked, who) for who in ("", ANNA, BEN)] == [{0}, {1}, {2}]


def test_who_is_meant_is_checked_and_can_be_fixed(asked):
    asked[0] = "../../etc"
    assert (owners.owner(), owners.book(DIGEST), owners.suffix()) == ("", DIGEST, "")
    with owners.meant(BEN):
        assert owners.book(DIGEST) == f"{DIGEST}@{BEN}"
        assert owners.suffix() == "-bbbbbb"
        assert owners.environment()[owners.VARIABLE] == BEN
    assert owners.owner() == ""


def test_work_in_the_background_is_told_whose_edits_it_works_with(asked, monkeypatch):
    asked[0], given = ANNA, {}
    monkeypatch.setattr(jobs.subprocess, "Popen", lambda words, **options: given.update(options))
    with pytest.raises(AttributeError):  # there is no process
        jobs.start("build", "name", ["build"])
    assert given["env"][owners.VARIABLE] == ANNA


@pytest.mark.parametrize(
    ("address", "wish", "said"),
    [
        ("127.0.0.1", "", False),
        ("localhost", "", False),
        ("::1", "", False),
        ("0.0.0.0", "", True),
        (None, "", True),
        ("explorer.example", "", True),
        ("127.0.0.1", "apart", True),
        ("0.0.0.0", "together", False),
    ],
)
def test_people_are_kept_apart_where_others_can_come(monkeypatch, address, wish, said):
    monkeypatch.setenv(people.VARIABLE, wish)
    monkeypatch.setattr(people.st, "get_option", {"server.address": address}.get)
    assert people.apart() == said


def test_two_browsers_edit_the_same_run_and_see_their_own(browser, server, run, alone):
    with ExitStack() as stack:
        first, second = (stack.enter_context(watched(browser)) for _ in range(2))
        for page in (first, second):
            page.goto(f"{server}/training_image?train=7")
            page.get_by_role("button", name="Exclude this image").wait_for()
        names = [page.context.cookies()[0] for page in (first, second)]
        assert names[0]["value"] != names[1]["value"]
        assert names[0]["httpOnly"]
        first.get_by_role("button", name="Exclude this image").click()
        first.get_by_role("link", name="Refit with the 1 edit").wait_for()
        second.reload()
        second.locator(SETTLED).wait_for()
        second.get_by_role("button", name="Exclude this image").wait_for()
        assert second.get_by_role("link", name="Refit with the 1 edit").count() == 0
        first.get_by_role("link", name="Refit with the 1 edit").click()
        first.get_by_role("button", name="Refit with these edits").click()
        first.get_by_role("heading", name="All test images").wait_for()
        first.get_by_text("Take your edits along").click()
        first.get_by_text(people.APART).wait_for()
    assert {path.name for path in (alone / "runs/names").iterdir()} == {
        "default",
        f"default-edited-{names[0]['value'][:6]}",
    }
    with owners.meant(names[0]["value"]):
        assert edits.state(run.manifest["data_digest"]).excluded == {run.picture_row("train", 7)}
    assert not edits.state(run.manifest["data_digest"]).excluded


def test_another_address_needs_the_names_by_which_it_is_called(explorer, monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    monkeypatch.delenv("STREAMLIT_SERVER_ALLOWED_HOSTS", raising=False)
    answer = explorer("app")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "say also under which names browsers will call it, such as STREAMLIT_SERVER_ALLOWED_HOSTS=" in answer.stderr
