"""Runs are renamed and removed whole, with what was computed for them, and never while something needs them."""

import json
import time

import numpy as np
import pytest

from explorer.core.checksums import write_manifest
from explorer.core.errors import ExplorerError
from explorer.core.files import sweep
from explorer.runs import jobs, selections, store, upkeep
from explorer.runs.database import database
from explorer.runs.edits import edit_log, edit_scope
from explorer.runs.edits.edit_log import Change
from explorer.runs.edits.refit import refit_edited
from explorer.runs.results.cleaning import edits_curve


@pytest.fixture
def home(run, tmp_path, monkeypatch):
    """A home of its own with the run of all tests as ``default``, and a run refitted from it as ``fixed``."""
    from tests.support.homes import furnish

    here = furnish(tmp_path / "home", run.folder.parents[1], run.id)
    monkeypatch.setenv("EXPLORER_HOME", str(here))
    edit_log.record(run.data_digest, [Change("train", 3, "exclude")])
    refit_edited(store.open_run("default"), "fixed")
    return here


def working(name, state="running", background=False):
    """A job of this name, as the table of jobs has it."""
    command = json.dumps({"kind": "trust", "words": ["trust"], "owner": "", "background": background})
    row = (f"job-{name}", name, command, 1, state, "Refits", 0.0, 1.0, "[]", "", time.time(), time.time())
    with database() as connection:
        connection.execute(f"INSERT INTO jobs VALUES ({','.join('?' * len(row))})", row)


def test_the_list_says_what_each_run_is_and_takes(home, run):
    fixed, default = upkeep.known_runs(["fixed", "default"])
    assert (default.manifest.run_id, default.manifest.accuracy) == (run.id, run.manifest.accuracy)
    files = [path.stat() for path in store.run_folder(run.id).iterdir()]
    assert default.size == round(sum(stat.st_size / stat.st_nlink for stat in files))
    assert 0 < fixed.size < default.size + 1
    assert time.time() - 3600 < fixed.made <= time.time()


def test_a_removed_run_takes_its_results_along_and_leaves_the_others(home, run):
    fixed, others = store.open_run("fixed"), [home / f"audits/{run.id}-1/a", home / "maps/0123456789abcdef-pca.npy"]
    own = [
        home / f"audits/{fixed.id}-1/a",
        home / f"audits/cleaning-{fixed.id}-2.json",
        home / f"trust/{fixed.id}.json",
        home / f"flips/{fixed.id}/3-removing.json",
    ]
    for path in (*own, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000))
    mine, other = (home / f"experiments/seeds-{hash_}/result.json" for hash_ in ("0" * 16, "1" * 16))
    for path, run_id in ((mine, fixed.id), (other, run.id)):
        path.parent.mkdir(parents=True)
        write_manifest(path, {"run": run_id})
    going = upkeep.removal("fixed")
    assert set(going.results) == {own[0].parent, *own[1:3], own[3].parent, mine.parent}
    assert going.results_size == 4000 + mine.stat().st_size
    upkeep.remove("fixed")
    assert list(store.names()) == ["default"]
    assert not [path for path in home.rglob("*") if fixed.id in path.name and path.suffix != ".lock"]
    assert all(path.is_file() for path in (*others, other))
    assert not mine.parent.exists()
    assert store.open_run("default").id == run.id
    with pytest.raises(ExplorerError, match="There is no run"):
        store.resolve(fixed.id)
    assert edit_log.state(run.data_digest).excluded == {3}


def test_a_removed_run_takes_along_what_was_never_finished_and_what_was_chosen_in_it(home, run):
    fixed = store.open_run("fixed")
    begun, others = (home / f"experiments/seeds-{number * 16}" for number in "01")
    for folder, run_id in ((begun, fixed.id), (others, run.id)):
        folder.mkdir(parents=True)
        write_manifest(folder / "run.json", {"run": run_id})
    mine, other = (
        home / f"selections/{selections.save(run_id, 'train', [1, 2])}.json" for run_id in (fixed.id, run.id)
    )
    edits_curve(fixed)
    (curve,) = (home / "audits").glob("edits-*.json")  # it is of the unedited run
    assert set(upkeep.removal("fixed").results) == {begun, mine}
    assert {others, other, curve} <= set(upkeep.computed_for(run.id))
    upkeep.remove("fixed")
    assert [path.exists() for path in (begun, mine, others, other)] == [False, False, True, True]


def test_what_is_free_again_are_the_files_that_no_other_run_shares(home, run):
    going, folder = upkeep.removal("fixed"), store.run_folder(store.names()["fixed"])
    links = {path: path.stat().st_nlink for path in folder.iterdir()}
    assert going.size == sum(path.stat().st_size for path, names in links.items() if names == 1)
    assert going.shared == sum(path.stat().st_size for path, names in links.items() if names > 1) > 0


def test_an_opened_run_can_still_be_read_after_it_was_removed(home):
    fixed = store.open_run("fixed")
    features = fixed.test_features
    upkeep.remove("fixed")
    assert np.isfinite(features).all()


def test_a_run_with_another_name_stays_under_it(home):
    store.point("again", store.names()["fixed"])
    assert upkeep.removal("fixed").keeps_run
    upkeep.remove("fixed")
    assert store.open_run("again").manifest.base
    assert "fixed" not in store.names()


def test_a_run_that_others_were_refitted_from_stays(home):
    with pytest.raises(
        ExplorerError, match=r"Other runs were refitted from it and need it: fixed\. Delete those first"
    ):
        upkeep.remove("default")
    upkeep.remove("fixed")
    with pytest.raises(ExplorerError, match="It is the only run"):
        upkeep.remove("default")


def test_another_browsers_refit_is_counted_and_not_named(home, monkeypatch):
    upkeep.rename("fixed", f"fixed-edited-{'b' * 6}")
    with edit_scope.as_owner("a" * 16):
        assert "need it: 1 that is not listed here. Delete" in upkeep.removal("default").refusal


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_a_run_that_a_job_uses_is_neither_removed_nor_renamed(home, monkeypatch, state):
    working("fixed", state)
    monkeypatch.setattr(jobs.worker_process, "alive", lambda _: True)
    monkeypatch.setattr(jobs.worker_process, "spawn", lambda *_: 1)
    for change in (lambda: upkeep.remove("fixed"), lambda: upkeep.rename("fixed", "other")):
        with pytest.raises(
            ExplorerError, match=r"A job works on it \(trust\); wait until it is finished, or cancel it"
        ):
            change()
    assert "fixed" in store.names()


def test_what_is_computed_unasked_gives_way(home, monkeypatch):
    working("fixed", background=True)
    stopped = []
    monkeypatch.setattr(jobs.worker_process, "alive", lambda _: not stopped)
    monkeypatch.setattr(jobs.worker_process, "stop", stopped.append)
    upkeep.remove("fixed")
    assert [job.id for job in stopped] == ["job-fixed"]
    assert not any(job.state in jobs.ACTIVE for job in jobs.jobs())


def test_a_renamed_run_keeps_its_id_and_its_place(home):
    before = store.names()
    upkeep.rename("fixed", "mended")
    assert store.names() == {"mended" if name == "fixed" else name: run_id for name, run_id in before.items()}
    assert list(store.names()) == ["mended" if name == "fixed" else name for name in before]


@pytest.mark.parametrize(
    ("name", "new", "sentence"),
    [
        ("fixed", "default", "There is a run called 'default' already"),
        ("fixed", "a/b", "A run cannot be called 'a/b'"),
        ("fixed", "..", "A run cannot be called"),
        ("default", "mine", "'default' is the run that the program opens"),
        ("nobody", "mine", "There is no run 'nobody'"),
    ],
)
def test_what_no_run_may_be_called_gets_one_sentence(home, name, new, sentence):
    before = store.names()
    with pytest.raises(ExplorerError, match=sentence):
        upkeep.rename(name, new)
    assert store.names() == before


def test_what_a_killed_removal_leaves_is_no_run_and_is_swept(home, monkeypatch):
    monkeypatch.setattr(upkeep.shutil, "rmtree", lambda *_, **__: None)
    upkeep.remove("fixed")
    left = [path for path in (home / "runs").iterdir() if path.name.startswith(".") and path.is_dir()]
    assert len(left) == 1
    monkeypatch.undo()
    sweep(home / "runs")
    assert not left[0].exists()
