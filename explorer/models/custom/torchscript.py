"""Reader of TorchScript files: a program that is cut off at the layer whose values are the features.

A loaded program calls no Python, so no hook is called at its layers. Its graph is read instead: the value that goes into the
layer of the given name, identified by the weights that it uses, becomes what the program returns.
"""

from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.custom.answers import check_classifier
from explorer.models.custom.program import (
    OUTPUT,
    LastLayer,
    ProgramExtractor,
    check_layered,
    not_a_program,
    program_notes,
    quiet,
    trusted_file,
)
from explorer.models.custom.script_graph import (
    answers_of,
    ending_of,
    graph_of,
    last_linear,
    layers_of,
    path_of,
    preparation_in,
    tensor_of,
)
from explorer.models.custom.spec import TORCHSCRIPT, NetworkSpec
from explorer.models.custom.ultralytics import ultralytics_in_script
from explorer.models.feature_extractor import INPUT, FeatureExtractor, unknown_layer


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
    with quiet():  # PyTorch calls TorchScript old in three warnings; the person knows
        try:
            program = torch.jit.load(path, map_location="cpu").eval().float()
        except Exception as error:  # a damaged program may stop the reader anywhere
            raise not_a_program(path, TORCHSCRIPT, error) from error
    for weight in program.parameters():
        weight.requires_grad_(False)
    extractor = ProgramExtractor(ScriptFeatures(program, spec.layer), None, spec)
    graph = graph_of(program)
    last = last_linear(graph)
    ending = ending_of(program, graph, last) if last else None
    made = ultralytics_in_script(spec.checkpoint)
    notes = program_notes(spec, preparation_in(graph, program), ending.softened if ending else "")
    extractor.notes = (*notes, *([made.note] if made else []))
    extractor.classes = made.names if made else ()
    return extractor


def _cut(program: Any, layer: str) -> Any:
    """Return the program's graph as a function that returns the layer's value."""
    graph = graph_of(program)
    read = _read(graph, layer)
    for _ in list(graph.outputs()):
        graph.eraseOutput(0)
    graph.registerOutput(read)
    torch._C._jit_pass_dce(graph)
    return torch._C._create_function_from_graph("features", graph)


def _read(graph: Any, layer: str) -> Any:
    """Return the value of a layer's output, or with ``:input`` its input; of the last linear layer where none is named."""
    layers, name = layers_of(graph), layer.removesuffix(INPUT)
    last = last_linear(graph)
    if not layer and last:
        check_classifier(answers_of(graph), path_of(last.weight).rpartition(".")[0])
        return last.data
    if name not in layers:
        check_layered(layer)
        raise unknown_layer(layer, [*layers, OUTPUT])
    return layers[name].data if layer.endswith(INPUT) else layers[name].result


def _head(program: Any, layer: str) -> LastLayer | None:
    """Return weights and bias of the last linear layer where its input is what is read and its output what is returned.

    Factors and shifts behind it belong to it; behind a softmax the largest output stays the largest.
    """
    graph = graph_of(program)
    last = last_linear(graph)
    if last is None or layer not in ("", f"{path_of(last.weight).rpartition('.')[0]}{INPUT}"):
        return None
    weight, bias = tensor_of(program, last.weight), tensor_of(program, last.bias)
    ending = ending_of(program, graph, last)
    if weight is None or ending is None:
        return None
    shift = torch.zeros(len(weight)) if bias is None else bias.detach()
    return ending.applied(weight.detach().double().numpy(), shift.double().numpy())
