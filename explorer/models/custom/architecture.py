"""Identification of the torchvision network that a checkpoint belongs to, by the names and shapes of its tensors."""

import re
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from explorer.core.torchvision_compat import torchvision
from explorer.models.network_names import TORCHVISION

# Part of a tensor's name -> pattern of the names of networks that have such a tensor; only those are built and compared.
SIGNS = {
    "layer1.0.conv1.": "resnet|resnext|wide_resnet",
    "denseblock1.": "densenet",
    "encoder.layers.encoder_layer_0.": "vit",
    "stage2.0.branch2.": "shufflenet",
    "inception3a.": "googlenet",
    "Mixed_5b.": "inception",
    "blocks.0.layers.": "maxvit",
    "layers.8.0.layers.": "mnasnet",
    ".squeeze.": "squeezenet",
    "features.1.conv.": "mobilenet_v2",
    "features.1.0.attn.": "swin",
    "features.1.0.layer_scale": "convnext",
    "features.1.block.": "mobilenet_v3",
    "features.1.0.block.": "efficientnet",
    "classifier.6.": "vgg|alexnet",
}
# Networks that torchvision lets change their input where it loads published weights, and the switch: they were trained with
# mean and deviation 0.5, and turn ImageNet's normalisation into that. No tensor of a checkpoint tells.
TRANSFORMING, TRANSFORMS = ("googlenet", "inception_v3"), "transform_input"
# Tensors that a checkpoint may have or lack.
ASIDE = r"^aux|^AuxLogits|num_batches_tracked$"


def matching_networks(state: Mapping[str, Tensor]) -> list[str]:
    """Return the networks whose tensors have these names and, but for the last layer, these shapes; often one."""
    return [name for name in near_networks(state) if _fits(untrained_network(name).state_dict(), state)]


def near_networks(names: Iterable[str]) -> list[str]:
    """Return the networks that have some names of tensors in common with these."""
    signs = [stem for sign, stem in SIGNS.items() if any(sign in name for name in names)]
    return [name for name in TORCHVISION if signs and re.match(signs[0], name)]


def untrained_network(name: str) -> nn.Module:
    """Return a network without weights: on the meta device, which holds shapes only, where torchvision can build it there."""
    try:
        with torch.device("meta"):
            return torchvision.models.get_model(name, weights=None, **auxiliary_head_options(name))
    except NotImplementedError:  # RegNet computes its widths with tensors
        return torchvision.models.get_model(name, weights=None)


def auxiliary_head_options(name: str, wanted: bool = False) -> dict[str, bool]:
    """Return the keyword arguments that build a network with or without its auxiliary heads; empty where it has none."""
    known = {
        "googlenet": {"aux_logits": wanted, "init_weights": False},
        "inception_v3": {"aux_logits": wanted, "init_weights": False},
    }
    return known.get(name, {})


def _fits(wanted: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> bool:
    """Return whether the names agree, and the shapes of all but the last layer; second heads and counters aside."""
    body, needed = ({key for key in side if not re.search(ASIDE, key)} for side in (state, wanted))
    last = next(key for key in reversed(list(wanted)) if key.endswith("weight")).rpartition(".")[0]
    return body == needed and all(
        state[key].shape[key.startswith(last) :] == wanted[key].shape[key.startswith(last) :] for key in body
    )
