"""A build loads its network where a picture needs it, and nowhere else."""

import numpy as np
import pytest

from explorer.core.files import save_array
from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.packed import Hashes
from explorer.models import features
from explorer.models.backbones import Backbone
from explorer.runs.build import engine_choice
from explorer.runs.build.builder import build
from explorer.runs.build.plan import plan
from explorer.runs.build.request import Config

FEW = Config("drawn", limit=24, l2=0.1)


def raw(run, rows):
    """Features of a run's images before they were standardised."""
    return (np.asarray(rows)[:, :-1] * run.arrays["deviation"] + run.arrays["mean"]).astype(np.float32)


@pytest.fixture
def known(run, tmp_path, monkeypatch):
    """The files of features of an empty home with the drawn pictures and the weights: those of all pictures."""
    given = run.folder.parents[1]
    (tmp_path / "data").mkdir()
    (tmp_path / "data/drawn").symlink_to((given / "data/drawn").resolve())
    (tmp_path / "weights").symlink_to(given / "weights")
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    planned, files = plan(FEW, open_dataset("drawn")), []
    sides = (planned.dataset.train, run.head.train_features), (planned.dataset.test, run.test_features)
    for split, rows in sides:
        folder = features.place_of(planned.recipe(), split)
        for start in range(0, len(rows), features.SHARD):
            shard, path = raw(run, rows[start : start + features.SHARD]), folder / f"{start:07d}.npy"
            save_array(path, shard)
            save_array(path.with_suffix(".sum.npy"), features.checksum_of(shard))
            files.append(path)
        save_array(folder / "ids.npy", Hashes.of(split.ids).numbers)
    return files


@pytest.fixture
def loaded(known, monkeypatch):
    """The networks that are loaded."""
    found, load = [], Backbone.load
    monkeypatch.setattr(
        Backbone, "load", lambda network, progress: found.append(network.name) or load(network, progress)
    )
    return found


def check(run):
    """Compare the features of a build with those of the run of all tests; those that are computed anew differ by rounding."""
    made = build(FEW, "few", silent)
    assert made.manifest.content["engine"] == {"name": "torch"}
    expected = raw(run, run.head.train_features[made.arrays["train_rows"]])
    np.testing.assert_allclose(raw(made, made.head.train_features), expected, rtol=1e-3, atol=1e-4)


def test_no_network_is_loaded_where_all_features_are_known(run, loaded):
    check(run)
    assert loaded == []


def test_a_network_is_loaded_where_a_picture_needs_it(run, known, loaded):
    known[1].unlink()
    check(run)
    assert loaded == ["mobilenet_v2"]


def test_a_network_that_was_promised_is_loaded_where_features_are_lost_meanwhile(run, known, loaded, monkeypatch):
    monkeypatch.setattr(engine_choice, "_missing", lambda planned: known[1].unlink() or 0)
    check(run)
    assert loaded == ["mobilenet_v2"]
