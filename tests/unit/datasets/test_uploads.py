"""Files from a browser: one file a content, no letter of a name on the disk, nothing left of what is refused."""

import io
import json
import os
import time
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core import home
from explorer.core.checksums import digest, write_manifest
from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset, uploads
from explorer.datasets.archives import extraction
from explorer.runs import unused_uploads
from explorer.runs.store import tidy
from tests.support.hostile_data import GOOD, IDS, ids, put, reasons, tarred, tree, zipped
from tests.support.layouts import pictures

NAMES = [
    "../../../etc/passwd.zip",
    "/root/x.zip",
    "..\\..\\windows\\x.zip",
    "<script>alert(1)</script>.ZIP",
    "a\0b\nc.zip",
    "x" * 3000 + ".zip",
    "\ud800 \u202e piz.zip",
    ".zip",
]
ZIP = zipped(GOOD)


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """An empty home beside which nothing may appear."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    yield
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("home", "set", "elsewhere")] == []


def stored():
    """All files of uploads; what an upload was called counts with it, and alone only where it is gone."""
    files = sorted(path for path in uploads.folder().rglob("*") if path.is_file())
    return [path for path in files if path.name != uploads.GIVEN or len(list(path.parent.iterdir())) == 1]


@pytest.mark.parametrize("name", NAMES)
def test_only_a_digest_and_an_ending_stand_in_a_path(name):
    path = uploads.store_data(io.BytesIO(ZIP), name)
    assert path == uploads.folder() / digest(ZIP) / f"upload-{digest(ZIP)[-8:]}.zip"
    assert path.read_bytes() == ZIP
    assert ids(open_dataset(str(path))) == IDS
    assert uploads.given_name(path).isprintable()
    assert len(uploads.given_name(path)) <= uploads.LONGEST + len(".zip")
    assert not set(uploads.given_name(path)) & set("/\\")


@pytest.mark.parametrize(
    ("name", "title"), [("pets.zip", "pets"), ("a\0b\nc.zip", "abc"), ("../é.v2.ZIP", "é"), (".zip", "upload")]
)
def test_data_are_called_as_the_file_was_in_the_browser(name, title):
    path = uploads.store_data(io.BytesIO(ZIP), name)
    assert (uploads.title_of(path), open_dataset(str(path)).title) == (title, title)


def test_an_upload_of_before_names_were_noted_is_read_as_before():
    path = uploads.store_data(io.BytesIO(ZIP), "pets.zip")
    (path.parent / uploads.GIVEN).unlink()
    assert uploads.given_name(path) == ""
    assert open_dataset(str(path)).title == path.name.partition(".")[0]


def test_only_an_upload_has_a_name_of_its_own(tmp_path):
    folder = put(tmp_path / "set", {"x.zip": ZIP})
    write_manifest(folder / uploads.GIVEN, {"name": "other.zip"})
    assert uploads.given_name(folder / "x.zip") == ""


def test_the_same_upload_twice_is_one_file_and_is_not_written_again():
    first = uploads.store_data(io.BytesIO(ZIP), "a.zip")
    before = first.stat()
    assert uploads.store_data(io.BytesIO(ZIP), "b.zip") == first
    assert stored() == [first]
    assert uploads.given_name(first) == "b.zip"
    assert (first.stat().st_ino, first.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_upload_that_was_cut_short_on_the_disk_is_written_again():
    path = uploads.store_data(io.BytesIO(ZIP), "a.zip")
    path.write_bytes(ZIP[:10])
    assert uploads.store_data(io.BytesIO(ZIP), "a.zip").read_bytes() == ZIP


def test_endings_of_two_parts_are_kept():
    path = uploads.store_data(io.BytesIO(tarred(GOOD)), "photos.v2.tar.gz")
    assert path.name.endswith(".tar.gz")
    assert ids(open_dataset(str(path))) == IDS


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("cats.rar", ZIP, "'cats.rar' is not read; give a ZIP or tar of class folders, a Parquet table"),
        ("../up/cats", ZIP, "'cats' is not read; give a ZIP or tar"),
        ("zip", ZIP, "'zip' is not read"),
        (
            "cats.zip.exe",
            ZIP,
            "whose name ends in .zip, .tar, .tar.gz, .tgz, .parquet, .npz, .mat, .csv, .jsonl, .ndjson, .manifest, .tsv, .lst, .txt, .json, .xml",
        ),
        ("cats.zip", b"", r"The file is empty \(0 bytes\); send it again"),
        (
            "cats.zip",
            bytes(2**20 + 1),
            "more than 1 MB; put it on the computer where this program runs and give its path",
        ),
        ("cats.csv", b"path,label\n", "A list needs the folder of its pictures .*, and none was given"),
    ],
)
def test_what_is_refused_leaves_nothing(name, content, sentence, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_MEGABYTES", 1)
    with pytest.raises(ExplorerError, match=sentence):
        uploads.store_data(io.BytesIO(content), name)
    assert not uploads.folder().is_dir() or stored() == []


def test_a_full_disk_is_said_and_leaves_nothing(monkeypatch):
    full = type("Usage", (), {"free": 10})
    monkeypatch.setattr(extraction.shutil, "disk_usage", lambda _: full)
    with pytest.raises(ExplorerError, match="free some space, or set EXPLORER_HOME"):
        uploads.store_data(io.BytesIO(ZIP), "cats.zip")
    assert stored() == []


def test_a_stream_is_read_in_blocks():
    class Stream(io.BytesIO):
        def read(self, size=-1):
            assert 0 < size <= extraction.BLOCK
            return super().read(size)

    content = ZIP + bytes(3 * extraction.BLOCK)
    assert uploads.store_data(Stream(content), "cats.zip").stat().st_size == len(content)


def test_a_list_names_pictures_below_a_folder_of_this_computer(tmp_path):
    root, elsewhere = (
        put(tmp_path / "set", GOOD),
        put(tmp_path / "elsewhere", {"secret.png": next(iter(GOOD.values()))}),
    )
    lines = [{"path": name, "label": name.partition("/")[0]} for name in GOOD]
    lines += [
        {"path": str(elsewhere / "secret.png"), "label": "cat"},
        {"path": "../elsewhere/secret.png", "label": "cat"},
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    before = tree(root)
    path = uploads.store_data(io.BytesIO(content), "list.jsonl", f" {root} ")
    found = open_dataset(str(path))
    assert ids(found) == IDS
    assert reasons(found).count("its path leaves the folder of the list") == 2
    assert tree(root) == before
    other = put(tmp_path / "elsewhere", GOOD)
    assert uploads.store_data(io.BytesIO(content), "list.jsonl", str(other)) != path


def test_an_export_of_a_labelling_tool_has_its_pictures_elsewhere(tmp_path):
    root = put(tmp_path / "elsewhere", pictures("images/{kind}-{n}.png", 3, ("cat", "dog")))
    choice = {"from_name": "choice", "to_name": "image", "type": "choices"}
    tasks = [
        {
            "id": number,
            "data": {"image": f"/data/local-files/?d=images/{file.name}"},
            "annotations": [{"result": [choice | {"value": {"choices": [file.name[:3]]}}]}],
        }
        for number, file in enumerate(sorted((root / "images").iterdir()))
    ]
    path = uploads.store_data(io.BytesIO(json.dumps(tasks).encode()), "project.json", str(root))
    found = open_dataset(str(path))
    assert (found.class_names, found.title, found.layout) == (("cat", "dog"), "project", "Label Studio, JSON")
    assert len(found.train.labels) + len(found.test.labels) == 6


@pytest.mark.parametrize("root", ["pictures", "/no/such/folder", "~nobody/x"])
def test_a_list_needs_a_folder_that_is_there(root):
    with pytest.raises(ExplorerError, match=r"A list needs the folder of its pictures.*give its whole path"):
        uploads.store_data(io.BytesIO(b"path,label\n"), "list.csv", root)


def test_weights_are_stored_alike():
    path = uploads.store_checkpoint(io.BytesIO(b"numbers"), "../net.safetensors")
    assert (path.suffix, path.read_bytes(), stored()) == (".safetensors", b"numbers", [path])
    with pytest.raises(
        ExplorerError, match=r"'net.pkl' is not read; give a state dict or an ONNX file, whose name ends in .pth"
    ):
        uploads.store_checkpoint(io.BytesIO(b"numbers"), "net.pkl")


def test_only_uploads_are_forgotten(tmp_path):
    path, other = uploads.store_data(io.BytesIO(ZIP), "a.zip"), put(tmp_path / "set", GOOD)
    open_dataset(str(path))
    assert len(list((home.data() / "archives").glob("[0-9a-f]*"))) == 1
    uploads.remove_upload(str(other))
    uploads.remove_upload("drawn")
    for strange in ("x", "../x", "../../x", f"{path.parent.name}/../../x", f"{path.parent.name}/x"):
        uploads.remove_upload(str(uploads.folder() / strange))
    assert other.is_dir()
    assert stored() == [path]
    uploads.remove_upload(str(path))
    assert stored() == []
    assert len(list((home.data() / "archives").glob("[0-9a-f]*"))) == 1


def test_the_server_takes_no_larger_file_than_is_stored():
    config = tomllib.loads((Path(__file__).parents[3] / ".streamlit/config.toml").read_text())
    assert config["server"]["maxUploadSize"] == uploads.MOST_MEGABYTES


def test_what_a_killed_server_left_of_an_upload_is_swept_and_what_is_on_its_way_stays():
    uploads.folder().mkdir(parents=True)
    left = uploads.folder() / ".upload.abcd1234"
    left.write_bytes(b"half")
    seen = []

    class Slow(io.BytesIO):
        def read(self, size=-1):
            tidy()
            seen.append([path.name for path in uploads.folder().glob(".upload.*")])
            return super().read(size)

    path = uploads.store_data(Slow(ZIP), "a.zip")
    assert path.read_bytes() == ZIP
    assert [len(names) for names in seen] == [1, 1]
    assert left.name not in seen[0]
    assert list(uploads.folder().glob(".upload.*")) == []


def sent(content, days):
    """An upload of some days ago."""
    path = uploads.store_data(io.BytesIO(content), "a.zip")
    then = time.time() - 24 * 3600 * days - 60
    os.utime(path.parent, (then, then))
    return path


def run(**facts):
    """A run that says this of itself."""
    (home.runs() / "0a").mkdir(parents=True)
    write_manifest(home.runs() / "0a" / "manifest.json", facts)


def test_old_uploads_that_no_run_needs_are_left_over_and_what_was_unpacked_of_them():
    old, used, new = sent(ZIP, 1), sent(zipped(GOOD | {"a": b"1"}), 9), sent(zipped(GOOD | {"b": b"1"}), 0)
    open_dataset(str(old))
    run(dataset=str(used))
    found = unused_uploads.leftovers()
    assert found == [old.parent, home.data() / "archives" / digest(ZIP)]
    assert unused_uploads.size(found) > len(ZIP)
    unused_uploads.remove()
    assert not any(folder.exists() for folder in found)
    assert used.is_file()
    assert new.is_file()


def test_what_a_run_shows_its_pictures_from_stays():
    old = sent(ZIP, 1)
    open_dataset(str(old))
    run(dataset="/somewhere/else.zip")  # perhaps of the same content
    assert unused_uploads.leftovers() == [old.parent]
    write_manifest(home.runs() / "0a" / "manifest.json", {"dataset": str(old.with_suffix(".tar"))})
    assert unused_uploads.leftovers() == []  # the same content under another ending lies in the same folder


def test_weights_that_a_run_was_built_with_are_not_left_over():
    path = sent(ZIP, 5)
    run(dataset="drawn", own={"checkpoint": str(path)})
    assert unused_uploads.leftovers() == []


def test_what_was_sent_again_today_is_not_left_over():
    assert sent(ZIP, 5) == uploads.store_data(io.BytesIO(ZIP), "a.zip")
    assert unused_uploads.leftovers() == []


def test_the_page_offers_to_remove_what_is_left_over():
    app = AppTest.from_string("from explorer.app.pages.data import form\nform._draw_leftovers()", default_timeout=60)
    assert len(app.run().button) == 0
    path = sent(ZIP, 2)
    button = app.run().button(key="leftovers")
    assert "Remove uploads that no run was built on (" in button.label
    app = button.click().run()
    assert len(app.button) == 0
    assert not path.exists()
