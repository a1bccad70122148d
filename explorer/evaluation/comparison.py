"""Two classifiers on the same test images: how many each gets right, and which predictions changed sides."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

# Standard normal deviations on either side of a 95 % interval.
Z = float(ndtri(0.975))


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class AccuracyChange:
    """How the accuracy on some test images changed.

    Attributes:
        of: how many test images.
        before: share that the first classifier has right (Wilson interval).
        after: share that the second one has right (Wilson interval).
        difference: ``after − before`` on the same images (Newcombe's interval for pairs).
        fixed: wrong before, right after.
        broken: right before, wrong after.
    """

    of: int
    before: Interval
    after: Interval
    difference: Interval
    fixed: int
    broken: int


def wilson(right: int, of: int) -> Interval:
    """Return a share with its 95 % score interval (Wilson 1927; Newcombe 1998a, method 3)."""
    share, spread = right / of, Z**2 / of
    middle = (share + spread / 2) / (1 + spread)
    reach = np.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    # Rounding must not push an end beyond a share of exactly 0 or 1.
    return Interval(share, min(share, float(middle - reach)), max(share, float(middle + reach)))


def paired_difference(before: np.ndarray, after: np.ndarray) -> Interval:
    """Return the change of accuracy on the same images with its 95 % interval (Newcombe 1998b, method 10).

    Wilson's intervals of both shares are squared and added, with the correlation φ of the pairs (continuity corrected)
    taken off: Statistics in Medicine 17, 2635–2650.

    Args:
        before: ``(m,)`` bool, whether the first classifier is right.
        after: ``(m,)`` bool, whether the second one is.
    """
    one, two = (wilson(int(right.sum()), len(right)) for right in (after, before))
    phi = _correlation(before, after)
    low = _reach(one.value - one.low, two.high - two.value, phi)
    high = _reach(one.high - one.value, two.value - two.low, phi)
    difference = one.value - two.value
    return Interval(difference, difference - low, difference + high)


def accuracy_change(before: np.ndarray, after: np.ndarray) -> AccuracyChange:
    """Return how the accuracy changed from one classifier to another, for ``(m,)`` bool each (right or not)."""
    one, two = (wilson(int(right.sum()), len(right)) for right in (before, after))
    fixed, broken = int((~before & after).sum()), int((before & ~after).sum())
    return AccuracyChange(len(before), one, two, paired_difference(before, after), fixed, broken)


def _reach(one: float, two: float, phi: float) -> float:
    return float(np.sqrt(max(0.0, one**2 - 2 * phi * one * two + two**2)))


def _correlation(before: np.ndarray, after: np.ndarray) -> float:
    """Return φ of the fourfold table, moved n/2 towards 0 where it is positive; 0 where one side is constant."""
    both, neither = int((before & after).sum()), int((~before & ~after).sum())
    fixed, broken = int((~before & after).sum()), int((before & ~after).sum())
    size = np.sqrt(float((both + fixed) * (broken + neither)) * float((both + broken) * (fixed + neither)))
    product = both * neither - fixed * broken
    moved = max(0.0, product - len(before) / 2) if product > 0 else product
    return float(moved / size) if size else 0.0
