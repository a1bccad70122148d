"""A large run, small here by a setting: built by workers in shards, equal to the same run in one piece but for half precision; kill -9 loses a shard.

Slow, because it builds three times and starts worker processes.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from explorer.runs.build.cost import Sizes
from explorer.runs.build.sharded_cost import run_bytes_in_shards
from explorer.runs.store import load_run
from explorer.shards import ShardedRows

ROOT = Path(__file__).parents[2]
WORDS = ("--dataset", "drawn", "--limit", "200", "--size", "32", "--l2", "0.1", "--run", "large")


@pytest.fixture
def home(run, tmp_path, monkeypatch):
    """A home of its own with data and weights, but no features."""
    known = run.folder.parents[1]
    (tmp_path / "data").mkdir()
    (tmp_path / "data/drawn").symlink_to(known / "data/drawn")
    (tmp_path / "weights").symlink_to(known / "weights")
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setenv("EXPLORER_SHARDED_FROM", "100")
    monkeypatch.setenv("EXPLORER_SHARD_ROWS", "64")


def features(home):
    return {path: path.stat().st_mtime_ns for path in home.glob("data/features/*/*/0*.npy") if ".sum" not in path.name}


def test_a_run_in_shards_is_the_run_in_one_piece_and_says_what_it_cannot(printed, home, monkeypatch):
    whole = json.loads(printed("build", *WORDS, "--json", home=home))
    first = load_run(whole["run_id"])
    weights, scores = first.head.weights, first.scorer("newton").row(first.test_features[0], first.test_labels[0], 5)
    os.replace(home / "runs", home / "one-piece")
    monkeypatch.setenv("EXPLORER_SHARDED_FROM", "100")
    monkeypatch.setenv("EXPLORER_SHARD_ROWS", "64")
    built = json.loads(printed("build", *WORDS, "--json", home=home))
    large = load_run(built["run_id"])
    assert isinstance(large.head.train_features, ShardedRows)
    np.testing.assert_allclose(large.head.weights, weights, atol=2e-3 * np.abs(weights).max())  # half precision
    np.testing.assert_array_equal(large.train_labels, first.train_labels)
    found = large.scorer("newton").row(large.test_features[0], large.test_labels[0], 5)
    assert found.helpful[0] == scores.helpful[0]
    np.testing.assert_allclose(found.scores[found.helpful], scores.scores[found.helpful], rtol=0.05)
    assert built["gradient_norm"] < 1e-8
    assert {"features", "standardisation", "lambda", "head", "curvature", "saving"} <= set(built["seconds"])
    written = sum(file.stat().st_size for file in large.folder.rglob("*.[ns][pa]*"))
    sizes = Sizes(len(large.train_labels), len(large.test_labels), large.head.train_features.shape[1], 2)
    assert run_bytes_in_shards(sizes) == pytest.approx(written, rel=0.03)
    assert {"data", "features", "head", "curvature", "saving"} <= set(whole["seconds"])
    assert json.loads(printed("check", "--run", "large", "--json", home=home))["runs"][0]["damaged"] == []


def test_a_build_that_is_killed_computes_one_shard_again_at_most(printed, home, large):
    command = [sys.executable, "-m", "explorer", "build", *WORDS]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(features(home)) < 2 and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.wait()
    before = features(home)
    built = json.loads(printed("build", *WORDS, "--json", home=home))
    after = features(home)
    assert before, "it was killed before a shard was finished, or after all were"
    assert sum(after[path] != at for path, at in before.items()) <= 1
    assert len(after) > len(before)
    assert load_run(built["run_id"]).train_labels.shape == (200,)


def test_a_store_that_cannot_be_written_ends_a_build_in_a_sentence_and_a_finished_one_leaves_features_there(
    explorer, printed, home, large, monkeypatch
):
    (home / "file").touch()
    monkeypatch.setenv("EXPLORER_STORE", f"file://{home}/file/store")
    refused = explorer("build", *WORDS, home=home)
    assert refused.returncode == 2
    assert f"cannot read or write file://{home}/file/store/data/features/" in refused.stderr
    assert "Traceback" not in refused.stderr
    monkeypatch.setenv("EXPLORER_STORE", f"file://{home}/store")
    printed("build", *WORDS, home=home)
    assert json.loads(printed("check", "--run", "large", "--json", home=home))["runs"][0]["damaged"] == []
    shared = {path.relative_to(home / "store") for path in (home / "store").rglob("*") if path.is_file()}
    assert shared == {path.relative_to(home) for path in home.glob("data/features/*/*/0*.npy")}
