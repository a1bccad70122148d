"""What the network says of a run's test images, and how its logits' gradients lie in the basis: clicks without a backward pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.attribution.replays import shares


@dataclass(frozen=True, eq=False)
class InBasis:
    """The gradients of the logits of some pictures, as far as they matter.

    Attributes:
        logits: ``(m, C)``.
        coefficients: u_k · ∂z_c ``(m, C, K)`` for the directions u and each logit z_c.
        products: ∂z_c · ∂z_c′ ``(m, C, C)``.
    """

    logits: np.ndarray
    coefficients: np.ndarray
    products: np.ndarray

    def loss(self, row: int, target: int, directions: int) -> tuple[np.ndarray, float]:
        """Return u_k · ∂loss ``(1, K)`` of a picture for the first directions, and which part of ‖∂loss‖² they hold."""
        slopes = probabilities(self.logits[[row]])[0]
        slopes[target] -= 1
        found = (slopes @ self.coefficients[row, :, :directions])[None]
        return found, float(shares(found, slopes @ self.products[[row]] @ slopes)[0])


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of logits ``(m, C)``, float64."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
    return powers / powers.sum(axis=1, keepdims=True)


def losses(logits: np.ndarray, targets: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return −log p(target) ``(m,)`` of logits ``(m, C)``, nats, float64."""
    wide = logits.astype(np.float64)
    highest = wide.max(axis=1)
    whole = np.log(np.exp(wide - highest[:, None]).sum(axis=1)) + highest
    return whole - wide[np.arange(len(wide)), np.asarray(targets)]
