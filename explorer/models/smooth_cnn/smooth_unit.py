"""What stands for ReLU and maximum pooling, both of which have kinks: SiLU, and the mean of a window; with their derivatives.

SiLU is zσ(z) with σ the logistic function (Hendrycks & Gimpel 2016, section 2; Elfwing, Uchibe & Doya 2018). Its first two
derivatives are σ + zσ(1 − σ) and σ(1 − σ)(2 + z − 2zσ).
"""

from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional


class SmoothUnit:
    """SiLU of a batch, and the mean of its windows: the value, then whatever derivative is asked for.

    Args:
        z: ``(b, c, s, s)``; s even where it is pooled.
        pooled: whether windows of 2 × 2 are averaged.

    Attributes:
        value: ``(b, c, s/2, s/2)``, or ``(b, c, s, s)``.
    """

    def __init__(self, z: Tensor, pooled: bool) -> None:
        self._z, self._pooled = z, pooled
        self.value = smooth_unit(z, pooled)

    def tangent(self, change: Tensor) -> Tensor:
        """Return how the value changes where z changes by ``change``, of its shape."""
        self._change = change
        bent = change * self._slope
        return functional.avg_pool2d(bent, 2) if self._pooled else bent

    def pull(self, gradient: Tensor) -> Tensor:
        """Return ∂f/∂z for ∂f/∂value."""
        self._outer = self._spread(gradient)
        return torch.ops.aten.silu_backward(self._outer, self._z)

    def pull_tangent(self, change: Tensor) -> Tensor:
        """Return how ∂f/∂z changes along the last :meth:`tangent`, where ∂f/∂value, last given to :meth:`pull`, changes by ``change``."""
        return (self._spread(change) * self._slope).addcmul_(self._bent, self._change)

    @cached_property
    def _steep(self) -> Tensor:
        return self._z.sigmoid()

    @cached_property
    def _bend(self) -> Tensor:
        """σ(1 − σ), in a third of the time of torch's own derivative of a sigmoid."""
        return torch.addcmul(self._steep, self._steep, self._steep, value=-1)

    @cached_property
    def _slope(self) -> Tensor:
        return torch.addcmul(self._steep, self._z, self._bend)

    @cached_property
    def _bent(self) -> Tensor:
        """∂f/∂value times the second derivative: the same for every direction."""
        return (self._z + 2).addcmul_(self._z, self._steep, value=-2).mul_(self._bend).mul_(self._outer)

    def _spread(self, gradient: Tensor) -> Tensor:
        """Return ∂f/∂SiLU of ∂f/∂value: each pixel of a window gets a quarter."""
        if not self._pooled:
            return gradient
        return torch.ops.aten.avg_pool2d_backward(gradient, self._z, [2, 2], [2, 2], [0, 0], False, True, None)


def smooth_unit(z: Tensor, pooled: bool) -> Tensor:
    """Return the value of :class:`SmoothUnit` alone, in a form that autograd follows."""
    bent = functional.silu(z)
    return functional.avg_pool2d(bent, 2) if pooled else bent
