"""What one training image does to all test images, by the basis of ``replay-basis``: no backward pass, one product."""

from collections.abc import Sequence

import numpy as np

from explorer.attribution.replays import ReplayBasis, share_held
from explorer.runs.whole_network.network_outputs import InBasis, probabilities


def effects(basis: ReplayBasis, tests: InBasis, labels: np.ndarray, train_index: int) -> np.ndarray:
    """Return the scores ``(m,)`` of a training image on the losses of test images, nats; positive is helpful.

    Args:
        basis: of the run.
        tests: how the test images' logits lie in it.
        labels: whose loss is meant ``(m,)``.
        train_index: the training image.
    """
    coefficients = np.einsum("mc,mck->mk", _slopes(tests.logits, labels), tests.coefficients)
    column = basis.scales * basis.table[:, train_index].astype(np.float64)
    return np.asarray(-coefficients @ column)


def shares_held(basis: ReplayBasis, tests: InBasis, labels: np.ndarray, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return about which part of the exact answers on the losses of some test images ``rows`` the basis holds ``(r,)``, 0 to 1."""
    slopes = _slopes(tests.logits[rows], labels[rows])
    coefficients, probed = (np.einsum("rc,rck->rk", slopes, part[rows]) for part in (tests.coefficients, tests.probed))
    return share_held(basis.derivatives(coefficients), probed)


def _slopes(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return ∂loss/∂logits ``(m, C)``."""
    slopes = probabilities(logits)
    slopes[np.arange(len(labels)), labels] -= 1
    return slopes
