"""What is measured of every method, whoever wrote it."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from torch import Tensor

from explorer.attribution.whole_network.base import Kind
from tools.peers.problem import Problem

# Images a batch for all libraries.
BATCH = 128


class Peer:
    """A method of a library on our network.

    A score is what removing a training image does to the output, up to the library's own unit: the sign is made ours.

    Attributes:
        package: its distribution, "" for our own.
        note: what a reader of its row must know.
        once: bytes that are kept whatever the number of training images, after :meth:`prepare`.
        per_image: bytes that are kept for each training image beside the picture itself.
        prepared_in: seconds by the clock and of the processor that preparing takes where it was not done now but told from a part
            of it; else None.
    """

    package: ClassVar[str] = ""
    note: str = ""
    once: int = 0
    per_image: float = 0
    prepared_in: dict[str, float] | None = None

    def prepare(self, problem: Problem, folder: Path) -> None:
        """Compute what does not depend on the question; files go into the folder."""
        raise NotImplementedError

    def scores(self, pixels: Tensor, targets: Tensor, kind: Kind) -> np.ndarray:
        """Return scores ``(k, n)`` of every training image for the loss or margin of some pictures."""
        raise NotImplementedError


def file_bytes(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
