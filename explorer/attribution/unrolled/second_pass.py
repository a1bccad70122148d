"""The derivative of a batch's gradient: Pearlmutter's R-operator through the network of ``small-cnn-smooth``, written out.

For a direction q in θ and a pull ρ on the batch's statistics, with weights w of the images, all 1,

    φ(θ, w) = qᵀ ∇θ L(θ, w) + Σ ρ · statistics(θ, w),     L = (1/b) Σ_i w_i loss_i,

it returns ∂φ/∂θ and ∂φ/∂w. qᵀ∇L is the change of L where θ moves along q (Pearlmutter 1994), so one pass forwards with changes
and one back give both; what does not depend on q is computed once for all directions. Through batch normalisation every
image acts on all others, and its weight with it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.models.smooth_cnn.network import EPSILON, Statistics, column
from explorer.models.smooth_cnn.pass_through import Layer, Pass, convolution_pull


@dataclass(eq=False)
class Kept:
    """What a layer keeps for every direction.

    Attributes:
        layer: as the batch passed it.
        normal: normalised values â ``(b, c, s, s)``.
        pulled: ∂L/∂(scaled and shifted values) ``(b, c, s, s)``.
        projected: ∂L/∂raw without the scale.
        raw: ∂L/∂raw.
        sum_normal: Σ pulled · â of each channel ``(c,)``.
        sum: Σ pulled of each channel ``(c,)``.
        weighing: what a change of â does to ∂L/∂w, of the shape of â.
    """

    layer: Layer
    normal: Tensor
    pulled: Tensor
    projected: Tensor
    raw: Tensor
    sum_normal: Tensor
    sum: Tensor
    weighing: Tensor

    @property
    def count(self) -> int:
        """Values of a channel in the batch."""
        return self.normal.numel() // self.normal.shape[1]

    @property
    def cells(self) -> int:
        """Values of a channel in a picture."""
        return self.normal.shape[2] * self.normal.shape[3]


@dataclass(eq=False)
class Moved:
    """How a layer changes along a direction.

    Attributes:
        entered: change of what came in; None for the pictures themselves.
        normal: change of â ``(b, c, s, s)``.
        widened: relative change of the batch's deviation ``(c,)``.
    """

    entered: Tensor | None
    normal: Tensor
    widened: Tensor


class SecondPass:
    """A batch that was passed, ready for directions.

    Args:
        passed: the batch through the network.
    """

    def __init__(self, passed: Pass) -> None:
        self.passed = passed
        self.kept: list[Kept] = []
        pulled = passed.spread(passed.residuals @ passed.tensors[-2])
        for number, layer in reversed(list(enumerate(passed.layers))):
            kept = _keep(layer, layer.bent.pull(pulled))
            self.kept.insert(0, kept)
            if number:
                pulled, _ = convolution_pull(kept.raw, layer.entered, layer.weights, (True, False))
        self._sums = [(kept.normal.sum((2, 3)), kept.normal.norm(dim=(2, 3)).square_()) for kept in self.kept]

    def __call__(self, direction: Tensor, pull: Statistics) -> tuple[Tensor, Tensor]:
        """Return ∂φ/∂θ ``(p,)`` and ∂φ/∂w ``(r,)``.

        Args:
            direction: q ``(p,)``.
            pull: ρ for each layer's mean and variance ``(c,)``.
        """
        passed, changes = self.passed, self.passed.network.split(direction)
        moved, features = self._forward(changes)
        weights, change = passed.tensors[-2], changes[-2]
        logits = features @ weights.T + passed.features @ change.T + changes[-1]
        mean = (passed.probabilities * logits).sum(1, keepdim=True)
        shares = (mean[:, 0] - logits.gather(1, passed.labels[:, None])[:, 0]) / passed.divisor
        residuals = passed.probabilities * (logits - mean) / passed.divisor
        parts = [residuals.T @ passed.features + passed.residuals.T @ features, residuals.sum(0)]
        pulled = passed.spread(residuals @ weights + passed.residuals @ change)
        for number in reversed(range(len(self.kept))):
            own, pulled, weighed = self._backward(number, changes, moved[number], pulled, pull[number])
            parts, shares = [*own, *parts], shares + weighed
        return passed.network.join(parts), shares

    def _forward(self, changes: list[Tensor]) -> tuple[list[Moved], Tensor]:
        """Return how each layer changes, and the features ``(r, d)``."""
        moved: list[Moved] = []
        entered: Tensor | None = None
        for number, kept in enumerate(self.kept):
            weights, scale, shift = changes[3 * number : 3 * number + 3]
            layer = kept.layer
            raw = functional.conv2d(layer.entered, weights, padding=1)
            if entered is not None:
                raw += functional.conv2d(entered, layer.weights, padding=1)
            normal, leaning, _ = layer.projected(raw)
            moved.append(Moved(entered, normal, layer.inverse * leaning / kept.count))
            z = torch.addcmul(column(shift), kept.normal, column(scale)).addcmul_(normal, column(layer.scale))
            entered = layer.bent.tangent(z)
        assert entered is not None  # a network has layers
        return moved, entered.mean((2, 3))

    def _backward(
        self, number: int, changes: list[Tensor], moved: Moved, pulled: Tensor, pull: tuple[Tensor, Tensor]
    ) -> tuple[list[Tensor], Tensor, Tensor]:
        """Return ∂φ/∂(weights, scale, shift), ∂φ/∂(what came in) and the layer's part of ∂φ/∂w."""
        kept, layer = self.kept[number], self.kept[number].layer
        weights, scale, _ = changes[3 * number : 3 * number + 3]
        projected, sum_normal, total = layer.projected(layer.bent.pull_tangent(pulled), layer.scale)
        crossed = (kept.pulled * moved.normal).sum((0, 2, 3))
        weighed = self._weighed(number, moved, scale, (sum_normal + crossed, total), pull)
        raw = _changed(kept, moved, scale, projected, crossed, pull)
        entered, filters = convolution_pull(raw, layer.entered, layer.weights, (number > 0, True))
        if moved.entered is not None:
            filters += convolution_pull(kept.raw, moved.entered, layer.weights, (False, True))[1]
            entered += convolution_pull(kept.raw, layer.entered, weights, (True, False))[0]
        return [filters, sum_normal + crossed, total], entered, weighed

    def _weighed(
        self,
        number: int,
        moved: Moved,
        scale: Tensor,
        sums: tuple[Tensor, Tensor],
        pull: tuple[Tensor, Tensor],
    ) -> Tensor:
        """Return what weighing an image does through this layer's statistics ``(r,)``.

        A weight w_i moves the batch's mean by (raw_i − mean)/count and its variance by ((raw_i − mean)² − variance)/count,
        summed over the image's pixels.
        """
        kept, (ones, squares) = self.kept[number], self._sums[number]
        gain, (mean, variance) = kept.layer.scale, pull
        slope, lean = scale * kept.sum + gain * sums[1], scale * kept.sum_normal + gain * sums[0]
        deviation = 1 / kept.layer.inverse
        spread = 1 - EPSILON * kept.layer.inverse**2  # variance / (variance + ε)
        own = ones @ (mean * deviation - slope) + squares @ (variance * deviation**2 - lean / 2)
        same = spread * (lean / 2 - variance * deviation**2) + gain * kept.sum_normal * moved.widened * (1 - spread)
        changed = torch.linalg.vecdot(_rows(moved.normal), _rows(kept.weighing))
        return (own + kept.cells * same.sum()) / kept.count + changed


def _keep(layer: Layer, pulled: Tensor) -> Kept:
    normal = (layer.raw - column(layer.mean)).mul_(column(layer.inverse))
    projected, sum_normal, total = layer.projected(pulled)
    count = normal.numel() // normal.shape[1]
    weighing = torch.addcmul(column(-layer.scale * total / count), normal, column(-layer.scale * sum_normal / count))
    return Kept(layer, normal, pulled, projected, projected * column(layer.scale), sum_normal, total, weighing)


def _changed(
    kept: Kept, moved: Moved, scale: Tensor, projected: Tensor, crossed: Tensor, pull: tuple[Tensor, Tensor]
) -> Tensor:
    """Return ∂φ/∂raw ``(b, c, s, s)``: the change of ∂L/∂raw, and the pull on the statistics."""
    layer, count, (mean, variance) = kept.layer, kept.count, pull
    lean = layer.inverse * layer.scale / count
    raw = projected.addcmul_(kept.projected, column(scale - moved.widened * layer.scale))
    raw.addcmul_(kept.normal, column(2 * variance / (layer.inverse * count) - lean * crossed))
    raw.addcmul_(moved.normal, column(-lean * kept.sum_normal))
    return raw.add_(column(mean / count))


def _rows(values: Tensor) -> Tensor:
    return values.permute(0, 2, 3, 1).reshape(len(values), -1)
