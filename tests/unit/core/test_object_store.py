"""Files that two homes share by a store: whole or not at all, whatever happens to an object; and what is said where that fails."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.core.errors import DamagedError, ExplorerError, UnavailableError
from explorer.core.object_store import fetched, forgotten, found, name_of, offered, path_of, present

CONTENT = np.random.default_rng(0).bytes(3_000)
# An upload that is killed when half of the file is there.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from explorer.core.object_store import offered
def half(here, there):
    there.write(here.read(1_500))
    there.flush()
    os.kill(os.getpid(), signal.SIGKILL)
shutil.copyfileobj = half
offered(Path(sys.argv[1]))
"""


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_STORE", f"file://{tmp_path}/store")
    return tmp_path / "store"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Go to the machine of a letter, which has a home of its own."""

    def go(letter):
        monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / letter))
        return tmp_path / letter

    return go


def written(home, content=CONTENT):
    path = home / "runs/x/features.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_has_one_name_on_all_machines_and_is_fetched_where_it_is_not(store, machine):
    path = written(machine("a"))
    offered(path)
    name = name_of(path)
    there = machine("b") / "runs/x/features.npy"
    assert (name_of(there), path_of(name)) == (name, there)
    assert not there.exists()
    assert found(name).read_bytes() == CONTENT
    assert [file.name for file in there.parent.iterdir()] == ["features.npy"]
    offered(there)  # the same: the object stays as it is
    object_ = store / "runs/x/features.npy"
    before = object_.stat().st_mtime_ns
    offered(written(machine("c")))
    assert object_.stat().st_mtime_ns == before
    offered(written(machine("c"), b"other"))
    machine("b")
    assert present(there).read_bytes() == CONTENT, "what is here is taken"
    assert fetched(there)
    assert there.read_bytes() == b"other"
    forgotten(there.parent)
    assert not fetched(there)
    assert there.read_bytes() == b"other", "what is here stays"


@pytest.mark.parametrize(
    "damaged",
    [
        lambda whole: whole[:1_000] + bytes([whole[1_000] ^ 1]) + whole[1_001:],
        lambda whole: whole[:-1] + bytes([whole[-1] ^ 1]),
        lambda whole: whole[:1_500],
        lambda whole: whole[:-32],
        lambda whole: whole + b"x",
        lambda whole: b"",
    ],
    ids=["a byte of the content", "a byte of the checksum", "half", "no checksum", "a byte more", "empty"],
)
def test_a_damaged_object_is_none(store, machine, damaged):
    path = written(machine("a"))
    offered(path)
    object_ = store / "runs/x/features.npy"
    object_.write_bytes(damaged(object_.read_bytes()))
    there = machine("b") / "runs/x/features.npy"
    assert not fetched(there)
    with pytest.raises(DamagedError, match=rf"{store}/runs/x/features\.npy is missing or damaged .* delete it there"):
        present(there)
    assert not there.exists()
    object_.unlink()
    machine("a")
    os.utime(path)  # another process has not seen that the object was there
    offered(path)
    machine("b")
    assert present(there).read_bytes() == CONTENT


def test_an_upload_that_is_killed_leaves_nothing_that_counts_and_the_next_one_mends_it(store, machine):
    path = written(machine("a"))
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=Path(__file__).parents[3])
    assert killed.returncode == -signal.SIGKILL
    assert (store / "runs/x/features.npy").stat().st_size == 1_500
    there = machine("b") / "runs/x/features.npy"
    assert not fetched(there)
    machine("a")
    offered(path)
    machine("b")
    assert present(there).read_bytes() == CONTENT


def test_without_a_store_a_name_is_a_path_and_nothing_is_fetched_or_written(tmp_path, machine, monkeypatch):
    monkeypatch.delenv("EXPLORER_STORE", raising=False)
    path = written(machine("a"))
    offered(path)
    forgotten(path)
    assert name_of(path) == str(path)
    assert found(name_of(path)) == path
    missing = machine("a") / "missing"
    assert not fetched(missing)
    assert present(missing) == missing  # whoever opens it says that it is not there
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_what_lies_outside_the_home_is_not_shared(store, machine, tmp_path):
    machine("a")
    (tmp_path / "pictures.tar").write_bytes(CONTENT)
    offered(tmp_path / "pictures.tar")
    assert name_of(tmp_path / "pictures.tar") == str(tmp_path / "pictures.tar")
    assert not store.exists()


@pytest.mark.parametrize("own", ["", "file:///elsewhere"])
def test_a_machine_with_another_store_says_so(store, machine, monkeypatch, own):
    name = name_of(written(machine("a")))
    monkeypatch.setenv("EXPLORER_STORE", own)
    with pytest.raises(ExplorerError, match=rf"its EXPLORER_STORE is {own or 'not set'}; start it with the same"):
        path_of(name)


def test_a_store_that_is_no_url_is_refused(machine, monkeypatch):
    monkeypatch.setenv("EXPLORER_STORE", "/mnt/store")
    with pytest.raises(ExplorerError, match=r"EXPLORER_STORE is '/mnt/store'; give a URL such as s3://bucket/folder"):
        offered(written(machine("a")))


def test_a_store_that_cannot_be_written_is_said_and_the_file_stays(machine, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_STORE", f"file://{tmp_path}/file/store")
    path = written(machine("a"))
    with pytest.raises(
        UnavailableError, match=r"cannot read or write file://.*/file/store/runs/.*the same command goes"
    ):
        offered(path)
    assert path.read_bytes() == CONTENT


def test_a_kind_of_store_that_nobody_knows_is_said(machine, monkeypatch):
    monkeypatch.setenv("EXPLORER_STORE", "nowhere://bucket")
    with pytest.raises(UnavailableError, match="Protocol not known: nowhere"):
        fetched(written(machine("a")))


def test_a_package_that_is_missing_is_said_with_the_command_that_installs_it(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.setenv("EXPLORER_STORE", "s3://bucket/folder")
    with pytest.raises(ExplorerError, match=r"EXPLORER_STORE is s3://bucket/folder, .* needs s3fs .* pip install s3fs"):
        offered(written(machine("a")))
