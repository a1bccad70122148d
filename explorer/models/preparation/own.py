"""Which preparation belongs to a network: that with which its library gives pictures to it."""

from collections.abc import Callable

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import NetworkSpec
from explorer.models.network_names import TORCHVISION
from explorer.models.preparation.preparation import Preparation
from explorer.models.preparation.published import from_torchvision
from explorer.models.weights import weights_of

# For networks of other libraries: the format's name -> what reads the preparation from the person's file or the library.
READERS: dict[str, Callable[[NetworkSpec], Preparation]] = {}


def own_preparation(name: str, spec: NetworkSpec) -> Preparation:
    """Return the preparation of a network by its own library.

    Args:
        name: torchvision's name of it, or the name of a format.
        spec: the person's file, and what was asked of the preparation.

    Raises:
        ExplorerError: no library says how its pictures are prepared.
    """
    if name in TORCHVISION:
        return from_torchvision(weights_of(name).transforms())
    if name in READERS and spec.preparation.base != "torchvision":
        return READERS[name](spec)
    raise ExplorerError(
        f"Nothing says how pictures were prepared for {name}; leave --preparation out and give --size, --resize, --crop, --mean and --std."
    )
