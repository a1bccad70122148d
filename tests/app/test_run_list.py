"""The Data page: its list of runs, what deleting says and does, and a form that knows the check in the address."""

import json
import shutil

import pytest

from explorer.app import screen_text
from explorer.app.pages.data import build_jobs, form, preflight_report, run_manager
from explorer.datasets import uploads
from explorer.runs import jobs, store
from explorer.runs.build import preflight_store
from explorer.runs.build.request import Config
from explorer.runs.upkeep import Removal
from tests.support.hostile_data import GOOD, zipped
from tests.support.pages import opened


@pytest.fixture
def copied(alone):
    """A second run, a copy of the first under an id of its own name."""
    store.point("pets", store.names()["default"])
    yield alone
    for name in set(store.names()) - {"default"}:
        (alone / "runs/names" / name).unlink()


@pytest.fixture
def upload(alone):
    with (alone / "pets.zip").open("w+b") as stream:
        stream.write(zipped(GOOD))
        stream.seek(0)
        yield str(uploads.store_data(stream, "pets.zip"))
    shutil.rmtree(uploads.folder(), ignore_errors=True)


def listed(app):
    blocks = [
        block for element in app.get("bidi_component") for block in json.loads(element.proto.json).get("blocks", [])
    ]
    return next(block["rows"] for block in blocks if block["kind"] == "runs")


def pressed(app, key):
    return app.button(key=key).click().run()


def test_runs_stand_with_accuracy_size_and_the_way_to_change_them(copied, run):
    rows = {row["name"]: row for row in listed(opened("data"))}
    assert set(rows) == {"default", "pets"}
    row = rows["pets"]
    assert row["words"][:4] == [
        run.manifest.title,
        run.manifest.backbone,
        "800",
        screen_text.percent(run.manifest.accuracy),
    ]
    assert row["keys"][-1] > 2**20
    assert "manage=pets" in row["manage"]


def test_games_and_other_browsers_runs_are_not_listed(copied, run):
    store.point("game-1", run.id)
    assert {row["name"] for row in listed(opened("data"))} == {"default", "pets"}
    assert "There is no run 'game-1' in the list" in opened("data", manage="game-1").error[0].value
    refused = opened("predictions", run="zzz").error[0].value
    assert "There is no run 'zzz'; choose one of: default, pets" in refused
    assert "There is no tab on this page 'zzz'" in opened("suspects", view="zzz").error[0].value


def test_deleting_says_what_goes_and_does_it(copied):
    app = opened("data", manage="pets")
    assert any("Only this name goes. The run stays under the name default." in one.value for one in app.markdown)
    app = pressed(app, "delete")
    assert [one.value for one in app.success] == ["The name pets is deleted."]
    assert list(store.names()) == ["default"]
    assert "manage" not in app.query_params


def test_what_goes_with_a_run_is_said_before(tmp_path):
    parts = [tmp_path / folder / name for folder, name in (("audits", "a"), ("audits", "b"), ("selections", "c"))]
    going = Removal("pets", "0" * 16, [], 2_000_000, 58_000_000, parts, 100, "")
    said = " ".join(run_manager.sentences(going))
    assert "1.9 MB are free again" in said
    assert "what was made of it: 2 audits and 1 selection" in said
    assert "Other runs share 55.3 MB of it; those stay." in said


def test_a_run_in_use_cannot_be_deleted_and_says_why(copied, monkeypatch):
    job = jobs.Job("j", "trust", "pets", "running", "Refits", 0, 1, [], "", 0.0, 0.0)
    monkeypatch.setattr(run_manager.upkeep.jobs, "jobs", lambda: [job])
    app = opened("data", manage="pets")
    assert app.button(key="delete").disabled
    assert any("A job works on it (trust)" in one.value for one in app.markdown)


def test_a_renamed_run_stays_open_under_its_new_name(copied):
    app = opened("data", run="pets", manage="pets")
    app.text_input(key="new-name").set_value("my pets")
    app = pressed(app, "rename")
    assert "A run cannot be called 'my pets'" in app.error[0].value
    app.text_input(key="new-name").set_value("cats")
    app = pressed(app, "rename")
    assert set(store.names()) == {"default", "cats"}
    assert app.query_params["run"] == "cats"
    assert [row["name"] for row in listed(app) if row["open"]] == ["cats", "default"]


def test_an_upload_gives_a_run_of_its_name_numbered_where_that_is_taken(copied, upload):
    config = Config(upload, "small-cnn")
    assert build_jobs.default_name(config) == "pets-2"  # pets is another run
    (copied / "runs/names/pets").unlink()
    assert build_jobs.default_name(config) == "pets"
    assert build_jobs.default_name(Config("drawn", "small-cnn")) == "drawn-small-cnn"


def test_a_form_that_is_opened_on_a_check_shows_what_was_checked(copied, upload):
    words = Config(upload, "vgg11", 12, 3, noise="cat>doggy:0.5", noise_seed=4).to_argv()
    key = preflight_store.key_of([*words, "--run", "pets-2"])
    preflight_store.save(key, {"words": [*words, "--run", "pets-2"], "run": "pets-2"})
    app = opened("data")
    assert app.text_input(key=form.DATA.field).value == "drawn"
    app = opened("data", check=key)
    assert app.text_input(key=form.DATA.field).value == "pets.zip"
    assert app.session_state["dataset-shown"] == ("pets.zip", upload)
    assert app.selectbox(key="build-backbone").value == "vgg11"
    numbers = {name: app.number_input(key=f"build-{name}").value for name in ("limit", "seed", "noise-seed")}
    assert numbers == {"limit": 12, "seed": 3, "noise-seed": 4}
    assert app.text_input(key="build-noise").value == "cat>doggy:0.5"
    assert app.text_input(key="build-run").value == "pets-2"


def test_no_digest_of_an_upload_stands_on_the_screen_in_its_whole_length(upload):
    digest = upload.split("/")[-2]
    report = {"data": {"dataset": upload}}
    shown = {"Data set": upload, "The pictures lie in": f"/home/archives/{digest}/files"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preflight_report.preflight_summary, "facts", lambda _: list(shown.items()))
        facts = dict(preflight_report.readable_facts(report))
    assert facts == {"Data set": "pets.zip", "The pictures lie in": f"/home/archives/{digest[:8]}…/files"}


def test_the_form_begins_with_the_network_that_a_build_takes_when_none_is_named(run):
    assert opened("data").selectbox(key="build-backbone").value == Config().backbone
