"""How a block that came trained is trained on, as plain values."""

from dataclasses import dataclass
from typing import Any

from explorer.models.fine_tuning.blocks import BLOCK
from explorer.models.smooth_cnn.recipe import Recipe

# Raised whenever the same recipe would give other states or other features.
FORM = 1


@dataclass(frozen=True)
class TuningRecipe(Recipe):
    """The training of a block and its head by AdamW over one cycle of a gentle rate; it has neither widths nor detail.

    Attributes:
        block: name of the block.
    """

    widths: tuple[int, ...] = ()
    detail: int = 0
    epochs: int = 4
    batch: int = 128
    rate: float = 1e-4
    block: str = BLOCK

    def to_dict(self) -> dict[str, Any]:
        """Return what a run's recipe keeps beside that of the network."""
        kept = {name: value for name, value in self.facts.items() if name not in ("widths", "detail", "block")}
        return kept | {"finetune": self.block, "form": FORM}

    @staticmethod
    def of_dict(kept: Any) -> "TuningRecipe":
        """Return the recipe of :meth:`to_dict`."""
        names = ("epochs", "batch", "rate", "decay", "warm", "seed")
        return TuningRecipe(block=kept["finetune"], **{name: kept[name] for name in names})
