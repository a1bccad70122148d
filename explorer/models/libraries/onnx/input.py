"""What an ONNX graph is given: size, batch and type of its pictures, and the scale of their numbers where it says it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import LARGEST, SMALLEST
from explorer.models.libraries.onnx.graph import OnnxGraph
from explorer.models.libraries.onnx.nodes import SAVED

# TensorProto's numbers for types of numbers.
TYPES: dict[int, Any] = {1: np.float32, 10: np.float16, 11: np.float64}


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
    _check_shape(shape, path)
    sides = [side for side in shape[2:] if side]
    return OnnxInput(value.name, TYPES[tensor.elem_type], shape[0] if shape else None, sides[0] if sides else None)


def _check_shape(shape: list[int | None], path: str) -> None:
    told = "(" + ", ".join(str(side or "any") for side in shape) + ")"
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
