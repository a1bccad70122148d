"""What the saved epochs of a training see: all of a short one, and of a long one some that stand for those before them."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.core.progress import silent
from explorer.datasets.base import Split
from explorer.datasets.pictures import ArrayPictures
from explorer.models import SMALL_CNN_SMOOTH
from explorer.models.seen_epochs import ALL, MOST, seen_epochs, seen_together
from explorer.models.small_cnn import normalised
from explorer.models.smooth_cnn import Recipe, State
from explorer.models.smooth_cnn.as_module import network_of, save_state
from explorer.runs.epochs import load_epochs, save_epochs

RECIPE = Recipe(widths=(4, 3), epochs=ALL + 2, batch=5)
IMAGES, SIZE = 6, 16


@pytest.mark.parametrize("count", [1, 8, ALL, ALL + 1, 64, 100])
def test_each_epoch_is_in_one_group_and_the_last_ends_one(count):
    paths = [Path(str(number)) for number in range(count)]
    groups = seen_together(paths)
    assert [path for group in groups for path in group] == paths
    assert len(groups) == count if count <= ALL else MOST / 2 < len(groups) <= MOST
    assert groups[-1][-1] == paths[-1]
    assert seen_epochs(count) == len(groups)


def test_a_long_training_is_seen_at_the_end_of_each_group_with_the_rates_of_all(tmp_path):
    network, generator = network_of(RECIPE, 2), torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (IMAGES, SIZE, SIZE, 3), generator=generator, dtype=torch.uint8).numpy()
    split = Split(ArrayPictures(pixels), np.arange(IMAGES) % 2)
    states, working, folder = [], tmp_path / "working", tmp_path / "run"
    working.mkdir(), folder.mkdir()
    for epoch in range(RECIPE.epochs):
        theta = network.first(epoch)
        states.append(State(theta, torch.zeros(2, len(theta)), network.first_statistics()))
        save_state(working / f"epoch-{epoch + 1}.safetensors", states[-1], 1.0 + epoch)
    recipe = asdict(RECIPE) | {"network": SMALL_CNN_SMOOTH, "size": SIZE}
    save_epochs({"train": split, "test": split}, 2, recipe, working, folder, silent)
    found = load_epochs(folder)
    assert len(found) == 12  # 34 by threes, from the end
    # six images make a step of five
    assert sum(epoch.step for epoch in found) == pytest.approx(sum(range(1, RECIPE.epochs + 1)) / RECIPE.batch)
    assert found[-1].step == pytest.approx((32 + 33 + 34) / RECIPE.batch)
    assert (folder / f"epoch-{RECIPE.epochs}.safetensors").is_file()
    for epoch, at in zip(found[-2:], (30, 33), strict=True):
        theta, statistics = states[at].theta, states[at].statistics
        expected = network.features(theta, statistics, normalised(split, SIZE, silent))
        np.testing.assert_allclose(epoch.train_features[:, :-1], expected.numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_array_equal(epoch.train_features[:, -1], 1)
