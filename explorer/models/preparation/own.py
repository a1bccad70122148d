"""Which preparation belongs to a network: that with which its library gives pictures to it."""

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import NetworkSpec
from explorer.models.network_names import TORCHVISION
from explorer.models.preparation.choice import TORCHVISION as TORCHVISIONS
from explorer.models.preparation.preparation import Preparation
from explorer.models.preparation.published import USUAL_OF_TORCHVISION, from_torchvision
from explorer.models.weights import weights_of


def own_preparation(name: str, spec: NetworkSpec) -> Preparation:
    """Return the preparation of a network by torchvision: that of its published weights, else torchvision's usual one.

    Args:
        name: torchvision's name of it, or the name of a format.
        spec: the person's file, and what was asked of the preparation.

    Raises:
        ExplorerError: no library says how its pictures are prepared.
    """
    if name in TORCHVISION:
        return from_torchvision(weights_of(name).transforms())
    if spec.preparation.base == TORCHVISIONS:
        return USUAL_OF_TORCHVISION
    raise ExplorerError(
        f"Nothing says how pictures were prepared for {name}; leave --preparation out and give --size, --resize, --crop, --mean and --std."
    )
