"""States of a training as rows of numbers, θ, Adam's moments and the running statistics, and which of them are kept."""

from dataclasses import dataclass

import numpy as np
import torch

from explorer.models.smooth_cnn.network import Network
from explorer.models.smooth_cnn.recipe import Recipe
from explorer.models.smooth_cnn.training import State

# Bytes that the kept states of a training may have.
LARGEST = 10**9


@dataclass(frozen=True)
class Layout:
    """The rows that are kept: of each epoch the states after every k-th of its steps, and after its last.

    Attributes:
        epochs: of the training.
        each: steps an epoch.
        width: numbers in a row.
        number: bytes of a number.
        every: k.
    """

    epochs: int
    each: int
    width: int
    number: int
    every: int = 1

    @property
    def rows(self) -> int:
        """Kept of an epoch."""
        return -(-self.each // self.every)

    @property
    def bytes(self) -> int:
        """Of all kept states."""
        return self.epochs * self.bytes_an_epoch

    @property
    def bytes_an_epoch(self) -> int:
        """Of the kept states of one."""
        return self.rows * self.width * self.number

    def step(self, epoch: int, row: int) -> int:
        """Return the steps done in the state of a row; row −1 is the state before the epoch."""
        return epoch * self.each + min((row + 1) * self.every, self.each)

    def place(self, step: int) -> tuple[int, int]:
        """Return epoch and row of the last kept state at or before ``step`` ≥ 1; the row may be −1."""
        epoch = (step - 1) // self.each
        within = step - epoch * self.each
        return epoch, self.rows - 1 if within == self.each else within // self.every - 1


def layout(network: Network, recipe: Recipe, images: int, number: int = 4) -> Layout:
    """Return what is kept of a training: all states, or every k-th where all would be more than ``LARGEST`` bytes.

    Args:
        network: the layers.
        recipe: of the training.
        images: n.
        number: bytes of a number.
    """
    width = 3 * network.size + 2 * sum(network.widths)
    whole = Layout(recipe.epochs, recipe.steps(images) // recipe.epochs, width, number)
    few = max(1, LARGEST // (recipe.epochs * width * number))  # rows of an epoch that there is room for
    return Layout(whole.epochs, whole.each, width, number, -(-whole.each // few))


def row_of(state: State) -> np.ndarray:
    """Return a state as one row ``(width,)``, a copy."""
    statistics = [part for pair in state.statistics for part in pair]
    return torch.cat([state.theta, *state.moments, *statistics]).numpy()


def state_of(row: np.ndarray, network: Network, step: int) -> State:
    """Return the state that a row was made of, a copy."""
    sizes = [network.size, 2 * network.size, *(width for width in network.widths for _ in range(2))]
    theta, moments, *statistics = torch.from_numpy(np.array(row)).split(sizes)
    pairs = list(zip(statistics[::2], statistics[1::2], strict=True))
    return State(theta, moments.view(2, -1), pairs, step)
