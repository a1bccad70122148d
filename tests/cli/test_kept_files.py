"""What browsers sent and people kept: listed with its use, removed by name, and not while a run needs it."""

import io
import json
import os
import time

import pytest

from explorer.core import home
from explorer.core.checksums import write_manifest
from explorer.datasets import open_dataset, uploads
from explorer.runs import jobs, unused_uploads
from explorer.runs.edits import edit_scope
from explorer.runs.own_pictures import picture_store
from tests.support.hostile_data import GOOD, zipped

ANNA = "a" * 16


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return tmp_path


def sent(name, more=b"", days=0):
    path = uploads.store_data(io.BytesIO(zipped(GOOD | {"note.txt": more})), name)
    then = time.time() - 24 * 3600 * days - 60
    os.utime(path.parent, (then, then))
    return path


def built(name, dataset):
    run_id = name.encode().hex()[:16].rjust(16, "0")
    (home.runs() / "names").mkdir(parents=True, exist_ok=True)
    (home.runs() / run_id).mkdir()
    write_manifest(home.runs() / run_id / "manifest.json", {"dataset": dataset})
    (home.runs() / "names" / name).write_text(run_id)


def told(printed, *words):
    return json.loads(printed(*words, "--json"))


def test_uploads_are_listed_with_size_date_and_runs(printed):
    used, free = sent("pets.zip", b"1", days=3), sent("birds.zip", b"2")
    built("mine", f"{used}?folder=a")
    first, second = told(printed, "uploads")["uploads"]
    assert (first["name"], first["runs"], first["path"]) == ("birds.zip", [], str(free))
    assert (second["name"], second["runs"], second["key"]) == ("pets.zip", ["mine"], used.parent.name[:12])
    assert second["bytes"] >= used.stat().st_size
    assert round(first["sent"] - second["sent"]) == 3 * 24 * 3600
    lines = printed("uploads").splitlines()
    assert lines[0].endswith("birds.zip  used by no run")
    assert lines[1].endswith("pets.zip  used by mine")


def test_an_upload_goes_with_what_was_unpacked_of_it(printed, explorer):
    path = sent("pets.zip")
    open_dataset(str(path))
    unpacked = home.data() / "archives" / path.parent.name
    assert unpacked.is_dir()
    assert told(printed, "uploads", "--remove", "pets.zip") == {"uploads": [], "removed": ["pets.zip"]}
    assert not path.exists()
    assert not unpacked.exists()
    assert printed("uploads") == "No file was sent to this program.\n"
    assert "There is no upload 'pets.zip'" in explorer("uploads", "--remove", "pets.zip").stderr


def test_what_is_needed_stays_and_nothing_else_goes(explorer, monkeypatch):
    used, free = sent("pets.zip", b"1"), sent("birds.zip", b"2")
    built("mine", str(used))
    answer = explorer("uploads", "--remove", "birds.zip", "--remove", "pets.zip")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "pets.zip is needed by the run mine" in answer.stderr
    job = jobs.Job("1", "build", "b", "waiting", "", 0, 1, [], "", 0, 0, ["build", "--dataset", str(free)])
    monkeypatch.setattr(unused_uploads.jobs, "jobs", lambda: [job])
    assert "birds.zip is being checked or built on" in explorer("uploads", "--remove", "birds.zip").stderr
    assert used.is_file()
    assert free.is_file()


def test_equal_names_are_told_apart_by_their_key(explorer, printed):
    first, second = sent("pets.zip", b"1"), sent("pets.zip", b"2")
    said = explorer("uploads", "--remove", "pets.zip").stderr
    assert "2 uploads are called 'pets.zip'; name one by its key: " in said
    assert first.parent.name[:12] in said
    told(printed, "uploads", "--remove", first.parent.name[:12])
    assert (first.exists(), second.exists()) == (False, True)


def test_those_that_no_run_needs_go_after_a_day(printed, explorer):
    used, old, new = sent("pets.zip", b"1", days=3), sent("birds.zip", b"2", days=3), sent("fish.zip", b"3")
    built("mine", str(used))
    assert told(printed, "uploads", "--unused")["removed"] == ["birds.zip"]
    assert [path.exists() for path in (used, old, new)] == [True, False, True]
    assert "not both" in explorer("uploads", "--unused", "--remove", "fish.zip").stderr


def test_kept_pictures_of_everybody_are_listed_and_removed(printed, explorer):
    assert printed("pictures") == "No picture is kept.\n"
    ours = picture_store.save(b"one", "data:")
    with edit_scope.as_owner(ANNA):
        hers = picture_store.save(b"three", "data:")
    found = told(printed, "pictures")["pictures"]
    assert [(each["name"], each["owner"]) for each in found] == [(hers, ANNA), (ours, "")]
    assert found[0]["bytes"] > 5
    assert printed("pictures").splitlines()[0].endswith("of browser aaaaaa")
    assert "There is no kept picture 'x'" in explorer("pictures", "--remove", "x").stderr
    assert told(printed, "pictures", "--remove", hers)["removed"] == [hers]
    assert picture_store.load(ours) == b"one"
    assert [each["name"] for each in told(printed, "pictures")["pictures"]] == [ours]
