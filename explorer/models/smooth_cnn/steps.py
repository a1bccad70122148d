"""What a step of training goes through, the images of a batch, and what it goes on from, a state."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.models.smooth_cnn.network import Statistics


@dataclass(frozen=True, eq=False)
class Batch:
    """The images of one step and how they are varied.

    Attributes:
        step: counted from 0.
        rows: of the training images ``(b,)``.
        mirrored: which of them are ``(b,)``.
        shift: pixels down and right, with the eighth of a side that is padded.
    """

    step: int
    rows: Tensor
    mirrored: Tensor
    shift: tuple[int, int]

    def pixels(self, images: Tensor) -> Tensor:
        """Return the pictures of the batch ``(b, 3, s, s)``, mirrored and shifted, channels last in memory."""
        chosen = images[self.rows]
        chosen = torch.where(self.mirrored[:, None, None, None], chosen.flip(3), chosen)
        side, (down, right) = chosen.shape[-1], self.shift
        padded = functional.pad(chosen, [side // 8] * 4, mode="reflect")
        return padded[:, :, down : down + side, right : right + side].contiguous(memory_format=torch.channels_last)


@dataclass(eq=False)
class State:
    """All that a step of training goes on from.

    Attributes:
        theta: weights ``(p,)``.
        moments: Adam's running mean and mean square of the gradients ``(2, p)``.
        statistics: the running ones of batch normalisation.
        step: steps done.
    """

    theta: Tensor
    moments: Tensor
    statistics: Statistics
    step: int = 0
