"""Our own methods for the whole network, each as it is registered."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.core.progress import silent
from tools.peers.peer import Peer
from tools.peers.problem import Problem


class Own(Peer):
    """A method of the registry on the recorded training.

    Args:
        name: in the registry.
    """

    def __init__(self, name: str) -> None:
        self._method = WHOLE_NETWORK[name]
        self.note = "" if self._method.unit else "no unit"

    def prepare(self, problem: Problem, folder: Path) -> None:
        self._recording = problem.recording
        self._index = self._method.prepare(self._recording, silent)
        images, arrays = problem.images, self._index.values()
        self.per_image = sum(array.nbytes for array in arrays if images in array.shape) / images
        self.once = sum(array.nbytes for array in arrays if images not in array.shape)

    def scores(self, pixels: Tensor, targets: Tensor, kind: str) -> np.ndarray:
        return self._method.scores(self._recording, self._index, Questions(pixels, targets, kind))


METHODS: dict[str, Callable[[], Peer]] = {f"our {name}": partial(Own, name) for name in WHOLE_NETWORK}
