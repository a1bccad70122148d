"""The graph of a TorchScript program: its layers, its last linear one, and what it does before and after them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.models.custom.answers import FIXED, LINEAR, UNKNOWN, made_of
from explorer.models.custom.beginnings import SCALING, Step, scaling_word
from explorer.models.custom.endings import Ending, as_numbers, nothing_behind

# Operators that count as layers with a name: those with weights, whose first input is the data.
LAYERS = ("aten::linear", "aten::_convolution", "aten::conv2d", "aten::batch_norm", "aten::layer_norm")
# Where weights meet the pictures for the first time: what stands before it prepares them.
FIRST = (*LAYERS, "aten::addmm", "aten::matmul", "aten::conv1d", "aten::embedding")
# What a program may do to its answers after its last layer.
SOFTENED = {
    "aten::softmax": "softmax",
    "aten::log_softmax": "log_softmax",
    "aten::sigmoid": "sigmoid",
    "aten::log": "log",
}
MIXED = ("aten::add", "aten::sub", "aten::rsub", "aten::mul", "aten::div", "aten::neg")
BUNDLED = ("prim::DictConstruct", "prim::TupleConstruct", "prim::ListConstruct")
SHAPED = ("aten::flatten", "aten::reshape", "aten::view", "aten::squeeze")
COPIED = ("aten::to", "aten::contiguous", "aten::detach", "aten::detach_", "aten::lift_fresh", "aten::clone")
PASSED = (*COPIED, *SHAPED)


@dataclass(frozen=True)
class GraphLayer:
    """A layer of a program's graph.

    Attributes:
        kind: its operator, such as ``aten::linear``.
        data: the value that goes in (``torch.Value``).
        result: the value that comes out.
        weight: the value of its weights ``(C, d)``; of a product with ``(d, C)`` what is turned.
        bias: the value of its bias.
    """

    kind: str
    data: Any
    result: Any
    weight: Any = None
    bias: Any = None


def graph_of(program: Any) -> Any:
    """Return a copy of a program's graph with all its parts written out."""
    graph = program.graph.copy()
    torch._C._jit_pass_inline(graph)
    return graph


def layers_of(graph: Any) -> dict[str, GraphLayer]:
    """Return the layers of a graph by name, in the order in which they compute."""
    layers = {}
    for node in graph.nodes():
        inputs = list(node.inputs())
        paths = [path for path in map(path_of, inputs[1:]) if path]
        if node.kind() in LAYERS and paths:
            layers[paths[0].rpartition(".")[0]] = GraphLayer(node.kind(), inputs[0], node.output())
    return layers


def last_linear(graph: Any) -> GraphLayer | None:
    """Return the last linear layer, whether its weights have a name or were frozen into the graph."""
    found = None
    for node in graph.nodes():
        inputs = list(node.inputs())
        if node.kind() == "aten::linear":
            found = GraphLayer("aten::linear", inputs[0], node.output(), inputs[1], inputs[2])
        elif node.kind() == "aten::addmm" and inputs[2].node().kind() == "aten::t":
            turned = next(iter(inputs[2].node().inputs()))
            found = GraphLayer("aten::linear", inputs[1], node.output(), turned, inputs[0])
    return found


def path_of(value: Any) -> str:
    """Return the attribute path of a weight, such as ``layer1.0.conv1.weight``; empty for a computed value."""
    node = value.node()
    if node.kind() != "prim::GetAttr":
        return ""
    before = path_of(next(iter(node.inputs())))
    return f"{before}.{node.s('name')}" if before else str(node.s("name"))


def tensor_of(program: Any, value: Any) -> Tensor | None:
    """Return the tensor of a weight, by its path or as a constant; None where it is computed or none."""
    if value is None or value.node().kind() == "prim::Constant":
        constant = None if value is None else value.toIValue()
        return constant if isinstance(constant, Tensor) else None
    found: Any = program
    for part in path_of(value).split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, Tensor) else None


def ending_of(program: Any, graph: Any, layer: GraphLayer) -> Ending | None:
    """Return what stands between a layer and the program's answer; None where the answer is another."""
    ends, name = {value.debugName() for value in _answers(graph)}, layer.result.debugName()
    found = nothing_behind()
    for node in graph.nodes():
        inputs, kind = list(node.inputs()), node.kind().rstrip("_")
        if name not in {value.debugName() for value in inputs}:
            continue
        further: Ending | None = found
        if kind in MIXED:
            further = _mixed(program, kind, inputs, name, found)
        elif kind in SOFTENED:
            further = found.then(SOFTENED[kind])
        elif kind not in PASSED:
            continue
        if further is None and name in ends:  # the scores are returned as well
            continue
        if further is None:
            return None
        name, found = node.output().debugName(), further
    return found if name in ends else None


def _mixed(program: Any, kind: str, inputs: list[Any], name: str, found: Ending) -> Ending | None:
    """Return an ending with one more sum, product or the like of the value called ``name`` and a constant."""
    if kind == "aten::neg":
        return found.then("neg")
    first = inputs[0].debugName() == name
    other = inputs[1 if first else 0]
    while other.node().kind() in COPIED:
        other = next(iter(other.node().inputs()))
    alpha = inputs[2].toIValue() if len(inputs) > 2 else 1
    held = tensor_of(program, other)
    value = other.toIValue() if held is None and other.node().kind() == "prim::Constant" else held
    number = None if value is None or alpha != 1 else as_numbers(value.detach() if isinstance(value, Tensor) else value)
    word = kind.removeprefix("aten::")
    return found.then("sub", number, not first) if word == "rsub" else found.then(word, number, first)


def answers_of(graph: Any) -> list[str]:
    """Return what each of a program's answers is made of, in the words of :mod:`~explorer.models.custom.answers`."""
    return [made_of(value, _word, lambda value: list(value.node().inputs())) for value in _answers(graph)]


def _answers(graph: Any) -> list[Any]:
    """Return the values that a program returns, alone or in tuples, lists and tables."""
    waiting, found = list(graph.outputs()), list[Any]()
    while waiting:
        value = waiting.pop()
        if value.node().kind() in BUNDLED:
            waiting += value.node().inputs()
        else:
            found.append(value)
    return found


def _word(value: Any) -> str:
    node = value.node()
    if node.kind() in ("prim::Constant", "prim::GetAttr"):
        return FIXED
    if node.kind() == "aten::addmm" and list(node.inputs())[2].node().kind() == "aten::t":
        return LINEAR
    space, _, word = node.kind().partition("::")
    return word.rstrip("_") if space == "aten" else "given" if node.kind() == "prim::Param" else UNKNOWN


def preparation_in(graph: Any, program: Any) -> list[str]:
    """Return what a program does to its pictures before its first layer: a word of :mod:`~explorer.models.custom.beginnings`, ``"resizes"``."""
    reached = {value.debugName() for value in list(graph.inputs())[1:2]}
    steps: list[Step] = []
    resizes = False
    for node in _nodes(graph):
        inputs = list(node.inputs())
        if not reached & {value.debugName() for value in inputs}:
            continue
        kind = node.kind().removeprefix("aten::").rstrip("_")
        if (
            node.kind() in FIRST or kind == "select"
        ):  # torchvision's own change of channels is meant for normalised pictures
            break
        tensors = [value for value in node.outputs() if value.type().kind() == "TensorType"]
        if tensors and kind in SCALING:
            first = inputs[0].debugName() in reached
            steps.append((kind, _constant(program, inputs[1 if first else 0]), first))
        resizes |= bool(tensors) and kind.startswith(("upsample", "interpolate", "_upsample"))
        reached |= {value.debugName() for value in tensors}
    return scaling_word(steps) + ["resizes"] * resizes


def _constant(program: Any, value: Any) -> Any:
    """Return a constant or stored number, also behind operators that only copy or shape it; None for a computed one."""
    while value.node().kind() in PASSED:
        value = value.node().inputsAt(0)
    plain = value.toIValue() if value.node().kind() == "prim::Constant" else None
    found = plain if plain is not None else tensor_of(program, value)
    return found.detach().double().numpy() if isinstance(found, Tensor) else found


def _nodes(block: Any) -> Iterator[Any]:
    """Yield the operators of a graph, those inside its branches after the branch."""
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from _nodes(inner)
