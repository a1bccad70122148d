"""``unrolled``: the exact derivative of a recorded training in the weights of its images."""

from explorer.attribution.unrolled.reverse import Cotangent, Kept, Passing, gradients_of_weights

__all__ = ["Cotangent", "Kept", "Passing", "gradients_of_weights"]
