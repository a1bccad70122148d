"""Several people on one server: each browser's edits are its own, and the model is everybody's."""

import os
from types import SimpleNamespace

import pytest

from explorer.app import browser_identity, urls
from explorer.app.components.edit_plan.edit_plan import EditPlan
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.data import build_jobs, preflight_report
from explorer.app.pages.retrain import edit_refit
from explorer.core.errors import ExplorerError
from explorer.runs import jobs, store
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_log, edit_scope, refit
from explorer.runs.edits.change import Change
from explorer.runs.results import case_facts
from explorer.runs.work import worker_process
from tests.support.pages import opened

ANNA, BEN = "a" * 16, "b" * 16
DIGEST = "d" * 64


@pytest.fixture
def asked(monkeypatch):
    """Says who is meant."""
    who = [""]
    monkeypatch.setattr(edit_scope, "_resolver", [lambda: who[0]])
    return who


@pytest.fixture(scope="module", autouse=True)
def apart(alone):
    """The server of this module keeps people apart."""
    os.environ[edit_scope.WISH] = "apart"
    yield
    del os.environ[edit_scope.WISH]


def excluded(asked, who):
    asked[0] = who
    return set(edit_log.state(DIGEST).excluded)


def test_edits_of_one_are_not_those_of_another(asked):
    for place, who in enumerate(("", ANNA, BEN)):
        asked[0] = who
        edit_log.record(DIGEST, [Change("train", place, "exclude")])
    assert [excluded(asked, who) for who in ("", ANNA, BEN)] == [{0}, {1}, {2}]
    asked[0] = ANNA
    assert [edit.change.row for edit in edit_log.undo_step(DIGEST)] == [1]
    assert edit_log.undo_step(DIGEST) == []
    assert [excluded(asked, who) for who in ("", ANNA, BEN)] == [{0}, set(), {2}]
    asked[0] = ANNA
    assert [edit.change.row for edit in edit_log.redo_step(DIGEST)] == [1]
    assert [excluded(asked, who) for who in ("", ANNA, BEN)] == [{0}, {1}, {2}]


def test_who_is_meant_is_checked_and_can_be_fixed(asked):
    asked[0] = "../../etc"
    assert (edit_scope.owner(), edit_scope.log_key(DIGEST), edit_scope.owner_suffix()) == ("", DIGEST, "")
    with edit_scope.as_owner(BEN):
        assert edit_scope.log_key(DIGEST) == f"{DIGEST}@{BEN}"
        assert edit_scope.owner_suffix() == "-bbbbbb"
        assert edit_scope.environment()[edit_scope.VARIABLE] == BEN
    assert edit_scope.owner() == ""


def test_work_in_the_background_is_told_whose_edits_it_works_with(asked, monkeypatch):
    asked[0], given = ANNA, {}
    monkeypatch.setattr(worker_process.subprocess, "Popen", lambda words, **options: given.update(options))
    with pytest.raises(AttributeError):  # there is no process
        jobs.start("build", "name", ["build"])
    assert given["env"][edit_scope.VARIABLE] == ANNA


def test_a_run_that_is_made_from_another_says_whose_it_is(asked):
    assert edit_scope.derived_name("default", "repaired") == "default-repaired"
    asked[0] = ANNA
    assert edit_scope.derived_name("default", "repaired") == "default-repaired-aaaaaa"
    for what in ("edited", "scratch", "repaired"):
        assert store.check_name(edit_scope.derived_name("n" * 64, what)).endswith(f"n-{what}-aaaaaa")


def test_the_repair_of_one_is_not_that_of_another(asked, monkeypatch):
    from explorer.cli import repair
    from explorer.lesson import repair as repairing

    given = []
    monkeypatch.setattr(repairing, "repair", lambda *words: given.append(words[2]))
    monkeypatch.setattr(repair, "show", lambda *_: None)
    monkeypatch.setattr(repair, "_lines", lambda _: [])
    for asked[0] in ("", ANNA):
        repair.repair("default")
    assert given == ["default-repaired", "default-repaired-aaaaaa"]


def test_work_is_resumed_with_the_edits_of_whoever_began_it(asked, monkeypatch, alone):
    given = []

    def begun(words, **options):
        given.append(options["env"][edit_scope.VARIABLE])
        return SimpleNamespace(pid=1, poll=lambda: 0, wait=lambda: 0)

    monkeypatch.setattr(worker_process.subprocess, "Popen", begun)
    for asked[0], who in ((ANNA, ANNA), ("", "")):
        began = jobs.start("build", "name", ["build"])
        job = next(job for job in jobs.jobs() if job.id == began)
        assert job.owner == who
        asked[0] = BEN
        again = jobs.resume(job)
        assert next(job for job in jobs.jobs() if job.id == again).owner == who
    assert given == [ANNA, ANNA, "", ""]


@pytest.mark.parametrize("given", ["", "../../etc", "A" * 16])
def test_a_browser_without_a_name_does_not_fall_into_everybodys_edits(monkeypatch, given):
    monkeypatch.setattr(browser_identity, "get_script_run_ctx", lambda: True)
    fake = SimpleNamespace(
        context=SimpleNamespace(cookies={browser_identity.COOKIE: given}), get_option=browser_identity.st.get_option
    )
    names = []
    for _ in range(2):
        fake.session_state = {}
        monkeypatch.setattr(browser_identity, "st", fake)
        names.append(browser_identity.browser_id())
        assert browser_identity.browser_id() == names[-1]
        assert edit_scope.OWNER.fullmatch(names[-1])
    assert names[0] != names[1]
    fake.context.cookies = {browser_identity.COOKIE: BEN}
    assert browser_identity.browser_id() == BEN


@pytest.fixture
def named(alone, run):
    """Gives the run more names, and takes them away afterwards."""
    before = store.names()
    yield lambda *names: [store.point(name, run.id) for name in names]
    for name in {*store.names()} - {*before}:
        (alone / "runs/names" / name).unlink()


def test_menus_leave_other_peoples_runs_out(asked, named, run):
    mine, theirs, plain = "x-edited-aaaaaa", "x-scratch-bbbbbb", "x-edited-0123456"
    named(mine, theirs, plain, "default-repaired-bbbbbb")
    asked[0] = ANNA
    assert {mine, theirs, plain} & {*urls.run_names()} == {mine, plain}
    assert theirs in urls.run_names(theirs)
    asked[0] = ""
    assert {mine, theirs, plain} <= {*urls.run_names()}


def test_the_name_of_a_run_is_not_somebody_elses(asked, monkeypatch):
    monkeypatch.setattr(urls.backend, "runs", lambda: {"x-edited-bbbbbb": "1" * 16})
    assert urls.name_of("1" * 16) == "x-edited-bbbbbb"
    asked[0] = ANNA
    assert urls.name_of("1" * 16) == "1" * 16


def test_the_same_edits_of_two_have_a_name_each(asked, named, run):
    named()
    for asked[0] in (ANNA, BEN):
        edit_log.record_edits(run, [Change("train", run.picture_row("train", 9), "exclude")])
    asked[0] = ANNA
    made = refit.refit_edited(run, edit_scope.derived_name("default", "edited"))
    asked[0] = BEN
    plan = EditPlan(run, "default", refit.run_changes(run), 0)
    for _ in range(2):
        assert edit_refit.refit_or_button(plan).id == made.id
        assert urls.name_of(made.id) == "default-edited-bbbbbb"
    assert store.names()["default-edited-aaaaaa"] == made.id


def test_nobody_takes_the_name_of_another_run(asked, named, run):
    named("theirs")
    same, other = Config.from_manifest(run.manifest), Config("drawn", limit=20)
    assert build_jobs.require_free_name(other, "theirs") == "theirs"  # edits are everybody's here, and so are names
    asked[0] = ANNA
    assert build_jobs.require_free_name(same, "theirs") == "theirs"
    assert build_jobs.require_free_name(other, "free") == "free"
    with pytest.raises(ExplorerError, match="There is a run called 'theirs' already, made of other choices"):
        build_jobs.require_free_name(other, "theirs")


def test_a_name_that_was_taken_since_the_check_is_not_taken_over(asked, named, run, monkeypatch):
    named("theirs")
    started, said = [], []
    monkeypatch.setattr(job_progress.st, "error", said.append)
    monkeypatch.setattr(preflight_report.jobs, "start", lambda kind, name, words: started.append(name))
    found = {"words": ["build"], "run": "theirs", "run_id": "0" * 16, "data": {}}
    preflight_report.start_checked_build(found)  # edits are everybody's here, and so are names
    asked[0] = ANNA
    preflight_report.start_checked_build(found)
    assert started == ["theirs"]
    assert "There is a run called 'theirs' already" in said[0]
    preflight_report.start_checked_build(found | {"run_id": run.id})
    preflight_report.start_checked_build(
        found | {"named": run.id}
    )  # a build of the same name before data were added to its folder
    assert started == ["theirs"] * 3


def test_commands_that_know_nobody_are_given_the_edits_as_a_file(asked, run):
    asked[0] = ANNA
    assert [title for title, _ in case_facts._build_commands(run, edited=False)] == ["The run"]
    brought = case_facts._build_commands(run, edited=True)[1]
    assert brought[1] == f"python -m explorer edit apply edits.csv --run {run.id}"
    asked[0] = ""
    assert len(case_facts._build_commands(run, edited=True)) == 1


def test_the_page_names_the_commands_copy_only_where_edits_are_everybodys(asked, monkeypatch, alone):
    for asked[0], said, copied in (("", browser_identity.TOGETHER, True), (ANNA, browser_identity.APART, False)):
        captions = [part.value for part in opened("retrain").caption]
        (found,) = (each for each in captions if said in each)
        assert ("--format folder" in found) == copied
