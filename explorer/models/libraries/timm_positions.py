"""For pictures of which size the weights of a transformer of timm's were made: their table of positions has a row for each patch."""

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from explorer.core.errors import ExplorerError
from explorer.models.custom import checkpoint
from explorer.models.custom.fitting.tensor_names import sizes
from explorer.models.custom.fitting.weight_sets import weight_sets

TABLE = "pos_embed"


def rows_of(path: str) -> int:
    """Return how many rows the table of positions has in a file's usual set of weights; 0 where there is none."""
    first = next((found.state for found in weight_sets(checkpoint.opened(path).content)), {})
    found = (sizes(value) for name, value in first.items() if name == TABLE or name.endswith(f".{TABLE}"))
    return next((shape[1] for shape in found if len(shape) == 3 and shape[0] == 1), 0)


def made_for(network: Any, path: str) -> int | None:
    """Return the width and height in pixels for which a file's weights were made; None where it has no such table, or one that fits no square.

    Args:
        network: of the same architecture, for pictures of any size.
        path: of the file.
    """
    own, patches = getattr(network, TABLE, None), getattr(network, "patch_embed", None)
    # of pixels to a patch, with the convolutions before it
    ratio, rows = getattr(patches, "feat_ratio", None), rows_of(path)
    if not isinstance(own, Tensor) or own.ndim != 3 or not rows or patches is None or ratio is None:
        return None
    patch = ratio(as_scalar=False)
    if patch[0] != patch[1]:
        return None
    prefix = own.shape[1] - patches.num_patches  # rows for the picture as a whole
    side = math.isqrt(max(0, rows - prefix))
    return side * patch[0] if side * side == rows - prefix else None


def stretching(network: nn.Module, path: str, size: int, build: Callable[..., nn.Module]) -> nn.Module:
    """Return the network as its weights were made, which interpolates their table for other pictures; itself where it needs or can do no such thing.

    Args:
        network: for pictures of ``size`` px.
        path: of the file.
        size: width and height in pixels.
        build: returns the network with further arguments.

    Raises:
        ExplorerError: it takes no pictures of this size.
    """
    made = made_for(network, path)
    if made in (None, size):
        return network
    try:
        found = build(img_size=made, dynamic_img_size=True)
    except TypeError:  # it cannot interpolate
        return network
    patches: Any = network.patch_embed
    patch = int(patches.feat_ratio())
    if size % patch and not getattr(found.patch_embed, "dynamic_img_pad", False):
        near = max(patch, round(size / patch) * patch)
        raise ExplorerError(
            f"This network takes pictures whose sides are multiples of {patch} px, and {size} were asked for; give --size {near}."
        )
    return found


def interpolated_note(network: Any, path: str, size: int) -> tuple[str, ...]:
    """Return the sentence on a network whose table of positions is interpolated for pictures of ``size`` px; none for any other."""
    made = made_for(network, path)
    if made in (None, size):
        return ()
    return (
        f"Its weights were made for pictures of {made} px; for {size} px their table of positions is interpolated, as timm does where it is asked to (dynamic_img_size).",
    )
