"""``unrolled``: the exact derivative of a recorded training in the weights of its images."""

from explorer.attribution.unrolled.reverse import (
    Cotangent,
    Kept,
    Passing,
    first_passing,
    gradients_of_weights,
    kept_steps,
    pass_back,
)

__all__ = ["Cotangent", "Kept", "Passing", "first_passing", "gradients_of_weights", "kept_steps", "pass_back"]
