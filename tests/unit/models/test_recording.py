"""A recording holds every state of a training, to the bit, in memory and on disk, however it was interrupted."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.core.errors import DamagedError, ExplorerError
from explorer.models.smooth_cnn import Network, Recipe, Training, recording, state_rows
from explorer.models.smooth_cnn.recording import Recording, record, recorded
from explorer.models.smooth_cnn.state_rows import layout, row_of

RECIPE = Recipe(widths=(4, 4), epochs=3, batch=5, seed=2)
NETWORK = Network(RECIPE.widths, 2, RECIPE.detail)
IMAGES = 24


@pytest.fixture(scope="module")
def training():
    images = torch.randn(IMAGES, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return Training(NETWORK, RECIPE, images, torch.arange(IMAGES) % 2)


@pytest.fixture(scope="module")
def states(training):
    """Every state as a row, by a plain run."""
    rows = []
    end = training.run(before=lambda state: rows.append(row_of(state)))
    return [*rows, row_of(end)]


@pytest.fixture(scope="module")
def written(training, tmp_path_factory):
    folder = tmp_path_factory.mktemp("states")
    record(training, folder)
    return folder


@pytest.fixture
def copied(written, tmp_path):
    return shutil.copytree(written, tmp_path / "copy")


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def check_all(found, states):
    steps = [*range(len(states)), *reversed(range(len(states)))]
    for step in steps:
        state = found.state(step)
        assert state.step == step
        np.testing.assert_array_equal(row_of(state), states[step])


def test_in_memory_it_holds_every_state(training, states):
    check_all(recorded(training), states)


def test_on_disk_it_holds_every_state(training, states, written):
    check_all(Recording.open(written, training), states)


@pytest.mark.parametrize("room", [1, 3, 4], ids=["one an epoch", "every second", "uneven"])
def test_states_between_the_kept_ones_are_computed_again_to_the_bit(training, states, tmp_path, monkeypatch, room):
    width = layout(NETWORK, RECIPE, IMAGES).width
    monkeypatch.setattr(state_rows, "LARGEST", room * RECIPE.epochs * width * 4)
    found = record(training, tmp_path)
    assert found.layout.bytes <= state_rows.LARGEST
    assert found.layout.rows <= room
    assert sum(found.rows(epoch).nbytes for epoch in range(RECIPE.epochs)) == found.layout.bytes
    check_all(found, states)


def test_a_state_is_a_copy(training):
    found = recorded(training)
    found.state(2).theta.zero_()
    found.end.moments.zero_()
    assert found.state(2).theta.abs().max() > 0
    assert found.end.moments.abs().max() > 0


def test_double_precision_is_kept(training):
    finer = replace(training, images=training.images.double(), recipe=replace(RECIPE, epochs=1))
    assert recorded(finer).state(1).theta.dtype == torch.float64


@pytest.mark.parametrize("step", [0, 5, 7, 14])
def test_a_training_that_was_stopped_ends_at_the_same_bytes(training, written, tmp_path, step):
    def stop(stage, done, total, figures={}):
        if done == step + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(training, tmp_path, stop)
    seen = []
    record(training, tmp_path, lambda stage, done, total, figures={}: seen.append(done))
    assert min(seen) == 5 * (step // 5) + 1
    assert bytes_of(tmp_path) == bytes_of(written)


def test_a_whole_one_is_not_trained_again(training, written):
    record(training, written, lambda *told: pytest.fail("trained"))


def test_an_unfinished_one_is_not_opened(training, copied):
    (copied / "states-3.sealed").unlink()
    with pytest.raises(DamagedError, match=r"states-3.* is missing"):
        Recording.open(copied, training)


def test_a_damaged_epoch_is_noticed_when_it_is_needed_and_made_again(training, copied, written):
    whole = bytearray((copied / "states-2.sealed").read_bytes())
    whole[-100] ^= 1
    (copied / "states-2.sealed").write_bytes(whole)
    found = Recording.open(copied, training)
    with pytest.raises(DamagedError, match=r"states-2.*damaged"):
        found.state(7)
    record(training, copied)
    assert bytes_of(copied) == bytes_of(written)


@pytest.mark.parametrize(
    "change",
    [
        lambda training: replace(training, recipe=replace(RECIPE, seed=3)),
        lambda training: replace(training, recipe=replace(RECIPE, decay=0.1)),
        lambda training: replace(training, network=replace(NETWORK, detail=1)),
        lambda training: replace(training, labels=training.labels.flip(0)),
        lambda training: replace(training, images=training.images + (torch.arange(IMAGES) == 5)[:, None, None, None]),
    ],
    ids=["seed", "recipe", "network", "labels", "pixels"],
)
def test_the_states_of_another_training_are_not_taken(training, copied, change):
    other = change(training)
    with pytest.raises(DamagedError, match="another training"):
        Recording.open(copied, other)
    np.testing.assert_array_equal(row_of(record(other, copied).end), row_of(other.run()))


def test_a_file_of_another_training_under_the_right_name_is_not_taken(training, copied, tmp_path):
    other = replace(training, recipe=replace(RECIPE, seed=3))
    record(other, tmp_path / "other")
    shutil.copy(tmp_path / "other/states-3.sealed", copied)
    with pytest.raises(DamagedError, match="belongs to another training"):
        Recording.open(copied, training)


def test_a_disk_without_room_is_told_before_the_training(training, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("usage", (), {"free": 1000}))
    with pytest.raises(ExplorerError, match=r"at least 0.3 MB are needed"):
        record(training, tmp_path / "states", lambda *told: pytest.fail("trained"))


@pytest.mark.parametrize("images", [5_000, 10_000, 60_000])
def test_so_many_images_with_their_recipe_stay_below_a_gigabyte_and_use_half_of_it(images):
    recipe = Recipe.of(images)
    kept = layout(Network(recipe.widths, 2, recipe.detail), recipe, images)
    assert kept.every > 1
    assert 0.5 * state_rows.LARGEST < kept.bytes <= state_rows.LARGEST


def test_what_is_computed_again_has_the_threads_of_the_training(training, monkeypatch):
    counts = []
    monkeypatch.setattr(recording.torch, "get_num_threads", lambda: 7)
    monkeypatch.setattr(recording.torch, "set_num_threads", counts.append)
    found = recorded(replace(training, threads=1))
    assert found.training.threads == 1
    assert counts == [1, 7]
