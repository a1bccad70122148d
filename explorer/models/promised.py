"""A frozen network that is loaded when the first picture needs it."""

from collections.abc import Callable
from functools import cached_property

from torch import nn


class Promised(nn.Module):
    """Stands for a network where the features of all pictures are known, as far as can be seen before.

    Args:
        load: returns the network.
    """

    def __init__(self, load: Callable[[], nn.Module]) -> None:
        super().__init__()
        self._load = load

    @cached_property
    def loaded(self) -> nn.Module:
        """The network; it takes the longest part of a second."""
        return self._load()
