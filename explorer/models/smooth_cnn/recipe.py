"""``small-cnn-smooth``: what its network and its training are made of, as plain values."""

import math
from dataclasses import asdict, dataclass
from typing import Any

# OneCycleLR's own shares: the rate begins at a 25th of its top and ends at a 10,000th of where it began.
FIRST, LAST = 25.0, 1e4
# Adam's decays of its two moments, and what keeps its divisor from zero (Kingma & Ba 2015, algorithm 1).
MOMENTUM, SQUARES, EPSILON = 0.9, 0.999, 1e-8
# How far the running statistics of batch normalisation move towards a batch's.
PACE = 0.1
# Training images above which the layers are twice as wide and learn longer and more gently; at 2,000 the cheaper recipe is smooth enough.
MANY = 5_000
# Raised whenever the same recipe would give other states or other features: kept ones are then not taken for these.
FORM = 2


@dataclass(frozen=True)
class Recipe:
    """The layers and their training by AdamW over one cycle of the learning rate.

    Attributes:
        widths: channels of the convolutions; after each but the last the picture is halved.
        detail: highest order of the cosines that the first layer, which is not trained, makes of a picture.
        epochs: number of passes over the training images.
        batch: images a step.
        rate: the highest learning rate.
        decay: weight decay.
        warm: share of the steps in which the rate rises.
        seed: determines first weights, order, mirroring and shifts.
        by_filter: whether a step divides the gradient of a filter by one number, the root of the mean of its weights' mean squares
            (Zhang et al. 2025, "Adam-mini"), instead of by each weight's own.
    """

    widths: tuple[int, ...] = (32, 64, 64)
    detail: int = 6
    epochs: int = 32
    batch: int = 128
    rate: float = 5e-4
    decay: float = 5e-2
    warm: float = 0.3
    seed: int = 0
    by_filter: bool = False

    @classmethod
    def of(cls, images: int, seed: int = 0) -> "Recipe":
        """Return the recipe for so many training images."""
        if images <= MANY:
            return cls(seed=seed)
        return cls((64, 128, 128), epochs=64, rate=1.9e-4, seed=seed, by_filter=True)

    @property
    def facts(self) -> dict[str, Any]:
        """What determines the training, as plain values; what came later is left out where it is as it always was."""
        return {name: value for name, value in asdict(self).items() if name != "by_filter" or value}

    def steps(self, images: int) -> int:
        """Return how many steps the whole training takes."""
        return self.epochs * -(-images // self.batch)

    def rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of step 0 ≤ ``step`` < ``steps``: two half cosines, as torch's ``OneCycleLR`` has them."""
        top, first = self.rate, self.rate / FIRST
        turn = self.warm * steps - 1
        if step <= turn:
            return _between(first, top, step / turn)
        return _between(top, first / LAST, (step - turn) / (steps - 1 - turn))


def _between(begin: float, end: float, share: float) -> float:
    return end + (begin - end) / 2 * (1 + math.cos(math.pi * share))
