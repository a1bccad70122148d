"""Which training images made a whole network's prediction what it is. A new estimator is one file and one line."""

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.gradient_product import GradientProduct

__all__ = ["WHOLE_NETWORK", "Questions", "Recording", "WholeNetworkEstimator"]

WHOLE_NETWORK: dict[str, WholeNetworkEstimator] = {
    "gradient-product": GradientProduct(),
}
