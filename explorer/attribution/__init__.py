"""Which training images made a prediction what it is. A new estimator is one file and one line in ``ESTIMATORS``."""

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature
from explorer.attribution.influence import Influence
from explorer.attribution.newton import Newton
from explorer.attribution.scoring import Row, Scorer
from explorer.errors import unknown

__all__ = ["ESTIMATORS", "Curvature", "Estimator", "Row", "Scorer", "Tests", "estimator"]

ESTIMATORS: dict[str, Estimator] = {"newton": Newton(), "influence": Influence()}


def estimator(name: str) -> Estimator:
    """Return the estimator of this name.

    Raises:
        ExplorerError: there is none.
    """
    if name not in ESTIMATORS:
        raise unknown("method", name, list(ESTIMATORS))
    return ESTIMATORS[name]
