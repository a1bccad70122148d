"""Which training images made a prediction what it is. A new estimator is one file and one line in ``ESTIMATORS``."""

from explorer.attribution.base import Estimator, Tests
from explorer.attribution.curvature import Curvature
from explorer.attribution.graddot import GradCos, GradDot
from explorer.attribution.influence import Influence
from explorer.attribution.iterative import InfluenceCG, InfluenceLiSSA
from explorer.attribution.newton import Newton
from explorer.attribution.relatif import RelatIF
from explorer.attribution.representer import Representer
from explorer.attribution.scoring import Row, Scorer
from explorer.attribution.similarity import Similarity
from explorer.attribution.tracin import TracIn
from explorer.core.errors import unknown

__all__ = ["ESTIMATORS", "Curvature", "Estimator", "Row", "Scorer", "Tests", "estimator"]

ESTIMATORS: dict[str, Estimator] = {
    "newton": Newton(),
    "influence": Influence(),
    "influence-cg": InfluenceCG(),
    "influence-lissa": InfluenceLiSSA(),
    "relatif": RelatIF(),
    "tracin": TracIn(),
    "graddot": GradDot(),
    "gradcos": GradCos(),
    "representer": Representer(),
    "similarity": Similarity(),
}


def estimator(name: str) -> Estimator:
    """Return the estimator of this name.

    Raises:
        ExplorerError: there is none.
    """
    if name not in ESTIMATORS:
        raise unknown("method", name, list(ESTIMATORS))
    return ESTIMATORS[name]
