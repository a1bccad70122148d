"""A little less of some images beside none of them, through both recipes: weights that are really weights, kept, resumed, refused."""

import json
from functools import partial

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from explorer.core.errors import CancelledError, ExplorerError
from explorer.core.progress import silent
from explorer.experiments.smooth_training import experiment, trainings
from explorer.experiments.smooth_training.experiment import LITTLE, STAGE, SmoothTraining
from explorer.experiments.smooth_training.weighed_small_cnn import WeighedNorm, trained
from explorer.models import small_cnn
from explorer.models.smooth_cnn import Recipe

ASKED = SmoothTraining(images=16, left_out=3)


@pytest.fixture
def quick(monkeypatch):
    """Both recipes, of one epoch, and the names of the networks as they are trained."""
    named = []
    monkeypatch.setattr(experiment, "TESTS", 12)
    monkeypatch.setattr(small_cnn, "WIDTHS", (4, 4, 4, 4))
    monkeypatch.setattr(trainings, "Recipe", partial(Recipe, widths=(4, 4), epochs=1))
    monkeypatch.setattr(trainings.small_cnn, "Training", partial(small_cnn.Training, epochs=1))
    for name, train in trainings.NETWORKS.items():
        told = partial(lambda name, train, *given: named.append(name) or train(*given), name, train)
        monkeypatch.setitem(trainings.NETWORKS, name, told)
    return named


def test_an_image_of_weight_0_is_absent_from_the_statistics():
    z, plain = torch.randn(6, 3, 4, 4), nn.BatchNorm2d(3)
    weighed = WeighedNorm(nn.BatchNorm2d(3))
    weighed.shares = torch.tensor([1.0, 0, 1, 1, 0, 1])
    present = weighed.shares == 1
    torch.testing.assert_close(weighed(z)[present], plain(z[present]))
    torch.testing.assert_close(weighed.norm.running_mean, plain.running_mean)
    torch.testing.assert_close(weighed.norm.running_var, plain.running_var)


def test_with_all_weights_1_it_is_small_cnn(run, tmp_path, monkeypatch):
    monkeypatch.setattr(small_cnn, "WIDTHS", (4, 4, 4, 4))
    recipe, split = small_cnn.Training(epochs=1, batch=12, seed=3), run.dataset.train.take(np.arange(24))
    pixels = small_cnn.normalised(split, 32, silent)
    expected = small_cnn.train(split, 2, 32, recipe, tmp_path, silent)(pixels)
    found = trained(pixels, torch.from_numpy(split.labels), 2, recipe, torch.ones(24))(pixels)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


def test_what_is_foretold_is_the_little_change_scaled_up_and_what_is_finished_is_kept(run, tmp_path, quick):
    def stop(stage, done, total, figures=None):
        if stage == STAGE and done >= 2:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        ASKED.measure(run, tmp_path, stop)
    seen = []
    found = ASKED.measure(run, tmp_path, lambda stage, done, total, figures=None: seen.append(done / total))
    json.dumps(found, allow_nan=False)
    assert max(seen) == 1
    assert quick == ["small-cnn"] * 4 + ["small-cnn-smooth"] * 3  # the one that was stopped began again
    for name, each in found["networks"].items():
        before, little, without = (np.load(tmp_path / f"{name}-{fall:g}.npy") for fall in (0, LITTLE, 1))
        assert_allclose(each["foretold"], (little - before) / LITTLE)
        assert_allclose(each["measured"], without - before)
        assert np.ptp(each["measured"]) > 0
        assert_allclose(each["r"], np.corrcoef(each["foretold"], each["measured"])[0, 1])
    (figure,) = ASKED.figures(found)
    assert isinstance(figure.figure, go.Figure)
    assert "less of 3 images" in figure.alt


@pytest.mark.parametrize(("images", "left_out"), [(3, 1), (100_000, 1), (16, 9), (16, 0)])
def test_numbers_that_cannot_be_had_are_refused(run, tmp_path, images, left_out):
    with pytest.raises(ExplorerError, match=rf"^images is {images} and left_out is {left_out}; this run allows 4 to"):
        SmoothTraining(images=images, left_out=left_out).measure(run, tmp_path, silent)
