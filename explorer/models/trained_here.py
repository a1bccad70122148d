"""The networks that are trained here, by their names: recipe, training, and what is kept of each epoch."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.core.progress import Progress
from explorer.datasets.base import Split
from explorer.models import SMALL_CNN_SMOOTH, small_cnn
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.seen_epochs import seen_epochs
from explorer.models.smooth_cnn import Recipe, Training, as_module
from explorer.models.smooth_cnn.as_module import network_of
from explorer.models.smooth_cnn.recipe import FORM


def recipe_of(backbone: str, images: int, seed: int) -> dict[str, Any]:
    """Return the numbers of a network's training on so many images as a manifest keeps them."""
    if backbone == SMALL_CNN_SMOOTH:
        recipe = Recipe.of(images, seed)
        seen = seen_epochs(recipe.epochs)
        # what came later is left out where it is as it always was
        return recipe.facts | {"form": FORM} | ({"seen": seen} if seen < recipe.epochs else {})
    return asdict(small_cnn.Training(seed=seed))


def smooth_recipe(kept: Mapping[str, Any]) -> Recipe:
    """Return the recipe of ``small-cnn-smooth`` that a manifest keeps."""
    given = {each.name: kept[each.name] for each in fields(Recipe) if each.name in kept}
    return Recipe(**given | {"widths": tuple(given["widths"])})


def smooth_training(split: Split, classes: int, size: int, recipe: Recipe, progress: Progress) -> Training:
    """Return the training of ``small-cnn-smooth`` on the pictures of a split ``(n, 3, size, size)``."""
    pixels = small_cnn.normalised(split, size, progress)
    return Training(network_of(recipe, classes), recipe, pixels, torch.from_numpy(split.labels).long())


def load_epoch(path: Path, classes: int, recipe: Mapping[str, Any]) -> tuple[nn.Module, float]:
    """Return the network as it was after a saved epoch, and the epoch's mean learning rate; ``recipe`` is the manifest's."""
    if recipe["network"] == SMALL_CNN_SMOOTH:
        return as_module.load(path, network_of(smooth_recipe(recipe), classes))
    return small_cnn.load(path, classes)


class _Beside(nn.Module):
    def __init__(self, bodies: list[nn.Module]) -> None:
        super().__init__()
        self.bodies = nn.ModuleList(bodies)

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.cat([body(pixels) for body in self.bodies], 1)


def side_by_side(networks: list[nn.Module]) -> FeatureExtractor:
    """Return an extractor of the features of several networks that were trained here, one's beside the other's."""
    bodies = [next(network.children()) for network in networks]
    return FeatureExtractor(_Beside(bodies).eval())


def by_epochs(training: Training, progress: Progress) -> Progress:
    """Return a progress that is told the steps of a training and tells its epochs."""
    each = training.steps / training.recipe.epochs
    return lambda stage, done, total, figures={}: progress(stage, done / each, total / each, figures)
