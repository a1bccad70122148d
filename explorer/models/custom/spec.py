"""Specification of a custom network: a checkpoint, the layer that gives the features, and how images are prepared."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.errors import ExplorerError
from explorer.models.preparation.choice import USUAL, PreparationChoice
from explorer.models.preparation.preparation import DEVIATION, LARGEST, MEAN, SMALLEST

# The set of weights that comes first by its key, whatever averages stand beside it.
USUAL_SET = "(the usual one)"
# Formats of program files, which contain their architecture; the words stand where else a network's name does. Name and title.
TORCHSCRIPT, EXPORTED = "torchscript", "torch-export"
PROGRAMS = {TORCHSCRIPT: "TorchScript", EXPORTED: "torch.export"}


@dataclass(frozen=True)
class NetworkSpec:
    """How a network differs from the one that torchvision publishes; every field is optional.

    Attributes:
        checkpoint: path of a file of weights; the published ones where empty.
        layer: name of the layer whose output, or with ``:input`` whose input, is the feature; the last layer's input where empty.
        size: width and height in pixels of what the network is given; chosen by the size of the images where None.
        mean: of each colour channel, pixels being 0 to 1; ImageNet's where empty.
        std: deviation of each colour channel; ImageNet's where empty.
        trust_code: whether a file that can run code may be loaded.
        preparation: how pictures are turned, scaled and cut; the program's usual way where nothing is chosen.
        weights_set: which of several sets of weights in the file is taken; chosen where empty.
        classes: names of the last layer's outputs in their order, with commas; found out where empty.
    """

    checkpoint: str = ""
    layer: str = ""
    size: int | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    trust_code: bool = False
    preparation: PreparationChoice = USUAL
    weights_set: str = ""
    classes: str = ""

    def __post_init__(self) -> None:
        if self.size is not None and not SMALLEST <= self.size <= LARGEST:
            raise ExplorerError(f"The size is {self.size} px; give {SMALLEST} to {LARGEST}, or leave it out.")

    @staticmethod
    def parse(
        checkpoint: str = "",
        layer: str = "",
        size: int | None = None,
        mean: str = "",
        std: str = "",
        trust: bool = False,
        preparation: PreparationChoice = USUAL,
        weights_set: str = "",
        classes: str = "",
    ) -> "NetworkSpec":
        """Return the specification typed on a command line or into a form; a size of 0 counts as not given.

        Raises:
            ExplorerError: a size, mean or deviation cannot be read or is out of range.
        """
        path = str(Path(checkpoint.strip()).expanduser().absolute()) if checkpoint.strip() else ""
        means, deviations = _channels("--mean", mean, 0, 1, MEAN), _channels("--std", std, 0.001, 10, DEVIATION)
        own = (path, layer.strip(), size or None, means, deviations, trust, preparation)
        return NetworkSpec(*own, weights_set.strip(), classes.strip())

    @staticmethod
    def from_dict(fields: Mapping[str, Any]) -> "NetworkSpec":
        """Return the specification of which :meth:`to_dict` made ``fields``."""
        read: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()
        }
        return NetworkSpec(**read | {"preparation": PreparationChoice.from_dict(read.get("preparation", {}))})

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set; it enters manifests and run ids."""
        fields = asdict(self) | {"preparation": self.preparation.to_dict()}
        return {name: value for name, value in fields.items() if value}

    def to_argv(self) -> list[str]:
        """Return the specification as options of the command line."""
        pairs = [
            (f"--{name.replace('_', '-')}", ",".join(map(repr, value)) if isinstance(value, tuple) else str(value))
            for name, value in self.to_dict().items()
            if name not in ("trust_code", "preparation")
        ]
        words = [word for pair in pairs for word in pair] + self.preparation.to_argv()
        return words + (["--trust-code"] if self.trust_code else [])

    def name_parts(self) -> list[str]:
        """Return the words that stand for it in the default name of a run."""
        words = [Path(self.checkpoint).stem] if self.checkpoint else []
        words += [self.layer] if self.layer else []
        words += [self.weights_set] if self.weights_set else []
        words += [f"{self.size}px"] if self.size else []
        return words + (["normalised"] if self.mean or self.std else []) + self.preparation.name_parts()


# The network as torchvision publishes it.
DEFAULT_SPEC = NetworkSpec()


def _channels(option: str, text: str, low: float, high: float, usual: tuple[float, ...]) -> tuple[float, ...]:
    """Return one number a colour channel; a single number counts for all three; empty where they are the default ones."""
    try:
        numbers = tuple(float(part) for part in text.split(",")) if text.strip() else usual
    except ValueError:
        numbers = ()
    if len(numbers) not in (1, 3) or not all(np.isfinite(each) and low <= each <= high for each in numbers):
        example = ",".join(map(str, usual))
        message = f"{option} is {text!r}; pixels go from 0 to 1, so give one number or three from {low:g} to {high:g}, such as {example}."
        raise ExplorerError(message)
    numbers *= 3 // len(numbers)
    return () if numbers == usual else numbers
