"""Small networks with random weights, saved as a person would, and slow twins that listen to their layers."""

from functools import wraps

import numpy as np
import torch

from explorer.core.progress import silent
from explorer.core.torchvision_compat import torchvision
from explorer.datasets.pictures import ArrayPictures
from explorer.models.backbones import DEVIATION, MEAN, Backbone, extract_features
from explorer.models.custom.spec import NetworkSpec
from explorer.models.preparation.batches import prepare

# Small and quick, with batch norms and a linear head; thinner still in every process of tests that imports this.
NAME, SIZE = "shufflenet_v2_x0_5", 32
PICTURES = ArrayPictures(np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8))


# Widths of two networks of one kind.
WIDTHS = {NAME: (24, 48, 96, 192, 1024), "shufflenet_v2_x1_0": (24, 116, 232, 464, 1024)}


def thinned(name, widths):
    """What builds a ShuffleNet with one block a stage in place of 4, 8 and 4: the same parts, traced in a quarter of the time."""

    @wraps(builders[name])
    def build(*, weights=None, **options):
        assert weights is None
        return torchvision.models.ShuffleNetV2([1, 1, 1], list(widths), **options)

    return build


builders = torchvision.models._api.BUILTIN_MODELS
builders |= {name: thinned(name, widths) for name, widths in WIDTHS.items()}


def network(name=NAME, classes=2, **options):
    """A network with random weights, biases among them."""
    torch.manual_seed(0)
    made = torchvision.models.get_model(name, weights=None, num_classes=classes, **options)
    with torch.no_grad():
        for part in made.parameters():
            part.add_(0.05 * torch.randn_like(part))
    return made.eval()


def saved(content, path):
    torch.save(content, path)
    return str(path)


def loaded(path, name=NAME, size=SIZE, **own):
    return Backbone(name, size, NetworkSpec(str(path), **own)).load(silent)


def features(body, size=SIZE):
    return extract_features(body, PICTURES, range(3), size)


def images(size=SIZE, mean=MEAN, std=DEVIATION):
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
    return (prepare([PICTURES[row] for row in range(3)], size) - mean) / std


def listened(net, layer, given, before=True):
    """The slow twin: what goes into a layer, or comes out of it."""
    seen = []
    hear = layer.register_forward_pre_hook if before else layer.register_forward_hook
    handle = hear(lambda _, *said: seen.append(said[0][0] if before else said[1]))
    with torch.inference_mode():
        net(given)
    handle.remove()
    return seen[-1]
