"""The derivative of a batch's gradient: Pearlmutter's R-operator through the network of ``small-cnn-smooth``, written out.

For a direction q in θ and a pull ρ on the batch's statistics, with weights w of the images, all 1,

    φ(θ, w) = qᵀ ∇θ L(θ, w) + Σ ρ · statistics(θ, w),     L = (1/b) Σ_i w_i loss_i,

it returns ∂φ/∂θ and ∂φ/∂w. qᵀ∇L is the change of L where θ moves along q (Pearlmutter 1994), so one pass forwards with changes
and one back give both; what does not depend on q is computed once for all directions. Through batch normalisation every
image acts on all others, and its weight with it. The same two passes, with weights that move too, give the change of the gradient
itself: what a training that goes forwards needs.
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
        mean: of the batch's mean ``(c,)``.
        widened: relative change of the batch's deviation ``(c,)``.
    """

    entered: Tensor | None
    normal: Tensor
    mean: Tensor
    widened: Tensor


@dataclass(eq=False)
class Unnormalised:
    """How what a layer pulls changes, before its normalisation.

    Attributes:
        raw: ∂L/∂raw ``(b, c, s, s)``.
        sum_normal: ∂L/∂scale ``(c,)``.
        sum: ∂L/∂shift ``(c,)``.
    """

    raw: Tensor
    sum_normal: Tensor
    sum: Tensor


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
        self._sums = [(kept.normal.sum((2, 3)), kept.normal.square().sum((2, 3))) for kept in self.kept]

    def __call__(self, direction: Tensor, pull: Statistics) -> tuple[Tensor, Tensor]:
        """Return ∂φ/∂θ ``(p,)`` and ∂φ/∂w ``(r,)``.

        Args:
            direction: q ``(p,)``.
            pull: ρ for each layer's mean and variance ``(c,)``.
        """
        passed, changes = self.passed, self.passed.network.split(direction)
        moved, features = self._forward(changes)
        mean, logits = self._logits(changes, features)
        shares = (mean[:, 0] - logits.gather(1, passed.labels[:, None])[:, 0]) / passed.divisor
        parts, pulled = self._last(changes, features, passed.probabilities * (logits - mean) / passed.divisor)
        for number in reversed(range(len(self.kept))):
            kept, (pull_mean, pull_variance) = self.kept[number], pull[number]
            pull_normal = 2 * pull_variance / (kept.layer.inverse * kept.count)
            found = self._unnormalised(number, changes, moved[number], pulled, pull_normal)
            shares = shares + self._weighed(number, moved[number], changes[3 * number + 1], found, pull[number])
            own, pulled = self._entered(number, changes, moved[number], found.raw.add_(column(pull_mean / kept.count)))
            parts = [own, found.sum_normal, found.sum, *parts]
        return passed.network.join(parts), shares

    def gradient(self) -> Tensor:
        """Return ∇θ of the batch's loss ``(p,)``, as :meth:`Pass.gradient` does, from what is known by now."""
        passed, parts = self.passed, []
        for kept in self.kept:
            filters = convolution_pull(kept.raw, kept.layer.entered, kept.layer.weights, (False, True))[1]
            parts += [filters, kept.sum_normal, kept.sum]
        return passed.network.join([*parts, passed.residuals.T @ passed.features, passed.residuals.sum(0)])

    def change(self, direction: Tensor, weights: Tensor) -> tuple[Tensor, Statistics]:
        """Return how ∇θL ``(p,)`` and each layer's mean and variance ``(c,)`` change where θ and the images' weights do.

        Args:
            direction: change of θ ``(p,)``.
            weights: change of the weights ``(r,)``.
        """
        passed, changes = self.passed, self.passed.network.split(direction)
        moved, features = self._forward(changes, weights)
        mean, logits = self._logits(changes, features)
        residuals = passed.probabilities * (logits - mean) / passed.divisor + weights[:, None] * passed.residuals
        parts, pulled = self._last(changes, features, residuals)
        apart = (weights - weights.mean())[:, None, None, None]
        for number in reversed(range(len(self.kept))):
            kept = self.kept[number]
            found = self._unnormalised(number, changes, moved[number], pulled)
            raw = found.raw.addcmul_(kept.weighing * column(kept.layer.inverse), apart)
            own, pulled = self._entered(number, changes, moved[number], raw)
            parts = [own, found.sum_normal, found.sum, *parts]
        squares = [2 * each.widened * kept.layer.inverse**-2 for each, kept in zip(moved, self.kept, strict=True)]
        return passed.network.join(parts), [(each.mean, square) for each, square in zip(moved, squares, strict=True)]

    def _forward(self, changes: list[Tensor], weights: Tensor | None = None) -> tuple[list[Moved], Tensor]:
        """Return how each layer changes, and the features ``(r, d)``."""
        moved: list[Moved] = []
        entered: Tensor | None = None
        for number, kept in enumerate(self.kept):
            filters, scale, shift = changes[3 * number : 3 * number + 3]
            layer = kept.layer
            raw = functional.conv2d(layer.entered, filters, padding=1)
            if entered is not None:
                raw += functional.conv2d(entered, layer.weights, padding=1)
            normal, leaning, total = layer.projected(raw)
            each = Moved(entered, normal, total / kept.count, layer.inverse * leaning / kept.count)
            if weights is not None:
                self._weigh(number, each, weights)
            moved.append(each)
            z = torch.addcmul(column(shift), kept.normal, column(scale)).addcmul_(normal, column(layer.scale))
            entered = layer.bent.tangent(z)
        assert entered is not None  # a network has layers
        return moved, entered.mean((2, 3))

    def _weigh(self, number: int, moved: Moved, weights: Tensor) -> None:
        """Add what a change of the images' weights ``(r,)`` does to a layer's statistics, and so to its normalised values."""
        kept, (ones, squares) = self.kept[number], self._sums[number]
        inverse = kept.layer.inverse
        spread = 1 - EPSILON * inverse**2  # variance / (variance + ε)
        mean = weights @ ones / kept.count  # in deviations
        widened = (weights @ squares - spread * weights.sum() * kept.cells) / (2 * kept.count)
        moved.normal.sub_(column(mean)).addcmul_(kept.normal, column(-widened))
        moved.mean = moved.mean + mean / inverse
        moved.widened = moved.widened + widened

    def _logits(self, changes: list[Tensor], features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the change of the logits ``(r, C)``, after its mean ``(r, 1)`` by the probabilities."""
        passed = self.passed
        logits = features @ passed.tensors[-2].T + passed.features @ changes[-2].T + changes[-1]
        return (passed.probabilities * logits).sum(1, keepdim=True), logits

    def _last(self, changes: list[Tensor], features: Tensor, residuals: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the change of the last layer's gradients and of ∂L/∂(last pictures), for that of (p − y)/b ``(r, C)``."""
        passed = self.passed
        parts = [residuals.T @ passed.features + passed.residuals.T @ features, residuals.sum(0)]
        return parts, passed.spread(residuals @ passed.tensors[-2] + passed.residuals @ changes[-2])

    def _unnormalised(
        self, number: int, changes: list[Tensor], moved: Moved, pulled: Tensor, pull: Tensor | float = 0.0
    ) -> Unnormalised:
        """Return the change of ∂L/∂raw for that of ∂L/∂(what comes out), and for a pull on â along itself."""
        kept, layer, scale = self.kept[number], self.kept[number].layer, changes[3 * number + 1]
        raw, sum_normal, total = layer.projected(layer.bent.pull_tangent(pulled), layer.scale)
        crossed = (kept.pulled * moved.normal).sum((0, 2, 3))
        lean = layer.inverse * layer.scale / kept.count
        raw.addcmul_(kept.projected, column(scale - moved.widened * layer.scale))
        raw.addcmul_(kept.normal, column(pull - lean * crossed))
        raw.addcmul_(moved.normal, column(-lean * kept.sum_normal))
        return Unnormalised(raw, sum_normal + crossed, total)

    def _entered(self, number: int, changes: list[Tensor], moved: Moved, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Return the change of ∂L/∂weights and of ∂L/∂(what came in), for that of ∂L/∂raw."""
        kept, layer = self.kept[number], self.kept[number].layer
        entered, filters = convolution_pull(raw, layer.entered, layer.weights, (number > 0, True))
        if moved.entered is not None:
            filters += convolution_pull(kept.raw, moved.entered, layer.weights, (False, True))[1]
            entered += convolution_pull(kept.raw, layer.entered, changes[3 * number], (True, False))[0]
        return filters, entered

    def _weighed(
        self,
        number: int,
        moved: Moved,
        scale: Tensor,
        found: Unnormalised,
        pull: tuple[Tensor, Tensor],
    ) -> Tensor:
        """Return what weighing an image does through this layer's statistics ``(r,)``.

        A weight w_i moves the batch's mean by (raw_i − mean)/count and its variance by ((raw_i − mean)² − variance)/count,
        summed over the image's pixels.
        """
        kept, (ones, squares) = self.kept[number], self._sums[number]
        gain, (mean, variance) = kept.layer.scale, pull
        slope, lean = scale * kept.sum + gain * found.sum, scale * kept.sum_normal + gain * found.sum_normal
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


def _rows(values: Tensor) -> Tensor:
    return values.permute(0, 2, 3, 1).reshape(len(values), -1)
