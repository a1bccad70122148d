"""Reader of ``torch.export`` files: a graph of operators, each of which knows the layer that it came from."""

from typing import Any

import torch
from torch import Tensor, fx, nn

from explorer.core.errors import ExplorerError
from explorer.models.custom.answers import check_classifier
from explorer.models.custom.export_graph import (
    answer_class,
    answers_of,
    ending_of,
    last_linear,
    preparation_in,
    weight_of,
)
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
from explorer.models.custom.spec import EXPORTED, NetworkSpec
from explorer.models.feature_extractor import INPUT, FeatureExtractor, unknown_layer

# The layer name that PyTorch gives to operators it adds to follow sizes.
ADDED = "_empty_nn_module_stack"
# Why an answer of a class of its own cannot be read, and how to save it.
ANSWER = "gives its answer as an object of its own library ({word}), which is not loaded here; export a network whose forward returns the scores alone, such as model(images).logits."


class ExportedFeatures(nn.Module):
    """An exported program that ends at the layer that is read: images ``(b, 3, size, size)`` to features of any shape.

    Attributes:
        head: weights and bias of the last linear layer where its input is what is read, else None.
        batch: the only batch size that the program takes; None where it takes any.
        kind: of the numbers that it takes; its features become float32.
    """

    def __init__(self, program: fx.GraphModule, layer: str) -> None:
        super().__init__()
        self.head = _head(program, layer)
        self.batch, self.kind = _taken(program.graph)
        self.program = program if layer == OUTPUT else _cut(program, layer)

    def forward(self, images: Tensor) -> Any:
        """Return the values of the layer; for a fixed batch size, the last batch is filled up with its last image.

        A program taken apart looks at numbers as they lay when it was exported: colour by colour.
        """
        images = images.contiguous().to(self.kind)
        if self.batch is None:
            return self._features(images)
        features = []
        for part in images.split(self.batch):
            filled = torch.cat([part, part[-1:].expand(self.batch - len(part), -1, -1, -1)])
            features.append(self._features(filled.contiguous())[: len(part)])
        return torch.cat(features)

    def _features(self, images: Tensor) -> Any:
        output = self.program(images)
        first = output[0] if isinstance(output, tuple | list) else output
        return first.float() if isinstance(first, Tensor) else first


def load(spec: NetworkSpec) -> FeatureExtractor:
    """Return the features of a ``torch.export`` file at ``spec.layer``.

    Raises:
        ExplorerError: it is no such file, ``spec.trust_code`` is not given, or it has no such layer.
    """
    path = trusted_file(spec, EXPORTED)
    try:
        with quiet():
            program = torch.export.load(path).module()
        for weight in program.parameters():
            weight.requires_grad_(False)
        last = last_linear(program.graph)
        ending = ending_of(program, last) if last else None
        notes = program_notes(spec, preparation_in(program), ending.softened if ending else "")
        extractor = ProgramExtractor(ExportedFeatures(program, spec.layer), None, spec)
        extractor.notes = notes
        return extractor
    except ExplorerError:
        raise
    except Exception as error:  # a damaged program may stop the reader anywhere, an odd one has no inputs or weights
        if word := answer_class(path):
            raise ExplorerError(f"{path} {ANSWER.format(word=word)}") from error
        raise not_a_program(path, EXPORTED, error) from error


def _cut(program: fx.GraphModule, layer: str) -> fx.GraphModule:
    """Return the program with its graph ended at a layer."""
    read = _read(program, layer)
    graph = program.graph
    [end] = graph.find_nodes(op="output")
    end.args = (read,)
    graph.set_codegen(fx.graph.CodeGen())  # the program's own knows how to name several outputs, which are gone
    graph.eliminate_dead_code()
    return fx.GraphModule(program, graph)


def _read(program: fx.GraphModule, layer: str) -> fx.Node:
    """Return the node whose value is the layer's output, or with ``:input`` its first input."""
    last = last_linear(program.graph)
    if not layer and last:
        named = str(last.weight.target).rpartition(".")[0] if last.weight.op == "get_attr" else ""
        check_classifier(answers_of(program.graph), named)
        return last.data
    layers, name = _layers(program.graph), layer.removesuffix(INPUT)
    if name not in layers:
        check_layered(layer)
        raise unknown_layer(layer, [*layers, OUTPUT])
    return layers[name][0].all_input_nodes[0] if layer.endswith(INPUT) else layers[name][-1]


def _layers(graph: fx.Graph) -> dict[str, list[fx.Node]]:
    """Return the operators inside each layer by its name, in the order in which they compute."""
    layers: dict[str, list[fx.Node]] = {}
    for node in graph.nodes:
        stack = node.meta.get("nn_module_stack") if node.op == "call_function" else None
        for name, _ in (stack or {}).values():
            layers.setdefault(name, []).append(node)
    # The network itself has no name, and what PyTorch adds to follow sizes has one of its own making.
    return {name: nodes for name, nodes in layers.items() if name and not name.startswith(ADDED)}


def _taken(graph: fx.Graph) -> tuple[int | None, torch.dtype]:
    """Return the only size of a batch that the program takes, None where it takes any, and the kind of its numbers."""
    given = graph.find_nodes(op="placeholder")[0].meta["val"]
    return (given.shape[0] if isinstance(given.shape[0], int) else None), given.dtype


def _head(program: fx.GraphModule, layer: str) -> LastLayer | None:
    """Return weights and bias of the last linear layer where its input is what is read and its output what is returned.

    Factors and shifts behind it belong to it; behind a softmax the largest output stays the largest.
    """
    last = last_linear(program.graph)
    ending = ending_of(program, last) if last else None
    if last is None or ending is None:
        return None
    if layer and (not layer.endswith(INPUT) or _read(program, layer) is not last.data):
        return None
    weight, bias = weight_of(program, last.weight), weight_of(program, last.bias)
    if weight is None or (bias is None and last.bias is not None):
        return None
    shift = torch.zeros(len(weight)) if bias is None else bias
    return ending.applied(weight.double().numpy(), shift.double().numpy())
