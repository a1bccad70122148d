"""A pickled network's layers beside those of the network by its name: equal names and shapes do not mean equal layers.

Strides, paddings, activations and pooling leave no tensor behind, but a pickle of a whole network states them.
"""

import re
from collections.abc import Mapping
from typing import Any

from torch import nn

from explorer.core.errors import ExplorerError
from explorer.models.custom.files.inert import Inert
from explorer.models.custom.files.module_tree import is_module, parts
from explorer.models.custom.fitting.tensor_names import plain_name
from explorer.models.custom.fitting.weight_fits import WeightFit
from explorer.models.custom.fitting.weight_sets import WeightSet

# What a layer states of how it computes.
STATED = ("stride", "padding", "dilation", "groups", "eps")
# Classes without numbers that change nothing when a network is used.
IDLE = {"Identity", "Dropout", "Dropout2d", "Flatten", "DropPath", "StochasticDepth", "Sequential", "ModuleList"}
# Classes that differ while they are trained.
SAME = {"SyncBatchNorm": "BatchNorm2d"}
# Library of a pickled network -> the lines that save it in a form that is read here.
WAYS = {
    "ultralytics": "export it where it was made: from ultralytics import YOLO; YOLO(path).export(format='onnx'), and give the .onnx file",
    "fastai": "export it where it was made: learn = load_learner(path); torch.onnx.export(learn.model.eval(), (torch.rand(1, 3, 224, 224),), 'net.onnx')",
    "timm": "give --backbone timm/NAME and its state dict: torch.save(model.state_dict(), 'weights.pth')",
    "transformers": "save it as a folder where it was made: model.save_pretrained('folder')",
    "sklearn": "give a network for images",
    "numpy": "save its arrays as tensors: torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, 'weights.pth')",
}
# Values of a table that are looked at.
SEEN = 1000
WAY = "save it where it was made: model = torch.load(path, weights_only=False).eval(); torch.jit.trace(model, images).save('net.pt'), and give --backbone torchscript --trust-code"


def check_layers(path: str, name: str, fit: WeightFit, network: nn.Module, content: Any = None) -> None:
    """Check that a pickled network that fits also computes as the network by its name does, as far as it states it.

    Args:
        path: of the file.
        name: of the network that was named; ``network`` is that network.
        fit: the set of weights that fits.
        content: of the whole file, whose class tells whose way of saving is right.

    Raises:
        ExplorerError: a layer is another one.
    """
    if fit.found.module is None:
        return
    prefix = fit.named.prefix
    mine = {plain_name(key).removeprefix(prefix): part for key, part in parts(fit.found.module).items() if key}
    inside = f"{fit.place}." if fit.place else "\0"
    own = {key: part for key, part in mine.items() if not f"{key}.".startswith(inside) and key != fit.first}
    other = _difference(own, dict(network.named_modules()))
    if other:
        way = WAYS.get(foreign_class(content).partition(".")[0]) or way_of(fit.found)
        raise ExplorerError(
            f"{path} holds a whole network of the class {fit.found.made_of} whose {other}, unlike {name}'s; {way}."
        )


def _difference(mine: Mapping[str, Inert], published: Mapping[str, nn.Module]) -> str:
    """Return the first layer that differs, in words; empty where none does."""
    for key, part in mine.items():
        kind, there = part.name.rpartition(".")[2], published.get(key)
        kind = SAME.get(kind, kind)
        if there is None:
            if not part.state["_modules"] and kind not in IDLE and not _activation(kind):
                return f"layer {key} is a {kind}"
            continue
        if _leaf(there) and kind != type(there).__name__ and not {kind, type(there).__name__} <= IDLE:
            return f"layer {key} is a {kind}"
        for word in STATED:
            stated, usual = part.state.get(word), getattr(there, word, None)
            if word in part.state and _pair(stated) != _pair(usual):
                return f"layer {key} has {word} {stated}"
    return ""


def _leaf(module: nn.Module) -> bool:
    return not list(module.children()) and type(module).__module__.startswith("torch.nn")


def _activation(kind: str) -> bool:
    return bool(re.search(r"(ReLU|GELU|SiLU|Swish|Sigmoid|Tanh)", kind))


def _pair(value: Any) -> Any:
    """Return a stride or padding as the pair that one number means."""
    return (value, value) if type(value) is int else value


def way_of(found: WeightSet) -> str:
    """Return how to save a pickled network in a form that is read here."""
    return WAYS.get(found.made_of.partition(".")[0], WAY)


def foreign_class(content: Any) -> str:
    """Return the class of what a file holds where it is an object of a library that is named here; else nothing."""
    inside = list(content.values()) if isinstance(content, dict) else [content]
    inside += [each for table in inside if isinstance(table, dict) for each in list(table.values())[:SEEN]]
    names = [value.name for value in inside if isinstance(value, Inert) and not is_module(value)]
    known = (name for name in names if name.partition(".")[0] in WAYS)
    return next((name for name in known if name.endswith("_reconstruct") or not name.startswith("numpy")), "")
