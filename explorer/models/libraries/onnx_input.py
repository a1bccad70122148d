"""What an ONNX graph is given: size, batch and type of its pictures, and the scale of their numbers where it says it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import LARGEST, SMALLEST
from explorer.models.libraries.onnx_graph import OnnxGraph
from explorer.models.libraries.onnx_nodes import SAVED
from explorer.models.libraries.onnx_session import computed

# TensorProto's numbers for types of numbers.
TYPES: dict[int, Any] = {1: np.float32, 10: np.float16, 11: np.float64}
# What a graph may do to pixels before it begins: at the start, with numbers of a colour channel.
SCALING = ("Sub", "Add", "Mul", "Div")
# A mean above this, or a divisor above that, belongs to pixels from 0 to 255.
LARGE_MEAN, LARGE_DIVISOR = 2.0, 50.0


@dataclass(frozen=True)
class OnnxInput:
    """The pictures that a graph takes, ``(b, 3, size, size)``.

    Attributes:
        name: of the value.
        kind: NumPy's type of its numbers.
        batch: the only number of pictures at once; None where it may be any.
        size: the only width and height in pixels; None where it may be any.
    """

    name: str
    kind: Any
    batch: int | None
    size: int | None


def input_of_graph(graph: OnnxGraph, path: str) -> OnnxInput:
    """Return what a graph is given.

    Raises:
        ExplorerError: it takes no pictures of three colours, or several things; the sentence says how to save it.
    """
    given = graph.inputs
    if len(given) != 1:
        names = ", ".join(value.name for value in given[:5]) or "nothing"
        raise ExplorerError(
            f"{path} takes {len(given)} inputs ({names}), and a picture is one; save the part of it that takes pictures, by {SAVED}."
        )
    [value] = given
    tensor = value.type.tensor_type
    if tensor.elem_type not in TYPES:
        raise ExplorerError(
            f"{path} takes pictures as {_type(tensor.elem_type)} numbers; save it so that it takes float32 from 0 to 1 with the colours first, by {SAVED}."
        )
    shape = [dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else None for dim in tensor.shape.dim]
    _check_shape(graph, value.name, shape, path)
    sides = [side for side in shape[2:] if side]
    return OnnxInput(value.name, TYPES[tensor.elem_type], shape[0] if shape else None, sides[0] if sides else None)


def _check_shape(graph: OnnxGraph, name: str, shape: list[int | None], path: str) -> None:
    told = "(" + ", ".join(str(side or "any") for side in shape) + ")"
    first = [node for node in graph.model.graph.node if name in node.input]
    turned = len(first) == 1 and first[0].op_type == "Transpose" and shape[1:2] != [3]
    if len(shape) == 4 and ((shape[3] == 3 and shape[1] != 3) or turned):
        raise ExplorerError(
            f"{path} takes pictures {told} with the colours last (NHWC); save it with the colours first, for instance with tf2onnx --inputs-as-nchw {name}."
        )
    if shape and (len(shape) != 4 or shape[1] not in (3, None)):
        raise ExplorerError(
            f"{path} takes {told}, not pictures of three colours (batch, 3, height, width); save it so, by {SAVED}."
        )
    sides = {side for side in shape[2:] if side}
    if len(sides) > 1:
        raise ExplorerError(
            f"{path} takes pictures of {shape[3]} × {shape[2]} px, and only squares are given here; save it for a square or for any size, by {SAVED}."
        )
    if sides and not SMALLEST <= min(sides) <= LARGEST:
        raise ExplorerError(
            f"{path} takes pictures of {min(sides)} px; {SMALLEST} to {LARGEST} are allowed, so save it for such a size, by {SAVED}."
        )


def _type(number: int) -> str:
    return {2: "uint8", 3: "int8", 6: "int32", 7: "int64", 8: "text", 16: "bfloat16"}.get(
        number, f"other (type {number})"
    )


def own_white(graph: OnnxGraph, name: str) -> float | None:
    """Return the value of white in the pixels that a graph normalises itself, 1 or 255; None where it does not.

    A graph that begins with (pixel − mean) / deviation needs pixels from 0 to 1, or from 0 to 255 where its numbers are as large.
    """
    slope, shift, begun = np.ones(3), np.zeros(3), False
    while (step := _scaling(graph, name)) is not None:
        kind, number, name, first = step
        if kind is None:
            continue
        begun = True
        if kind in ("Add", "Sub"):
            sign = 1 if kind == "Add" else -1
            slope, shift = (slope, shift + sign * number) if first else (-slope, number - shift)
        else:
            factor = number if kind == "Mul" else 1 / number
            slope, shift = slope * factor, shift * factor
    if not begun or not np.isfinite([*slope, *shift]).all() or (slope <= 0).any():
        return None
    mean, deviation = -shift / slope, 1 / slope
    large = mean.max() > LARGE_MEAN or deviation.max() > LARGE_DIVISOR
    return 255.0 if large else 1.0


def _scaling(graph: OnnxGraph, name: str) -> tuple[str | None, np.ndarray, str, bool] | None:
    """Return what the only operator that reads a value does to it: kind, a number a channel, its result, whether the value stands first."""
    users = [node for node in graph.model.graph.node if name in node.input]
    if len(users) != 1 or not users[0].input:
        return None
    [node] = users
    if node.op_type in ("Identity", "Cast"):
        return None, np.ones(3), node.output[0], True
    if node.op_type not in SCALING or len(node.input) != 2:
        return None
    first = node.input[0] == name
    other = node.input[1 if first else 0]
    if other not in graph.constants or (node.op_type == "Div" and not first):
        return None
    number = np.asarray(computed(graph.ended_at([other]))[0], dtype=np.float64)
    if (
        number.size not in (1, 3)
        or (number.size == 3 and 3 not in number.shape[-3:-2])
        or (not number.all() and node.op_type == "Div")
    ):
        return None
    return node.op_type, np.broadcast_to(number.reshape(-1), (3,)), node.output[0], first
