"""A byte of a kept file is another one: it is refused with a sentence, or computed again; never is a wrong number taken."""

import random
import sqlite3
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.core.checksums import seal_array, unsealed_array
from explorer.core.errors import DamagedError, ExplorerError
from explorer.models import features, small_cnn
from explorer.runs import selections
from explorer.runs.edits import edit_log
from explorer.runs.edits.change import Change
from explorer.runs.results import agreement, duplicates, groups, projection, removal_trials
from explorer.runs.run import Run
from explorer.runs.store import load_run, open_run
from tests.support.homes import furnish

# Places in each file that are damaged: its first byte, its last, and so many between.
BETWEEN = 4


def flips(path):
    """Damage a file at one place after the other, and mend it again."""
    content, draw = path.read_bytes(), random.Random(path.name)
    for place in {0, len(content) - 1, *(draw.randrange(len(content)) for _ in range(BETWEEN))}:
        changed = bytearray(content)
        changed[place] ^= draw.randrange(1, 256)
        path.write_bytes(changed)
        yield place
    path.write_bytes(content)


@pytest.fixture
def own(run, tmp_path, monkeypatch):
    """A copy of the run of all tests in a home of its own."""
    furnish(tmp_path, run.folder.parents[1], run.id)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return load_run(run.id)


def test_a_damaged_run_is_refused_and_says_how_it_is_built_again(own):
    files = sorted(own.folder.iterdir())
    assert {"manifest.json", "arrays.safetensors", "train_features.npy", "test_features.npy"} <= {f.name for f in files}
    for file in files:
        for _ in flips(file):
            with pytest.raises(DamagedError, match="Build it again with `python -m explorer build`"):
                open_run("default")
    assert open_run("default").id == own.id


def test_a_damaged_name_names_no_run(own):
    for _ in flips(own.folder.parent / "names/default"):
        with pytest.raises(ExplorerError):
            open_run("default")


def test_damaged_features_are_computed_again(run, tmp_path, monkeypatch):
    class Split:
        ids, pictures, labels = [f"{number:016x}" for number in range(6)], None, np.zeros(6)

    calls = []

    def extract(network, pictures, rows, size):
        calls.append(len(rows))
        return np.random.default_rng(0).normal(size=(len(rows), 5)).astype(np.float32)

    def once():
        return features.raw_features(None, {"size": 1}, Split, "", lambda *_: None)

    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    monkeypatch.setattr(features, "extract_features", extract)
    whole = once()
    shard = next(tmp_path.rglob("0000000.npy"))
    kept = shard.read_bytes()
    for file in (shard, shard.with_suffix(".sum.npy")):
        for _ in flips(file):
            np.testing.assert_array_equal(once(), whole, strict=True)
    shard.write_bytes(kept.replace(b"<f4", b"<i4"))
    np.testing.assert_array_equal(once(), whole, strict=True)
    assert len(calls) > 1
    for _ in flips(shard.with_name("ids.npy")):  # it tells other data sets which pictures were seen
        assert features.KnownFeatures.beside(tmp_path / "data/features/none/other") is not None
        np.testing.assert_array_equal(once(), whole, strict=True)


def test_what_is_kept_beside_a_run_is_computed_again(own, tmp_path, monkeypatch):
    places = np.zeros((len(own.train_labels) + len(own.test_labels), 2), dtype=np.float32)
    monkeypatch.setattr(projection, "principal", lambda *_: (places, np.ones(2)))
    groups._cached(own).save([])
    duplicates._cached(own).save(duplicates.Duplicates(0.5, []))
    projection.project_run(own, "pca")
    asked = {"groups": groups.load_groups, "duplicates": duplicates.load_duplicates, "maps": _map}
    for name, kept in asked.items():
        files = [path for path in (tmp_path / name).iterdir() if not path.name.startswith(".")]
        assert files
        for file in files:
            for _ in flips(file):
                assert kept(own) is None
        assert kept(own) is not None


def _map(run):
    return projection.load_projection(run, "pca")


def test_a_damaged_selection_is_none(own):
    key = selections.save(own.id, "train", [1, 2, 3])
    for _ in flips(selections._path(key)):
        with pytest.raises(ExplorerError, match="choose the images again"):
            selections.load(key)


def test_measured_refits_are_measured_again(own, monkeypatch):
    sample, calls = agreement.RemovalSample(10, 10), []

    def measured(curvature, tests, rows, stage, progress):
        calls.append(stage)
        return np.full((len(rows), 1), len(calls) * 1.0)

    monkeypatch.setattr(agreement, "measured_changes", measured)

    def stage():
        return agreement._measured(own.id, own.curvature, own.tests, "pairs", [np.array([1])], sample, lambda *_: None)

    assert [stage(), stage()] == [1.0, 1.0]
    for number, _ in enumerate(flips(next(agreement._folder().glob("*.npy"))), start=2):
        assert stage() == number


def test_a_sealed_array_is_whole_or_none(tmp_path):
    array = np.arange(12.0).reshape(3, 4)
    seal_array(tmp_path / "a", array)
    np.testing.assert_array_equal(unsealed_array(tmp_path / "a"), array, strict=True)
    for _ in flips(tmp_path / "a"):
        assert unsealed_array(tmp_path / "a") is None
    for content in (b"", (tmp_path / "a").read_bytes()[:-1]):
        (tmp_path / "b").write_bytes(content)
        assert unsealed_array(tmp_path / "b") is None
    assert unsealed_array(tmp_path / "none") is None


def test_a_damaged_training_begins_anew(tmp_path):
    import torch

    net = torch.nn.Linear(2, 2)
    for epoch in (1, 2):
        (tmp_path / f"epoch-{epoch}.safetensors").write_bytes(bytes([epoch]) * 40)
        small_cnn._keep(tmp_path, {"network": net}, epoch)
    assert small_cnn._resume(tmp_path, {"network": net}) == 2
    for file in sorted(tmp_path.iterdir()):
        for _ in flips(file):
            assert small_cnn._resume(tmp_path, {"network": net}) == 0
    (tmp_path / "epoch-1.safetensors").unlink()
    assert small_cnn._resume(tmp_path, {"network": net}) == 0


# The database


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A home with three edits and a trial."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    edit_log.record("data", [Change("train", row, "relabel", "cat") for row in (1, 2, 3)])
    trial = removal_trials.Trial(0, [1], 0.5, 0.25, 0.1, 0.2, "cat", "dog", 1.0)
    removal_trials.save_trial(Run(tmp_path, SimpleNamespace(run_id="r")), "newton", trial)
    return tmp_path / "explorer.sqlite"


def changed(table, statement):
    connection = sqlite3.connect(table)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE edits SET row = 9 WHERE id = 2",
        "UPDATE edits SET row = 'nine' WHERE id = 2",
        "UPDATE edits SET value = 'dog' WHERE id = 3",
        "UPDATE edits SET action = 'undo' WHERE id = 2",
        "UPDATE edits SET made = 'soon' WHERE id = 1",
        "UPDATE edits SET seal = '' WHERE id = 1",
    ],
)
def test_a_changed_edit_is_said_and_nothing_is_taken_for_it(table, statement):
    changed(table, statement)
    edit_log._cached_replay.cache_clear()
    for ask in (edit_log.live, edit_log.state, edit_log.undo_step):
        with pytest.raises(DamagedError, match=r"explorer\.sqlite is damaged \(row [123] of edits is not what was"):
            ask("data")


def test_a_changed_trial_is_said(table):
    assert removal_trials.load_trials("r") == [(0.5, 0.25)]
    changed(table, "UPDATE trials SET measured = 0.5")
    with pytest.raises(DamagedError, match="row 1 of trials is not what was written"):
        removal_trials.load_trials("r")


def test_a_flipped_byte_of_the_database_is_noticed_or_changes_nothing(table):
    from explorer.runs import database

    expected = edit_log.live("data"), removal_trials.load_trials("r")
    database.release()  # the last one to close it copies the log into the file
    content, draw, noticed = table.read_bytes(), random.Random(0), 0
    places = [*range(16, 100, 7), *(content.index(b"relabel") + step for step in range(-8, 60, 4))]
    for place in places:
        changed_ = bytearray(content)
        changed_[place] ^= draw.randrange(1, 256)
        database.release()
        edit_log._cached_replay.cache_clear()
        table.write_bytes(changed_)
        try:
            assert (edit_log.live("data"), removal_trials.load_trials("r")) == expected
        except ExplorerError:
            noticed += 1
    assert noticed > len(places) // 3
