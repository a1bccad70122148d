"""The derivative of the training along a few kept directions: an answer in a click, as near the exact one as they reach."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch

from explorer.attribution.replays import (
    Probes,
    ReplayBasis,
    as_kept,
    new_in,
    principal_directions,
    rounded,
    share_held,
    signs,
    units,
)
from explorer.attribution.unrolled import (
    Change,
    StepsBack,
    first_course,
    gradients_of_weights,
    kept_steps,
    pass_forth,
)
from explorer.attribution.unrolled.replay_basis import flat, outputs_of
from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.core.progress import Progress, silent

# Directions that are replayed or followed together: they share a stream, and the memory of so many passes is small.
GROUP = 16
# Random changes of weights that tell what the basis misses.
PROBES = 16
# Training images whose gradients are held at once (28 MB for small-cnn-smooth).
PICTURES = 100
# Bytes of the gradients that directions are found from.
LARGEST = 2**29


@dataclass(frozen=True)
class ReplayedBasis(WholeNetworkEstimator):
    """s(i, f) = −Σ_k (Mq_k · ∂f) q_ki, with q an orthonormal basis of the answers Mᵀu of K directions u of ∂f = (∂f/∂θ, ∂f/∂β).

    The directions u are the principal ones of the margins' gradients of *training* images, never of a picture that is asked about.
    What part of ‖df/dw‖² the basis holds is measured for each question (:meth:`shares`).

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
        "Ilyas & Engstrom 2025, section 3, linear in the question; principal directions: Pearson 1901; "
        "projection on a span that was found: Halko, Martinsson & Tropp 2011, section 4"
    )
    unit: ClassVar[Literal["nats", ""]] = "nats"

    def prepare(self, recording: Recording, progress: Progress = silent) -> dict[str, np.ndarray]:
        """Return directions ``(K, q)`` float16, table ``(K, n)`` int8, scales ``(K,)`` and the same of the probes."""
        found = self.found_directions(recording, self.directions, progress)
        probes, lengths = followed(recording, signs(PROBES, len(recording.training.labels)), progress)
        basis = ReplayBasis(probes[:0], np.zeros((0, len(recording.training.labels)), np.int8), np.zeros(0, np.float32))
        for first in range(0, len(found), GROUP):
            basis = self._grown(recording, basis, found[first : first + GROUP], progress)
        return vars_of(basis) | {"probes": probes, "probe_lengths": lengths}

    def _grown(self, recording: Recording, basis: ReplayBasis, group: np.ndarray, progress: Progress) -> ReplayBasis:
        training = recording.training
        outputs = outputs_of(units(group), training.network, training.images.dtype)
        replays = gradients_of_weights(training, StepsBack(recording), outputs, progress).numpy()
        table, scales = rounded(new_in(replays, basis.table.astype(np.float32)))
        if not len(table):
            return basis
        directions, lengths = followed(recording, table * scales[:, None], progress)
        parts = zip(vars_of(basis).values(), (directions, table, scales * lengths), strict=True)
        return ReplayBasis(*(np.concatenate(pair) for pair in parts))

    def scores(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return the scores ``(k, n)``."""
        basis = ReplayBasis(*(prepared[name] for name in ("directions", "table", "scales")))
        return -basis.derivatives(basis.coefficients(gradients(recording, questions)))

    def shares(self, recording: Recording, prepared: dict[str, np.ndarray], questions: Questions) -> np.ndarray:
        """Return about which part of each question's ‖df/dw‖² the basis holds ``(k,)``, 0 to 1."""
        answers = Probes(prepared["probes"], prepared["probe_lengths"]).answers(gradients(recording, questions))
        return share_held(-self.scores(recording, prepared, questions), answers)

    def found_directions(self, recording: Recording, count: int, progress: Progress = silent) -> np.ndarray:
        """Return the first ``count`` principal directions ``(count, q)``, float16."""
        training = recording.training
        few = min(self.pictures, len(training.labels), max(2 * count, LARGEST // (4 * training.network.size)))
        drawn = torch.randperm(len(training.labels), generator=torch.Generator().manual_seed(self.seed))[:few]
        found: list[np.ndarray] = []
        for rows in drawn.split(PICTURES):
            progress("Gradients of training images", PICTURES * len(found), few)
            questions = Questions(training.images[rows], training.labels[rows], "margin")
            found.append(gradients(recording, questions))
        progress("Gradients of training images", few, few)
        return principal_directions(np.concatenate(found), count)


def self_influences(recording: Recording, basis: ReplayBasis, progress: Progress = silent) -> np.ndarray:
    """Return s(i, i) ``(n,)`` nats, as far as a basis holds it: the rise of image i's own loss if it had been absent from the start.

    Positive: its loss would rise, so that the network knows it only because it was there. It is the loss of the picture as it is,
    neither mirrored nor shifted, at the end of the training.
    """
    training, found = recording.training, []
    images = len(training.labels)
    for rows in torch.arange(images).split(PICTURES):
        progress("Self-influence in the whole network", int(rows[0]), images)
        asked = gradients(recording, Questions(training.images[rows], training.labels[rows], "loss"))
        found.append(-basis.own_derivatives(basis.coefficients(asked), rows.numpy()))
    progress("Self-influence in the whole network", images, images)
    return np.concatenate(found)


def vars_of(basis: ReplayBasis) -> dict[str, np.ndarray]:
    """Return the arrays of a basis by their names."""
    return {"directions": basis.directions, "table": basis.table, "scales": basis.scales}


def followed(recording: Recording, weights: np.ndarray, progress: Progress = silent) -> tuple[np.ndarray, np.ndarray]:
    """Return how the end of the training moves along changes of its images' weights ``(k, n)``: directions and lengths, as kept."""
    training, rows = recording.training, torch.from_numpy(weights).to(recording.training.images.dtype)
    course = first_course(training, len(rows))
    return moved(pass_forth(training, kept_steps(recording.state), rows, course, progress))


def moved(changes: list[Change]) -> tuple[np.ndarray, np.ndarray]:
    """Return changes of the end as directions ``(k, q)`` and lengths ``(k,)``, as they are kept."""
    return as_kept(torch.stack([flat(each.theta, each.statistics) for each in changes]).numpy())


def gradients(recording: Recording, questions: Questions) -> np.ndarray:
    """Return ∂f of each question as a row ``(k, q)``."""
    return torch.stack([flat(theta, statistics) for theta, statistics in questions.gradients(recording)]).numpy()
