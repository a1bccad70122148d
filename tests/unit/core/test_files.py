"""Files that are whole or not there, checksums that notice, locks between processes."""

import errno
import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.attribution import Curvature
from explorer.core import files
from explorer.core.checksums import canonical, digest, file_digest, load_array, read_manifest, write_manifest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.files import lock, save_array, writing, writing_folder

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# Another process that tries the lock once, and says whether it got it.
TRY = """
import pathlib, sys
from explorer.core import files
from explorer.core.errors import ExplorerError
files.LOCK_SECONDS = 0.0
try:
    with files.lock(pathlib.Path(sys.argv[1])):
        print("held")
except ExplorerError:
    print("refused")
"""
# Another process that adds one to a number in a file, again and again, each time under the lock.
COUNT = """
import pathlib, sys
from explorer.core import files
path = pathlib.Path(sys.argv[1])
for _ in range(50):
    with files.lock(path):
        path.write_text(str(int(path.read_text()) + 1))
"""


def disk_full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def process(code, path):
    return subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)


def test_what_was_written_stands_there_alone(tmp_path):
    with writing(tmp_path / "deep" / "a.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "deep/a.txt").read_text() == "new"
    assert len(list((tmp_path / "deep").iterdir())) == 1


def fail_half_way(writer, path, name=""):
    """Write something, then fail."""
    with writer(path) as temporary:
        (temporary / name).write_text("new")
        raise RuntimeError("half way")


def test_a_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way(writing, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_folder_leaves_the_old_folder_and_nothing_else(tmp_path):
    path = tmp_path / "run"
    with writing_folder(path) as folder:
        (folder / "old").touch()
    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way(writing_folder, path, "new")
    assert [found.name for found in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_the_one_before(tmp_path):
    path = tmp_path / "run"
    for name in ("old", "new"):
        with writing_folder(path) as folder:
            (folder / name).touch()
    assert [found.name for found in path.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("writer", [writing, writing_folder, lock], ids=["file", "folder", "lock"])
def test_a_place_that_cannot_be_written_is_named_with_the_way_out(tmp_path, writer):
    (tmp_path / "file").touch()
    sentence = r"^Nothing can be written to .*/file/below: .*\. Free some space, or set EXPLORER_HOME to a folder that"
    with pytest.raises(ExplorerError, match=sentence), writer(tmp_path / "file" / "below" / "a"):
        pytest.fail("it was not written")


@pytest.mark.parametrize("writer", [writing, writing_folder], ids=["file", "folder"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch, writer):
    monkeypatch.setattr(os, "replace", disk_full)
    sentence = r"^Nothing can be written to .*: No space left on device \(more is needed, [0-9.,]+ .B are free\)\. Free some space"
    with pytest.raises(ExplorerError, match=sentence), writer(tmp_path / "a"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_taken_for_a_file(tmp_path):
    with pytest.raises(ExplorerError, match=r" is a folder; give the name of a file\.$"), writing(tmp_path):
        pytest.fail("it was not written")


def test_a_name_that_is_too_long_is_said(tmp_path):
    with pytest.raises(ExplorerError, match="File name too long"), writing(tmp_path / ("x" * 300)):
        pytest.fail("it was not written")


def test_a_file_that_cannot_be_read_is_not_told_as_one_that_cannot_be_written(tmp_path):
    with pytest.raises(Exception) as caught, writing(tmp_path / "a") as temporary:  # noqa: PT011
        temporary.write_bytes((tmp_path / "missing").read_bytes())
    assert "Nothing can be written" not in str(caught.value)


# Checksums


@settings(deadline=None, derandomize=True, max_examples=25)  # each draws a tree
@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_canonical_bytes_do_not_depend_on_the_order_of_keys(value):
    assert canonical(value) == canonical(dict(reversed(value.items())))


def test_file_digest_is_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert file_digest(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest() == digest(b"abc")


ARRAYS = {"float": np.linspace(0, 1, 12).reshape(3, 4), "bytes": np.arange(9, dtype=np.uint8), "none": np.empty((0, 3))}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_as_it_was(tmp_path, name):
    path = tmp_path / "a.npy"
    save_array(path, ARRAYS[name])
    np.testing.assert_array_equal(load_array(path, file_digest(path)), ARRAYS[name], strict=True)


@pytest.mark.parametrize("keep", [0, 20, -1], ids=["empty", "in the header", "one byte less"])
def test_a_truncated_array_is_refused(tmp_path, keep):
    path = tmp_path / "a.npy"
    save_array(path, ARRAYS["float"])
    checksum = file_digest(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DamagedError, match=r"a\.npy is missing or damaged \(its checksum differs"):
        load_array(path, checksum)


def test_a_missing_array_is_refused(tmp_path):
    with pytest.raises(DamagedError, match=r"none\.npy is missing or damaged"):
        load_array(tmp_path / "none.npy", "0" * 64)


def test_a_manifest_comes_back_without_its_checksum(tmp_path):
    content = {"id": "ä ✓", "rows": [1, 2], "l2": 0.1, "deep": {"b": None, "a": True}}
    write_manifest(tmp_path / "m.json", content)
    assert read_manifest(tmp_path / "m.json") == content


def test_a_manifest_that_was_changed_is_refused(tmp_path):
    path = tmp_path / "m.json"
    write_manifest(path, {"l2": 0.1})
    path.write_text(path.read_text().replace("0.1", "0.2"))
    with pytest.raises(DamagedError, match=r"m\.json was changed after it was written"):
        read_manifest(path)


def refuses(tmp_path, content):
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(DamagedError, match=r"m\.json is missing or damaged"):
        read_manifest(tmp_path / "m.json")


@pytest.mark.parametrize("content", [b"", b'{"l2": 0.', b"{}", b"3", b'"text"', b"null", b"\xff\xfe"])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    refuses(tmp_path, content)


def test_a_list_is_no_manifest(tmp_path):
    refuses(tmp_path, b"[1]")


def test_a_missing_manifest_is_refused(tmp_path):
    with pytest.raises(DamagedError, match=r"none\.json is missing or damaged\.$"):
        read_manifest(tmp_path / "none.json")


# Locks


def test_another_process_gets_the_lock_only_after_it_is_given_back(tmp_path):
    with lock(tmp_path / "a"):
        assert process(TRY, tmp_path / "a").communicate(timeout=60)[0].strip() == "refused"
        assert process(TRY, tmp_path / "b").communicate(timeout=60)[0].strip() == "held"
    assert process(TRY, tmp_path / "a").communicate(timeout=60)[0].strip() == "held"


def test_the_lock_is_given_back_after_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="inside"), lock(tmp_path / "a"):
        raise RuntimeError("inside")
    assert process(TRY, tmp_path / "a").communicate(timeout=60)[0].strip() == "held"


def test_two_processes_under_one_lock_lose_no_step(tmp_path):
    path = tmp_path / "count"
    path.write_text("0")
    both = [process(COUNT, path) for _ in range(2)]
    assert [other.wait(timeout=60) for other in both] == [0, 0]
    assert path.read_text() == "100"


def test_waiting_too_long_is_told_as_waiting(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LOCK_SECONDS", 0.0)
    with pytest.raises(ExplorerError) as caught, lock(tmp_path / "a"), lock(tmp_path / "a"):
        pytest.fail("the lock was held twice")
    assert "Free some space" not in str(caught.value)


def test_what_a_run_keeps_of_its_curvature_is_what_would_be_computed(run):
    fresh = Curvature(run.head)
    assert set(run.curvature.saved) == {"factor", "removals", "leverages"}
    for name, kept in run.curvature.saved.items():
        np.testing.assert_allclose(kept, getattr(fresh, name), rtol=1e-9, atol=1e-12)
