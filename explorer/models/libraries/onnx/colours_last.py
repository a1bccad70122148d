"""ONNX graphs that take the colours last, as TensorFlow and Keras lay pictures: a first operator turns the usual ones for them."""

from typing import Any

# Where each dimension of one layout stands in the other.
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
PICTURES = "pictures_with_colours_first"


def with_colours_first(model: Any) -> Any:
    """Return a model that takes pictures ``(b, 3, height, width)``: itself, or one that took ``(b, height, width, 3)``, changed in place."""
    stored = {tensor.name for tensor in model.graph.initializer}
    given = [value for value in model.graph.input if value.name not in stored]
    if len(given) != 1 or not _colours_last(model, given[0]):
        return model
    [value] = given
    turned = model.graph.node.add(op_type="Transpose", input=[PICTURES], output=[value.name])
    turned.attribute.add(name="perm", type=7, ints=TO_LAST)  # 7: whole numbers
    shape = value.type.tensor_type.shape
    sides = [type(dim).FromString(dim.SerializeToString()) for dim in shape.dim]
    del shape.dim[:]
    shape.dim.extend(sides[place] for place in TO_FIRST)
    shape.dim[1].dim_value = 3
    value.name = PICTURES
    return model


def _colours_last(model: Any, value: Any) -> bool:
    """Return whether a graph takes the colours last: by its shape, or where that leaves it open by its first operator."""
    shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]  # 0 where it may be any
    if len(shape) != 4 or shape[1] == 3 or shape[3] not in (0, 3):
        return False
    return shape[3] == 3 or any(value.name in node.input and order_of(node) == TO_FIRST for node in model.graph.node)


def order_of(node: Any) -> list[int]:
    """Return the order in which an operator turns dimensions; empty where it does not."""
    found = [list(each.ints) for each in node.attribute if each.name == "perm"]
    return found[0] if found and node.op_type == "Transpose" else []
