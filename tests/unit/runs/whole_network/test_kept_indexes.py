"""What an estimator prepared gives the same scores when it is read from disk, and what an earlier version kept is not read."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.datasets.base import Split
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded
from explorer.runs.whole_network import whole
from explorer.runs.whole_network.whole import WholeNetwork
from tests.support.tiny_run import TinyRun

RECIPE = Recipe(widths=(4, 4), epochs=2, batch=8, seed=3)
# A basis is kept group by group; see test_kept_replays.
METHODS = [name for name in WHOLE_NETWORK if name != "replay-basis"]


@pytest.fixture(scope="module")
def recording():
    images = torch.randn(24, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return recorded(Training(Network(RECIPE.widths, 2, RECIPE.detail), RECIPE, images, torch.arange(24) % 2))


@pytest.fixture
def opened(recording, tmp_path, monkeypatch):
    """What opens the same run afresh, in a home of its own."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    run = TinyRun(
        SimpleNamespace(test=Split([Image.new("RGB", (8, 8))], np.array([0]))), recording.training.labels.numpy()
    )

    def again() -> WholeNetwork:
        network = WholeNetwork(run)
        vars(network)["recording"] = recording
        return network

    return again


@pytest.mark.parametrize("method", METHODS)
def test_scores_are_the_same_from_disk(recording, opened, method):
    pixels = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(5))
    questions, estimator = Questions(pixels, torch.tensor([0, 1, 1])), WHOLE_NETWORK[method]
    first, read = estimator.prepare(recording), opened().prepared(method)
    for name, array in first.items():
        np.testing.assert_array_equal(read[name], array, err_msg=name)
    computed, kept = (np.asarray(estimator.scores(recording, index, questions)) for index in (first, read))
    assert computed.std() > 0
    np.testing.assert_array_equal(kept, computed)


def test_an_index_of_another_form_is_not_read(opened, monkeypatch):
    first = opened().prepared("ekfac")
    monkeypatch.setattr(whole, "INDEX", whole.INDEX + 1)
    folder = opened().folder
    before = set(folder.glob("ekfac-*.safetensors"))
    again = opened().prepared("ekfac")
    assert len(set(folder.glob("ekfac-*.safetensors")) - before) == 1
    np.testing.assert_array_equal(again["u0"], first["u0"])
