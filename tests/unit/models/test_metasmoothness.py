"""Metasmoothness is near 1 where a training bends gently, and falls where its learning rate grows."""

import pytest
import torch

from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.metasmoothness import metasmoothness

GENTLE = Recipe(widths=(4, 6), detail=2, epochs=12, batch=10, rate=1e-5)
WILD = Recipe(widths=(4, 6), epochs=4, batch=10, rate=0.3)


def trained(recipe):
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(40, 3, 8, 8, generator=generator)
    training = Training(Network(recipe.widths, 2, recipe.detail), recipe, images, torch.arange(40) % 2)

    def margins(state):
        logits = training.network.logits(state.theta, state.statistics, images)
        return logits[:, 0] - logits[:, 1]

    return metasmoothness(training, training.run(), margins, 0.1)


def test_a_gentle_training_is_smooth_and_a_wild_one_is_not():
    gentle, wild = trained(GENTLE), trained(WILD)
    assert gentle.correlation == pytest.approx(1, abs=0.03)
    assert gentle.size == pytest.approx(1, abs=0.15)
    assert wild.correlation < 0.9
