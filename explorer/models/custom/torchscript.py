"""Reader of TorchScript files: a program that is cut off at the layer whose values are the features.

A loaded program calls no Python, so no hook is called at its layers. Its graph is read instead: the value that goes into the
layer of the given name, identified by the weights that it uses, becomes what the program returns.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.custom.program import OUTPUT, LastLayer, ProgramExtractor, not_a_program, trusted_file
from explorer.models.custom.spec import TORCHSCRIPT, NetworkSpec
from explorer.models.feature_extractor import INPUT, FeatureExtractor, unknown_layer

# Operators that count as layers with a name: those with weights, whose first input is the data.
LAYERS = ("aten::linear", "aten::_convolution", "aten::conv2d", "aten::batch_norm", "aten::layer_norm")


@dataclass(frozen=True)
class GraphLayer:
    """A layer of a program's graph.

    Attributes:
        kind: its operator, such as ``aten::linear``.
        data: the value that goes in (``torch.Value``).
        result: the value that comes out.
    """

    kind: str
    data: Any
    result: Any


class ScriptFeatures(nn.Module):
    """A TorchScript program that ends at the layer that is read: images ``(b, 3, size, size)`` to features of any shape.

    Attributes:
        head: weights and bias of the program's last linear layer where its input is what is read, else None.
    """

    def __init__(self, program: Any, layer: str) -> None:
        super().__init__()
        self.program = program
        self.head = _head(program, layer)
        self._function = None if layer == OUTPUT else _cut(program, layer)

    def forward(self, images: Tensor) -> Any:
        """Return the values of the layer, whatever their shape."""
        return self.program(images) if self._function is None else self._function(self.program._c, images)


def load(spec: NetworkSpec) -> FeatureExtractor:
    """Return the features of a TorchScript file at ``spec.layer``.

    Raises:
        ExplorerError: it is no such file, ``spec.trust_code`` is not given, or it has no such layer.
    """
    path = trusted_file(spec, TORCHSCRIPT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch calls TorchScript old in three warnings; the person knows
        try:
            program = torch.jit.load(path, map_location="cpu").eval()
        except Exception as error:  # a damaged program may stop the reader anywhere
            raise not_a_program(path, TORCHSCRIPT, error) from error
    for weight in program.parameters():
        weight.requires_grad_(False)
    return ProgramExtractor(ScriptFeatures(program, spec.layer), None, spec)


def _cut(program: Any, layer: str) -> Any:
    """Return the program's graph as a function that returns the layer's value."""
    graph = _graph(program)
    layers, name = _layers(graph), layer.removesuffix(INPUT)
    if not layer:
        name = next((key for key in reversed(layers) if layers[key].kind == "aten::linear"), "")
    if name not in layers:
        raise unknown_layer(layer or "(the last linear one)", [*layers, OUTPUT])
    read = layers[name].data if not layer or layer.endswith(INPUT) else layers[name].result
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
    layers = {}
    for node in graph.nodes():
        inputs = list(node.inputs())
        paths = [path for path in map(_path, inputs[1:]) if path]
        if node.kind() in LAYERS and paths:
            layers[paths[0].rpartition(".")[0]] = GraphLayer(node.kind(), inputs[0], node.output())
    return layers


def _path(value: Any) -> str:
    """Return the attribute path of a weight, such as ``layer1.0.conv1.weight``; empty for a computed value."""
    node = value.node()
    if node.kind() != "prim::GetAttr":
        return ""
    before = _path(next(iter(node.inputs())))
    return f"{before}.{node.s('name')}" if before else str(node.s("name"))


def _head(program: Any, layer: str) -> LastLayer | None:
    """Return weights and bias of the last linear layer where its input is what is read and its output what is returned."""
    graph = _graph(program)
    layers = _layers(graph)
    name = next((key for key in reversed(layers) if layers[key].kind == "aten::linear"), None)
    if name is None or layer not in ("", name + INPUT):
        return None
    if layers[name].result.debugName() not in [value.debugName() for value in graph.outputs()]:
        return None
    weights = dict(program.named_parameters())
    weight, bias = weights[f"{name}.weight"].detach(), weights.get(f"{name}.bias")
    shift = torch.zeros(len(weight)) if bias is None else bias.detach()
    return weight.double().numpy(), shift.double().numpy()
