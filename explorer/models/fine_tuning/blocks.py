"""Which networks have a block that can be trained, told without torch."""

from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import NetworkSpec

# The block that can be trained, the last one of a ResNet (He et al. 2016, table 1), and how its networks are called.
BLOCK = "layer4"
FAMILY = ("resnet", "resnext", "wide_resnet")


def check_block(block: str, network: str, spec: NetworkSpec) -> None:
    """Raise unless a network has the block that is to be trained; nothing where none is.

    Raises:
        ExplorerError: there is no such block, or the features would be read elsewhere.
    """
    if not block:
        return
    if block != BLOCK:
        raise ExplorerError(f"--finetune is {block!r}; the block that can be trained is {BLOCK}, or leave it out.")
    if not network.startswith(FAMILY):
        raise ExplorerError(
            f"--finetune {BLOCK} trains the last block of a ResNet, and {network} has none that is called so; give --backbone resnet18, resnet34 or resnet50, or leave --finetune out."
        )
    if spec.layer:
        raise ExplorerError(
            f"--finetune {BLOCK} reads the features behind the block that it trains; leave --layer {spec.layer} out."
        )
