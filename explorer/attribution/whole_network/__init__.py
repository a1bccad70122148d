"""Which training images made a whole network's prediction what it is. A new estimator is one file and one line."""

from explorer.attribution.whole_network.base import Questions, Recording, WholeNetworkEstimator
from explorer.attribution.whole_network.ekfac import EKFAC
from explorer.attribution.whole_network.gradient_product import GradientProduct
from explorer.attribution.whole_network.linearised import Linearised
from explorer.attribution.whole_network.replay_basis import ReplayedBasis
from explorer.attribution.whole_network.tracin_adamw import TracInAdamW
from explorer.attribution.whole_network.trak import TRAK
from explorer.attribution.whole_network.unrolled import Unrolled

__all__ = ["WHOLE_NETWORK", "Questions", "Recording", "WholeNetworkEstimator"]

WHOLE_NETWORK: dict[str, WholeNetworkEstimator] = {
    "replay-basis": ReplayedBasis(),
    "unrolled": Unrolled(),
    "linearised": Linearised(),
    "ekfac": EKFAC(),
    "trak": TRAK(),
    "tracin-adamw": TracInAdamW(),
    "gradient-product": GradientProduct(),
}
