"""A network that came trained, in two parts: what stays as it is, and the block that is trained."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.fx.experimental.optimization import fuse

from explorer.core.progress import Progress
from explorer.datasets.base import Split
from explorer.datasets.pictures import Pictures
from explorer.models.backbones import Backbone, extract_features
from explorer.models.feature_extractor import FeatureExtractor
from explorer.models.features import raw_features
from explorer.models.fine_tuning.network import TunedNetwork, TunedTraining
from explorer.models.fine_tuning.recipe import TuningRecipe
from explorer.models.smooth_cnn.frozen import Body
from explorer.models.smooth_cnn.steps import State

STAGE = "What the last block is given"


def parted(backbone: Backbone, recipe: TuningRecipe, classes: int, progress: Progress) -> "Parts":
    """Return the parts of a ResNet; batch normalisation of the frozen one is folded into its convolutions.

    Raises:
        ExplorerError: the network or its weights cannot be had.
    """
    children = dict(backbone.network(progress)[0].named_children())
    names = list(children)
    place = names.index(recipe.block)
    stem = fuse(nn.Sequential(*(children[name] for name in names[:place])).eval())
    with torch.no_grad():
        maps = stem(torch.zeros(1, 3, *_side(backbone)))
    kept = nn.Sequential(nn.Unflatten(1, maps.shape[1:]), children[recipe.block], children["avgpool"], nn.Flatten())
    block = kept.eval().requires_grad_(False)
    with torch.no_grad():
        width = block(maps.flatten(1)).shape[1]
    network = TunedNetwork(widths=(), classes=classes, detail=0, block=block, features_read=width)
    return Parts(backbone, recipe, nn.Sequential(stem, nn.Flatten()).requires_grad_(False), network)


class Parts:
    """The frozen part of a network and the part that is trained.

    Args:
        backbone: the whole of it.
        recipe: of the training.
        stem: normalised pictures to what the block is given, as rows.
        network: the block and a last layer.
    """

    def __init__(self, backbone: Backbone, recipe: TuningRecipe, stem: nn.Module, network: TunedNetwork) -> None:
        self.backbone, self.recipe, self.stem, self.network = backbone, recipe, stem, network

    def given(self, split: Split, progress: Progress) -> Tensor:
        """Return what the block is given of the pictures of a split ``(n, k)``; what was computed before is read."""
        recipe: dict[str, Any] = self.backbone.recipe | {"before": self.recipe.block}
        return torch.from_numpy(raw_features(self.extractor(self.stem), recipe, split, STAGE, progress))

    def given_of(self, pictures: Pictures) -> Tensor:
        """Return the same of a few pictures, of which nothing is kept."""
        preparation = self.backbone.preparation or self.backbone.size
        found = extract_features(self.extractor(self.stem), pictures, range(len(pictures)), preparation)
        return torch.from_numpy(found)

    def training(self, split: Split, progress: Progress) -> TunedTraining:
        """Return the training of the block on the pictures of a split."""
        frozen = sum(part.numel() for part in self.stem.parameters())
        given, labels = self.given(split, progress), torch.from_numpy(split.labels).long()
        return TunedTraining(self.network, self.recipe, given, labels, frozen=frozen)

    def features_of(self, state: State) -> FeatureExtractor:
        """Return pictures to features, by the block of a state."""
        return self.whole(Body(self.network, state))

    def whole(self, block: nn.Module) -> FeatureExtractor:
        """Return pictures to features, by the frozen part and a block."""
        return self.extractor(nn.Sequential(self.stem, block).eval())

    def extractor(self, network: nn.Module) -> FeatureExtractor:
        """Return what gives a network pictures as the backbone is given them; ``network`` ends at the features."""
        found = FeatureExtractor(network, None, self.backbone.spec)
        if (way := self.backbone.preparation) is not None:
            found.normalise(way.mean, way.std, way.white)
        return found


def _side(backbone: Backbone) -> tuple[int, int]:
    """Return height and width in pixels of what the network is given."""
    way = backbone.preparation
    return (backbone.size, backbone.size) if way is None else (way.size[1], way.size[0])
