"""The last layer of an ONNX graph: which value goes into it, and its weights, from floating-point and whole-number graphs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.models.custom.endings import GROWING, Ending, as_numbers, nothing_behind
from explorer.models.custom.program import LastLayer
from explorer.models.libraries.onnx.graph import ORDERED, SHAPED, OnnxGraph, OnnxLayer
from explorer.models.libraries.onnx.nodes import SAVED
from explorer.models.libraries.onnx.session import computed

# Operators on whole numbers whose first three inputs are a value, its scale and its zero.
SCALED_WHOLE = ("QLinearMatMul", "QGemm", "QLinearConv")
# Operators that may add to scores, or multiply them.
MIXING = ("Add", "Sub", "Mul", "Div", "Neg")
CONVOLUTIONS = ("Conv", "QLinearConv", "FusedConv")


@dataclass(frozen=True)
class ReadValue:
    """A value of a graph that is read as features.

    Attributes:
        name: of the value.
        maps: whether a value of four dimensions is ``(b, d, height, width)``; else its last dimension holds the features.
        nodes: operators that are added to make it floating-point.
        reading: the value of the file's graph that is needed for it.
    """

    name: str
    maps: bool = True
    nodes: tuple[Any, ...] = ()
    reading: str = ""


def input_of(graph: OnnxGraph, layer: OnnxLayer) -> ReadValue:
    """Return what goes into a layer as floating-point numbers."""
    node, maps = layer.node, layer.node.op_type in CONVOLUTIONS
    if node.op_type in SCALED_WHOLE:
        scaled = type(node)(
            op_type="DequantizeLinear", input=list(node.input[:3]), output=["features_of_whole_numbers"]
        )
        return ReadValue("features_of_whole_numbers", maps, (scaled,), node.input[0])
    before = graph.producers.get(node.input[0])
    if node.op_type == "MatMulInteger" and before is not None and before.op_type == "DynamicQuantizeLinear":
        return ReadValue(before.input[0], maps)
    return ReadValue(node.input[0], maps)


def head_of(graph: OnnxGraph, layer: OnnxLayer, behind: list[Any]) -> LastLayer | None:
    """Return weights ``(C, d)`` and bias ``(C,)`` of the last layer in float64.

    Factors and shifts behind it belong to it. None where it is no plain linear layer (whole numbers, a convolution), or its scores are changed otherwise.

    Args:
        graph: the whole one.
        layer: its last.
        behind: the operators between it and the output.
    """
    node = layer.node
    bias, rest = _bias(graph, node, behind)
    ending = _ending(graph, rest)
    if node.op_type not in ("Gemm", "MatMul") or ending is None:
        return None
    numbers = computed(graph.ended_at([node.input[1], *([bias] if bias else [])]))
    settings = {each.name: each for each in node.attribute}
    weight = np.asarray(numbers[0], dtype=np.float64)
    if weight.ndim != 2 or ("transA" in settings and settings["transA"].i):
        return None
    weight = weight if "transB" in settings and settings["transB"].i else weight.T
    if not all(np.isfinite(each).all() for each in numbers):
        raise ExplorerError(
            "Its last layer holds NaN or infinite numbers: it is broken; give a file from before the training failed."
        )
    shift = np.asarray(numbers[1], dtype=np.float64).reshape(-1) if bias else np.zeros(1)
    if shift.size not in (1, len(weight)):
        return None
    alpha, beta = (settings[name].f if name in settings else 1.0 for name in ("alpha", "beta"))
    return ending.applied(weight * alpha, np.broadcast_to(shift * beta, (len(weight),)).copy())


def _ending(graph: OnnxGraph, behind: list[Any]) -> Ending | None:
    """Return what operators make of a layer's scores; None where the order of the classes is not that of a linear layer."""
    found: Ending | None = nothing_behind()
    for node in behind:
        word = node.op_type.lower().replace("logsoftmax", "log_softmax")
        if node.op_type in MIXING:
            fixed = [name for name in node.input if name in graph.constants]
            number = as_numbers(computed(graph.ended_at(fixed))[0]) if len(fixed) == 1 else None
            found = found and found.then(word, number, first=node.input[0] not in graph.constants)
        elif word in GROWING:
            found = found and found.then(word)
        elif node.op_type == "Clip":  # before a logarithm of shares; of plain scores it may make several the largest
            found = found if found and found.softened else None
        elif node.op_type not in (*ORDERED, *SHAPED):
            return None
    return found


def _bias(graph: OnnxGraph, node: Any, behind: list[Any]) -> tuple[str, list[Any]]:
    """Return the value that is added to a layer's product (empty for none), and the operators that then remain."""
    if node.op_type == "Gemm":
        return (node.input[2] if len(node.input) > 2 else ""), behind
    place = next((number for number, each in enumerate(behind) if each.op_type not in SHAPED), len(behind))
    if place < len(behind) and behind[place].op_type == "Add":
        added = [name for name in behind[place].input if name in graph.constants]
        return (added[0] if added else ""), behind[:place] + behind[place + 1 :]
    return "", behind


def check_evaluated(graph: OnnxGraph, path: str) -> None:
    """Refuse a graph whose dropout drops, which its third input says.

    Raises:
        ExplorerError: it was saved in training.
    """
    modes = {
        node.input[2] for node in graph.nodes if node.op_type == "Dropout" and len(node.input) > 2 and node.input[2]
    }
    known = sorted(modes & graph.constants)
    if len(modes) > len(known) or (known and any(map(np.any, computed(graph.ended_at(known))))):
        raise ExplorerError(
            f"{path} was saved in training (its dropout drops); save it after model.eval(), by {SAVED}."
        )
