"""After which epochs of a network's training a run keeps what the network made of its pictures."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
# Of a training of more than ``ALL`` epochs no more than ``MOST`` are seen: to see 64 took nearly as long as to train.
ALL, MOST = 32, 16


def seen_epochs(epochs: int) -> int:
    """Return how many of a training's epochs are seen."""
    return -(-epochs // _together(epochs))


def seen_together(each: Sequence[T]) -> list[Sequence[T]]:
    """Return what there is of each epoch in groups, whose last epoch is seen for all; a group ends with the training."""
    size = _together(len(each))
    return [each[max(0, stop - size) : stop] for stop in range(len(each), 0, -size)][::-1]


def _together(epochs: int) -> int:
    return 1 if epochs <= ALL else -(-epochs // MOST)
