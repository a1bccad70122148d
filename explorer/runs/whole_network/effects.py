"""What one training image does to all test images, by the basis of ``replay-basis``: no backward pass, one product."""

import numpy as np

from explorer.attribution.replays import ReplayBasis
from explorer.runs.whole_network.network_outputs import InBasis, probabilities


def effects(basis: ReplayBasis, tests: InBasis, labels: np.ndarray, train_index: int) -> np.ndarray:
    """Return the scores ``(m,)`` of a training image on the losses of test images, nats; positive is helpful.

    Args:
        basis: of the run.
        tests: how the test images' logits lie in it.
        labels: whose loss is meant ``(m,)``.
        train_index: the training image.
    """
    slopes = probabilities(tests.logits)
    slopes[np.arange(len(labels)), labels] -= 1
    coefficients = np.einsum("mc,mck->mk", slopes, tests.coefficients)
    column = basis.scales * basis.table[:, train_index].astype(np.float64)
    return np.asarray(-coefficients @ column)
