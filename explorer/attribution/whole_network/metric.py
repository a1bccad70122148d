"""How far AdamW moves a weight for a gradient: its own metric."""

from torch import Tensor

from explorer.models.smooth_cnn import State
from explorer.models.smooth_cnn.recipe import EPSILON, SQUARES


def divisor(state: State) -> Tensor:
    """Return √v̂ + ε ``(p,)`` of a state after at least one step, by which a step divides (Kingma & Ba 2015, algorithm 1)."""
    return (state.moments[1] / (1 - SQUARES**state.step)).sqrt() + EPSILON
