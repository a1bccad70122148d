"""A tiny recorded training in float64, and pictures that are asked about, for every estimator of a whole network."""

import pytest
import torch

from explorer.attribution.whole_network import Questions
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.recording import recorded

RECIPE = Recipe(widths=(4, 5, 3), detail=1, epochs=3, batch=9, seed=3)


@pytest.fixture(scope="module")
def recording():
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(24, 3, 8, 8, generator=generator, dtype=torch.float64)
    training = Training(Network(RECIPE.widths, 3, RECIPE.detail), RECIPE, images, torch.arange(24) % 3)
    return recorded(training)


@pytest.fixture(scope="module", params=["loss", "margin"])
def questions(request):
    pixels = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    return Questions(pixels, torch.tensor([0, 1, 2, 1]), request.param)
