"""``check`` reads every file of a run, those of its shards too, and says which are not what was written."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from explorer.__main__ import program
from explorer.core.checksums import read_manifest, write_manifest
from explorer.core.errors import DamagedError
from explorer.runs.store import load_run
from explorer.runs.writer import checksums
from explorer.shards import append
from tests.support.homes import furnish


@pytest.fixture
def own(run, tmp_path, monkeypatch):
    """A copy of the run of all tests in a home of its own, its features in shards."""
    furnish(tmp_path, run.folder.parents[1], run.id)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    folder = tmp_path / "runs" / run.id
    append(folder / "train_features", np.load(folder / "train_features.npy"), rows_a_shard=50)
    (folder / "train_features.npy").unlink()
    manifest = read_manifest(folder / "manifest.json")
    (folder / "manifest.json").rename(tmp_path / "manifest.json")
    write_manifest(folder / "manifest.json", manifest | {"files": checksums(folder)})
    return load_run(run.id)


def checked():
    result = CliRunner().invoke(program, ["check", "--run", "default", "--json"])
    (found,) = json.loads(result.stdout)["runs"]
    return result.exit_code, found["damaged"]


def test_a_flipped_byte_is_told_wherever_it_is_and_whatever_is_missing(own):
    result = CliRunner().invoke(program, ["check"])
    assert result.exit_code == 0
    count = sum(path.is_file() for path in own.folder.rglob("*"))
    assert f"Run {own.id}: {count} files, all as they were written." in result.stdout
    shard = "train_features/scan-00001.npy"
    for name in ("test_features.npy", "train_features/shards.json", shard, "train_features/features-00000.npy"):
        path = own.folder / name
        kept = path.read_bytes()
        path.write_bytes(kept[:-20] + bytes([kept[-20] ^ 1]) + kept[-19:])
        assert checked() == (1, [name])
        path.write_bytes(kept)
    (own.folder / shard).unlink()
    assert checked() == (1, [shard])
    assert f"{shard} is missing or not what was written." in CliRunner().invoke(program, ["check"]).stdout
    (own.folder / "manifest.json").write_bytes(b"{}")
    assert checked() == (1, ["manifest.json"])


def test_a_shard_is_compared_when_it_is_read_and_not_before(own):
    path = own.folder / "train_features/features-00001.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    again = load_run(own.id)  # nothing of the shards was read
    assert len(again.head.train_features[:50]) == 50
    with pytest.raises(DamagedError, match="features-00001"):
        again.head.train_features[50:60]
