"""What the network says of a run's test images, and how its logits' gradients lie in the basis: clicks without a backward pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class InBasis:
    """The gradients of the logits of some pictures, as far as they matter.

    Attributes:
        logits: ``(m, C)``.
        coefficients: of each logit's gradient in the basis ``(m, C, K)``.
        probed: what the random probes say of it ``(m, C, P)``.
    """

    logits: np.ndarray
    coefficients: np.ndarray
    probed: np.ndarray

    def loss(self, row: int, target: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the coefficients of a picture's loss ``(1, K)``, and what the probes say of it ``(1, P)``."""
        slopes = probabilities(self.logits[[row]])[0]
        slopes[target] -= 1
        return (slopes @ self.coefficients[row])[None], (slopes @ self.probed[row])[None]


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of logits ``(m, C)``, float64."""
    wide = logits.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def losses(logits: np.ndarray, targets: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return −log p(target) ``(m,)`` of logits ``(m, C)``, nats, float64."""
    wide = logits.astype(np.float64)
    highest = wide.max(axis=1)
    whole = np.log(np.exp(wide - highest[:, None]).sum(axis=1)) + highest
    return whole - wide[np.arange(len(wide)), np.asarray(targets)]
