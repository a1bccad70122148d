"""Small classification problems, each with the reason why it is there."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def as_it_is(features, labels):
    return features, labels


def twins(features, labels):
    """Row 1 becomes a copy of row 0, label and all."""
    features, labels = features.copy(), labels.copy()
    features[1], labels[1] = features[0], labels[0]
    return features, labels


def constant(features, labels):
    """The first feature says nothing, and is parallel to the bias."""
    features = features.copy()
    features[:, 0] = 3.0
    return features, labels


def faint(features, labels):
    """All features but the bias a thousandth of their size."""
    return features * np.append(np.full(features.shape[1] - 1, 1e-3), 1.0), labels


def mistaken(features, labels):
    """Row 2 is far out and labelled wrong: much leverage."""
    features, labels = features.copy(), labels.copy()
    features[2, :-1] *= 6
    labels[2] = (labels[2] + 1) % (labels.max() + 1)
    return features, labels


@dataclass(frozen=True)
class Problem:
    """A problem drawn from a seed; features end with the bias."""

    name: str
    reason: str
    classes: int = 2
    n: int = 40
    d: int = 5
    l2: float = 0.05
    change: Callable = as_it_is
    seed: int = 0

    def draw(self):
        """Return features ``(n, d)`` and labels ``(n,)``; every class occurs."""
        rng = np.random.default_rng(self.seed)
        labels = rng.permutation(np.arange(self.n) % self.classes)
        centres = rng.normal(size=(self.classes, self.d))
        features = centres[labels] + rng.normal(size=(self.n, self.d))
        features[:, -1] = 1.0
        return self.change(features, labels)

    def tests(self, m=4):
        """Return features ``(m, d)`` and classes ``(m,)`` that the fit has not seen."""
        rng = np.random.default_rng(self.seed + 1000)
        features = rng.normal(size=(m, self.d)) * 1.5
        features[:, -1] = 1.0
        return features, rng.integers(self.classes, size=m)


PROBLEMS = [
    Problem("two", "two classes have a code path of their own"),
    Problem("three", "the smallest number of classes with a matrix for each image", classes=3),
    Problem("five", "more contrasts than a mistake in their order survives", classes=5, n=50),
    Problem("wide", "fewer images than features: only λ makes H regular", n=12, d=20),
    Problem("wide three", "the same with a matrix for each image", classes=3, n=12, d=15),
    Problem("twins", "two images are the same", classes=3, change=twins),
    Problem("constant", "a feature that never varies is parallel to the bias", change=constant),
    Problem("faint", "features a thousandth in size leave H nearly λI", classes=3, change=faint),
    Problem("leverage", "a far, wrong image is where the first order fails", change=mistaken, l2=0.01),
    Problem("weak penalty", "λ at the lower end of the grid", classes=3, l2=1e-3),
]
