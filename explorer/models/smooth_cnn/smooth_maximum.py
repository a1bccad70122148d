"""The smooth maximum that stands for ReLU and maximum pooling, with the derivatives that differentiating a training needs.

m(z) = (1/β) log(1 + Σ_k exp(βz_k)) over the four pixels of a window is the smooth form of max(0, z_1 … z_4), which it becomes for
β → ∞. It is computed as a tree of pairs, m(a, b) = b + (1/β) log(1 + exp(β(a − b))), so that nothing overflows and each node
has one sigmoid as its derivative.
"""

import torch
from torch import Tensor
from torch.nn import functional

# torch's own derivative of a sigmoid: (g, s) -> g s (1 − s)
_bent = torch.ops.aten.sigmoid_backward


class SmoothMaximum:
    """The smooth maximum of a batch: its value, then whatever derivative is asked for.

    Args:
        z: ``(b, c, s, s)``; s even where it is pooled.
        sharpness: β.
        pooled: whether over windows of 2 × 2, else over each pixel and 0: a softplus.

    Attributes:
        value: ``(b, c, s/2, s/2)``, or ``(b, c, s, s)``.
    """

    def __init__(self, z: Tensor, sharpness: float, pooled: bool) -> None:
        self._sharpness, self._axes, self._slopes = sharpness, (3, 2) if pooled else (), []
        for axis in self._axes:
            first, second = _halves(z, axis)
            lead = first - second
            z = functional.softplus(lead, sharpness).add_(second)
            self._slopes.append(lead.mul_(sharpness).sigmoid_())
        self._last = torch.sigmoid(sharpness * z)
        self.value = functional.softplus(z, sharpness)

    def tangent(self, change: Tensor) -> Tensor:
        """Return how the value changes where z changes by ``change``, of its shape."""
        self._leads = []
        for axis, slope in zip(self._axes, self._slopes, strict=True):
            first, second = _halves(change, axis)
            lead = first - second
            change = torch.addcmul(second, lead, slope)
            self._leads.append(lead)
        self._inner = change
        return self._last * change

    def pull(self, gradient: Tensor) -> Tensor:
        """Return ∂f/∂z for ∂f/∂value."""
        self._outer, self._pulled = gradient, []
        gradient = gradient * self._last
        for axis, slope in self._back():
            self._pulled.append(gradient)
            gradient = _joined(slope * gradient, gradient, axis)
        return gradient

    def pull_tangent(self, change: Tensor) -> Tensor:
        """Return how ∂f/∂z changes along the last :meth:`tangent`, where ∂f/∂value, last given to :meth:`pull`, changes by ``change``."""
        change = change * self._last
        change += _bent(self._outer * self._inner, self._last).mul_(self._sharpness)
        inner = zip(self._back(), reversed(self._leads), self._pulled, strict=True)
        for (axis, slope), lead, gradient in inner:
            first = (slope * change).add_(_bent(gradient * lead, slope), alpha=self._sharpness)
            change = _joined(first, change, axis)
        return change

    def _back(self) -> list[tuple[int, Tensor]]:
        return list(zip(reversed(self._axes), reversed(self._slopes), strict=True))


def smooth_maximum(z: Tensor, sharpness: float, pooled: bool) -> Tensor:
    """Return the value of :class:`SmoothMaximum` alone, in a form that autograd follows."""
    for axis in (3, 2) if pooled else ():
        first, second = _halves(z, axis)
        z = second + functional.softplus(first - second, sharpness)
    return functional.softplus(z, sharpness)


def _halves(z: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return every other row or column."""
    return (z[:, :, :, ::2], z[:, :, :, 1::2]) if axis == 3 else (z[:, :, ::2], z[:, :, 1::2])


def _joined(first: Tensor, both: Tensor, axis: int) -> Tensor:
    """Return rows or columns of ``first`` and of ``both − first`` in turn."""
    shape = list(both.shape)
    shape[axis] *= 2
    whole = torch.empty(shape, dtype=both.dtype, device=both.device, memory_format=torch.channels_last)
    ours, others = _halves(whole, axis)
    ours.copy_(first)
    torch.sub(both, first, out=first)
    others.copy_(first)
    return whole
