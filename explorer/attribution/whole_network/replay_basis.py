"""The derivative of the training along a few kept directions: an answer in a click, as near the exact one as they reach."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch

from explorer.attribution.replays import ReplayBasis, principal_directions, shares, units
from explorer.attribution.unrolled import gradients_of_weights, kept_steps
from explorer.attribution.unrolled.replay_basis import flat, outputs_of, rounded
from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.core.progress import Progress, silent

# Directions that are replayed together: they share the backward stream, and the memory of so many passes is small.
GROUP = 16
# Bytes of the gradients that directions are found from.
LARGEST = 2**29


@dataclass(frozen=True)
class ReplayedBasis(WholeNetworkEstimator):
    """s(i, f) = −Σ_k (u_k · ∂f) (Mᵀu_k)_i, with df/dw = Mᵀ∂f linear in ∂f = (∂f/∂θ, ∂f/∂β) and Mᵀu_k replayed once.

    The directions u are the principal ones of the margins' gradients of *training* images, never of a picture that is asked
    about. The part of ‖∂f‖² that they hold (:meth:`shares`) says when an answer is
    poor; a large part is no promise, because what is missing may be what the training answered to most.

    Attributes:
        directions: K; one byte an image each.
        pictures: how many training images, drawn by the seed, they are found from.
        seed: of that draw.
    """

    directions: int = 64
    pictures: int = 1000
    seed: int = 0

    summary: ClassVar[str] = (
        "The derivative of the whole training along kept directions: in a click, and nearer with each direction."
    )
    source: ClassVar[str] = (
        "Ilyas & Engstrom 2025, section 3, linear in the question; principal directions: Pearson 1901"
    )
    unit: ClassVar[Literal["nats", ""]] = "nats"

    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return directions ``(K, q)`` float16, table ``(K, n)`` int8 and scales ``(K,)``."""
        found = self.found_directions(recording, self.directions, progress)
        groups = [found[first : first + GROUP] for first in range(0, len(found), GROUP)]
        replays = [self.replayed(recording, group, progress) for group in groups]
        tables, scales = zip(*replays, strict=True)
        return {"directions": found, "table": np.concatenate(tables), "scales": np.concatenate(scales)}

    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``."""
        basis = ReplayBasis(**prepared)
        return -basis.derivatives(basis.coefficients(gradients(recording, questions)))

    def shares(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return which part of each question's ‖∂f‖² the directions hold ``(k,)``, 0 to 1."""
        asked = gradients(recording, questions)
        return shares(ReplayBasis(**prepared).coefficients(asked), np.square(asked, dtype=np.float64).sum(1))

    def found_directions(self, recording: Recording, count: int, progress: Progress = silent) -> np.ndarray:
        """Return the first ``count`` principal directions ``(count, q)``, as :class:`ReplayBasis` keeps them."""
        training = recording.training
        few = min(self.pictures, len(training.labels), max(2 * count, LARGEST // (4 * training.network.size)))
        drawn = torch.randperm(len(training.labels), generator=torch.Generator().manual_seed(self.seed))[:few]
        found: list[np.ndarray] = []
        for rows in drawn.split(100):
            progress("Gradients of training images", 100 * len(found), few)
            questions = Questions(training.images[rows], training.labels[rows], "margin")
            found.append(gradients(recording, questions))
        progress("Gradients of training images", few, few)
        return principal_directions(np.concatenate(found), count)

    def replayed(
        self, recording: Recording, directions: np.ndarray, progress: Progress = silent
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the derivative of the training along some kept directions, rounded: table ``(k, n)`` and scales ``(k,)``."""
        training = recording.training
        outputs = outputs_of(units(directions), training.network, training.images.dtype)
        return rounded(gradients_of_weights(training, kept_steps(recording.state), outputs, progress))


def gradients(recording: Recording, questions: Questions) -> np.ndarray:
    """Return ∂f of each question as a row ``(k, q)``."""
    return torch.stack([flat(theta, statistics) for theta, statistics in questions.gradients(recording)]).numpy()
