"""First-order influence (Koh & Liang 2017, eq. 2)."""

from dataclasses import dataclass
from typing import ClassVar

from explorer.attribution.base import Estimator


@dataclass(frozen=True)
class Influence(Estimator):
    """s(i, t) = (1/n) ∇loss(t)ᵀ H⁻¹ ∇loss(i).

    Positive: without image i the loss of t would rise, so i is helpful. Nats. It fails where an image's leverage is
    not small, because it keeps the Hessian of the problem with i.
    """

    summary: ClassVar[str] = "The classical first-order estimate (Koh & Liang 2017)."
