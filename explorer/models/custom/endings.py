"""What a program does to the scores of its last layer before it returns them: factors and shifts belong to the layer, a softmax keeps their order."""

from dataclasses import dataclass, replace

import numpy as np

# Functions that grow with each score, of the same picture alone: the largest stays the largest.
GROWING = frozenset(("softmax", "log_softmax", "sigmoid", "log"))


@dataclass(frozen=True, eq=False)
class Ending:
    """What stands between the last layer and the answer.

    Attributes:
        slope: factor of each score, ``(1,)`` or ``(C,)``.
        shift: what is added to each, of the same shapes.
        softened: the last growing function, such as ``"softmax"``; empty for none.
    """

    slope: np.ndarray
    shift: np.ndarray
    softened: str = ""

    def then(self, word: str, number: np.ndarray | None = None, first: bool = True) -> "Ending | None":
        """Return the ending with one more operator; None where the classes' order behind it is not that of a linear layer.

        Args:
            word: ``add``, ``sub``, ``mul``, ``div``, ``neg`` or one of :data:`GROWING`.
            number: the other operand, ``(1,)`` or ``(C,)``.
            first: whether the scores are the first operand.
        """
        if word in GROWING:
            return replace(self, softened=word)
        factor, added = _linear(word, number, first)
        if factor is None or added is None or (self.softened and (factor.size > 1 or added.size > 1 or factor[0] <= 0)):
            return None
        return self if self.softened else Ending(self.slope * factor, self.shift * factor + added)

    def applied(self, weight: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Return weights ``(C, d)`` and bias ``(C,)`` with the factors and shifts; None where these are of another number of classes."""
        if not {self.slope.size, self.shift.size} <= {1, len(weight)}:
            return None
        return weight * self.slope[:, None], bias * self.slope + self.shift


def nothing_behind() -> Ending:
    """Return the ending of a program that returns its last layer's scores."""
    return Ending(np.ones(1), np.zeros(1))


def as_numbers(value: object, classes: int | None = None) -> np.ndarray | None:
    """Return a constant as ``(1,)`` or ``(C,)`` in float64; None where it is none of that form.

    Args:
        value: a number or an array.
        classes: C, where the program says it.
    """
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    one = found.size == 1 or (found.ndim and found.size == found.shape[-1])
    if not one or not np.isfinite(found).all() or (classes and found.size not in (1, classes)):
        return None
    return found.reshape(-1)


def _linear(word: str, number: np.ndarray | None, first: bool) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return factor and shift of an operator; None and None where it has none."""
    if word == "neg":
        return -np.ones(1), np.zeros(1)
    if number is None or (word == "div" and (not first or not number.all())):
        return None, None
    if word in ("mul", "div"):
        return (number if word == "mul" else 1 / number), np.zeros(1)
    if word == "add":
        return np.ones(1), number
    return (np.ones(1), -number) if first else (-np.ones(1), number)
