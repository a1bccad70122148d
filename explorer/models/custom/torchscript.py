"""A TorchScript program as network: it brings its own architecture, and loading it can run any code.

A loaded program calls no Python, so no hook hears its layers. Its graph is read instead: the value that goes into the
layer with the person's name, found by the weights that it uses, becomes what the program returns.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.errors import ExplorerError
from explorer.models.custom.checkpoint import readable_file
from explorer.models.custom.spec import EXPORTED, PROGRAMS, TORCHSCRIPT, NetworkSpec
from explorer.models.feature_extractor import INPUT, FeatureExtractor, unknown_layer
from explorer.models.weights import trust_required

# Kinds of layers that a person can name: those with weights, whose data are their first input.
LAYERS = ("aten::linear", "aten::_convolution", "aten::conv2d", "aten::batch_norm", "aten::layer_norm")
# How a program of each kind is saved.
SAVED = {
    TORCHSCRIPT: "torch.jit.script(model).save(…) or torch.jit.trace(…)",
    EXPORTED: "torch.export.save(torch.export.export(model.eval(), (images,)), 'net.pt2')",
}
# Weights ``(C, d)`` and bias ``(C,)`` of a last layer.
Head = tuple[np.ndarray, np.ndarray]
# The name for what the program returns by itself.
OUTPUT = "output"


@dataclass(frozen=True)
class GraphLayer:
    """A layer of a program's graph.

    Attributes:
        kind: such as ``aten::linear``.
        data: the value that goes in.
        result: the value that comes out.
    """

    kind: str
    data: Any
    result: Any


class ScriptFeatures(nn.Module):
    """A program cut off at the layer that is read; what it returns are the features."""

    def __init__(self, program: Any, layer: str) -> None:
        super().__init__()
        self.program = program
        self.head = _head(program, layer)
        self._function = None if layer == OUTPUT else _cut(program, layer)

    def forward(self, images: Tensor) -> Any:
        """Return the features, whatever their shape."""
        return self.program(images) if self._function is None else self._function(self.program._c, images)


class ProgramExtractor(FeatureExtractor):
    """A body around a program."""

    def head(self) -> Head | None:
        """Return the last layer as it came, where its input is what is read."""
        return cast(Head | None, self.network.head)


def trusted_file(own: NetworkSpec, kind: str) -> Path:
    """Return the file of a program of this kind that a person's word lets run.

    Raises:
        ExplorerError: there is no such file, or nobody said that its code may run.
    """
    path = readable_file(own.checkpoint)
    if not own.trust_code:
        raise ExplorerError(trust_required(own.checkpoint, kind))
    return path


def not_a_program(path: Path, kind: str, error: Exception) -> ExplorerError:
    """Return the sentence for a file that is no program of this kind: why, and how one is saved."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
    return ExplorerError(
        f"{path} is no {PROGRAMS[kind]} program ({said}); save one with {SAVED[kind]}, or give --backbone the name of a torchvision network."
    )


def load(own: NetworkSpec) -> FeatureExtractor:
    """Return the program of a person's file up to the layer that is read.

    Raises:
        ExplorerError: the file is none, nobody said that its code may run, or it has no such layer.
    """
    path = trusted_file(own, TORCHSCRIPT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch calls TorchScript old in three warnings; the person knows
        try:
            program = torch.jit.load(path, map_location="cpu").eval()
        except Exception as error:  # a damaged program may stop the reader anywhere
            raise not_a_program(path, TORCHSCRIPT, error) from error
    for weight in program.parameters():
        weight.requires_grad_(False)
    return ProgramExtractor(ScriptFeatures(program, own.layer), None, own)


def _cut(program: Any, layer: str) -> Any:
    """Return the program's graph as a function that ends at a layer."""
    graph = _graph(program)
    found, name = _layers(graph), layer.removesuffix(INPUT)
    if not layer:
        name = next((key for key in reversed(found) if found[key].kind == "aten::linear"), "")
    if name not in found:
        raise unknown_layer(layer or "(the last linear one)", [*found, OUTPUT])
    read = found[name].data if not layer or layer.endswith(INPUT) else found[name].result
    for _ in list(graph.outputs()):
        graph.eraseOutput(0)
    graph.registerOutput(read)
    torch._C._jit_pass_dce(graph)
    return torch._C._create_function_from_graph("features", graph)


def _graph(program: Any) -> Any:
    graph = program.graph.copy()
    torch._C._jit_pass_inline(graph)
    return graph


def _layers(graph: Any) -> dict[str, GraphLayer]:
    """Return the layers of a graph by name, in the order in which they compute."""
    found = {}
    for node in graph.nodes():
        inputs = list(node.inputs())
        paths = [path for path in map(_path, inputs[1:]) if path]
        if node.kind() in LAYERS and paths:
            found[paths[0].rpartition(".")[0]] = GraphLayer(node.kind(), inputs[0], node.output())
    return found


def _path(value: Any) -> str:
    """Return by which name a program knows a weight; nothing for what is computed."""
    node = value.node()
    if node.kind() != "prim::GetAttr":
        return ""
    before = _path(next(iter(node.inputs())))
    return f"{before}.{node.s('name')}" if before else str(node.s("name"))


def _head(program: Any, layer: str) -> Head | None:
    """Return weights and bias of the last linear layer where its input is what is read and its output what is returned."""
    graph = _graph(program)
    found = _layers(graph)
    name = next((key for key in reversed(found) if found[key].kind == "aten::linear"), None)
    if name is None or layer not in ("", name + INPUT):
        return None
    if found[name].result.debugName() not in [value.debugName() for value in graph.outputs()]:
        return None
    weights = dict(program.named_parameters())
    weight, bias = weights[f"{name}.weight"].detach(), weights.get(f"{name}.bias")
    shift = torch.zeros(len(weight)) if bias is None else bias.detach()
    return weight.double().numpy(), shift.double().numpy()
