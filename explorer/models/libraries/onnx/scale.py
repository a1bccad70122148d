"""What an ONNX graph does to its pixels before its first layer: from it follows the scale of the numbers that it is given."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explorer.models.custom.beginnings import LARGE_DIVISOR, LARGE_MEAN
from explorer.models.libraries.onnx.colours_last import TO_FIRST, TO_LAST, order_of
from explorer.models.libraries.onnx.graph import OnnxGraph
from explorer.models.libraries.onnx.session import computed

# Operators that change numbers, by those of a colour channel.
SCALING = ("Sub", "Add", "Mul", "Div")
# Those that change no scale: others may stand between them and the first layer.
PASSED = ("Identity", "Cast", "Clip", "Resize", "Upsample", "Slice", "Pad")
# How the newer exporter of torch turns the colours to the front, to choose among them, and back; the second of each where they stand last.
FRONT, BACK = ([1, 0, 2, 3], [3, 0, 1, 2]), ([1, 0, 2, 3], [1, 2, 3, 0])
# A batch norm whose mean is below this was measured on pixels that were normalised before it.
SMALL_MEAN = 0.1


@dataclass(frozen=True)
class Pixels:
    """Pixels on their way to the first layer: the given ones times ``slope`` plus ``shift``, each ``(3,)``.

    Attributes:
        name: of the value in the graph.
        slope: factor of each colour channel.
        shift: what is added to each.
        begun: whether anything was done to them.
        last: whether their colours stand last.
        front: whether they stand before the pictures, for a while.
    """

    name: str
    slope: np.ndarray
    shift: np.ndarray
    begun: bool = False
    last: bool = False
    front: bool = False


def own_white(graph: OnnxGraph, name: str) -> float | None:
    """Return the value of white in the pixels that a graph normalises itself, 1 or 255; None where it does not.

    A graph that begins with (pixel − mean) / deviation needs pixels from 0 to 1, or from 0 to 255 where its numbers are as large.
    """
    pixels: Pixels | None = Pixels(name, np.ones(3), np.zeros(3))
    last = pixels
    while pixels is not None:
        last, pixels = pixels, _further(graph, pixels)
    if last is None or not last.begun or not np.isfinite([*last.slope, *last.shift]).all() or (last.slope <= 0).any():
        return None
    mean, deviation = -last.shift / last.slope, 1 / last.slope
    large = mean.max() > LARGE_MEAN or deviation.max() > LARGE_DIVISOR
    return 255.0 if large else 1.0


def _further(graph: OnnxGraph, pixels: Pixels) -> Pixels | None:
    """Return the pixels behind the only operator that reads them; None where it is the first layer, or not known."""
    users = [node for node in graph.model.graph.node if pixels.name in node.input and node.op_type != "Shape"]
    if len(users) != 1 or not users[0].input:
        return None
    [node] = users
    if node.op_type in PASSED and node.input[0] == pixels.name:
        return replace(pixels, name=node.output[0])
    if node.op_type == "Transpose" and order_of(node) == (BACK if pixels.front else FRONT)[pixels.last]:
        return replace(pixels, name=node.output[0], front=not pixels.front)
    if node.op_type == "GatherND" and node.input[0] == pixels.name:
        return _turned_round(graph, node, pixels)
    if pixels.front:
        return None
    if node.op_type == "Transpose" and order_of(node) in (TO_LAST, TO_FIRST):
        return replace(pixels, name=node.output[0], last=order_of(node) == TO_LAST)
    if node.op_type == "BatchNormalization" and node.input[0] == pixels.name:
        return _batch_norm(graph, node, pixels)
    if node.op_type == "Gather" and node.input[0] == pixels.name:
        return _turned_round(graph, node, pixels)
    if node.op_type == "Conv" and node.input[0] == pixels.name:
        return _colour_by_colour(graph, node, pixels)
    if node.op_type not in SCALING or len(node.input) != 2:
        return None
    first = node.input[0] == pixels.name
    number = _number(graph, node.input[1 if first else 0], pixels.last)
    if number is None or (node.op_type == "Div" and (not first or not number.all())):
        return None
    behind = replace(pixels, name=node.output[0], begun=True)
    if node.op_type in ("Mul", "Div"):
        factor = number if node.op_type == "Mul" else 1 / number
        return replace(behind, slope=pixels.slope * factor, shift=pixels.shift * factor)
    if node.op_type == "Sub" and not first:
        return replace(behind, slope=-pixels.slope, shift=number - pixels.shift)
    return replace(behind, shift=pixels.shift + (number if node.op_type == "Add" else -number))


def _batch_norm(graph: OnnxGraph, node: Any, pixels: Pixels) -> Pixels | None:
    """Return the pixels behind a batch norm that normalises them; None where it was measured on normalised ones."""
    if not set(node.input[1:5]) <= graph.constants:
        return None
    _, _, mean, variance = (
        np.asarray(each, dtype=np.float64) for each in computed(graph.ended_at(list(node.input[1:5])))
    )
    if mean.size != 3 or (mean < SMALL_MEAN).any():
        return None
    epsilon = next((each.f for each in node.attribute if each.name == "epsilon"), 1e-5)
    factor = 1 / np.sqrt(variance + epsilon)
    behind = replace(pixels, name=node.output[0], begun=True)
    return replace(behind, slope=pixels.slope * factor, shift=(pixels.shift - mean) * factor)


def _turned_round(graph: OnnxGraph, node: Any, pixels: Pixels) -> Pixels | None:
    """Return the pixels behind a choice of colours, which is another order of the three; None for any other choice."""
    axis = next((each.i for each in node.attribute if each.name in ("axis", "batch_dims")), 0)
    where = 0 if pixels.front else 3 if pixels.last else 1
    if axis != where or (node.op_type == "GatherND") != pixels.front or node.input[1] not in graph.constants:
        return None
    order = np.asarray(computed(graph.ended_at([node.input[1]]))[0]).reshape(-1) % 3
    if sorted(order.tolist()) != [0, 1, 2]:
        return None
    return replace(pixels, name=node.output[0], slope=pixels.slope[order], shift=pixels.shift[order])


def _colour_by_colour(graph: OnnxGraph, node: Any, pixels: Pixels) -> Pixels | None:
    """Return the pixels behind a convolution of single pixels that scales each colour by itself; None behind a learned one."""
    if not set(node.input[1:]) <= graph.constants:
        return None
    weight, *bias = (np.asarray(each, dtype=np.float64) for each in computed(graph.ended_at(list(node.input[1:]))))
    weight = np.diag(weight.reshape(3)) if weight.shape == (3, 1, 1, 1) else weight
    if weight.shape not in ((3, 3, 1, 1), (3, 3)) or np.count_nonzero(weight) > 3:
        return None
    factor = np.diagonal(weight.reshape(3, 3))
    shift = pixels.shift * factor + (bias[0].reshape(-1) if bias else 0)
    return replace(pixels, name=node.output[0], slope=pixels.slope * factor, shift=shift, begun=True)


def _number(graph: OnnxGraph, name: str, last: bool) -> np.ndarray | None:
    """Return a constant as a number a colour channel ``(3,)``; None where it is no constant, or none of that form."""
    if name not in graph.constants:
        return None
    number = np.asarray(computed(graph.ended_at([name]))[0], dtype=np.float64)
    colours = number.shape[-1:] if last else number.shape[-3:-2]
    if number.size not in (1, 3) or (number.size == 3 and 3 not in colours):
        return None
    return np.broadcast_to(number.reshape(-1), (3,))
