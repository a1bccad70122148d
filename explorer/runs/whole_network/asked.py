"""What is asked of the whole network of a run: the loss of test images, of a sum of them, or of a picture of one's own; answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from explorer.core.checksums import canonical, digest


@dataclass(frozen=True, eq=False)
class Asked:
    """One question or several, by what determines them within a run.

    Attributes:
        targets: class whose loss or margin is meant, of each picture.
        rows: of the run's test images; None for a picture of one's own.
        pixels: of that picture ``(1, 3, s, s)``, as the network is given it; None for test images.
        kind: ``"loss"`` in nats, or ``"margin"``.
        together: whether all pictures are one question, their sum.
    """

    targets: Sequence[int]
    rows: Sequence[int] | None = None
    pixels: np.ndarray | None = field(default=None, repr=False)
    kind: Literal["loss", "margin"] = "loss"
    together: bool = False

    @property
    def names(self) -> list[str]:
        """One name a question, the same whenever it is asked again."""
        if self.rows is None:
            pixels = digest(np.ascontiguousarray(self.pixels).tobytes())[:32]
            return [f"picture-{pixels}-{self.targets[0]}-{self.kind}"]
        pairs = sorted((int(row), int(target)) for row, target in zip(self.rows, self.targets, strict=True))
        if self.together:
            return [f"sum-{digest(canonical(pairs))[:32]}-{self.kind}"]
        return [f"test-{row}-{target}-{self.kind}" for row, target in zip(self.rows, self.targets, strict=True)]


@dataclass(frozen=True, eq=False)
class Answer:
    """Scores for some questions.

    Attributes:
        scores: ``(k, n)``, positive is helpful.
        share_held: of the first question's answer, of ‖df/dw‖², by the basis, 0 to 1, as its probes say; None for other methods.
        trainings: of which it is the mean.
    """

    scores: np.ndarray
    share_held: float | None = None
    trainings: int = 1
