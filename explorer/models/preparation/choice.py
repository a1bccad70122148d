"""What a person asks of the preparation: a library's own, single rules instead of the usual ones, or nothing."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from explorer.core.errors import ExplorerError, unknown
from explorer.datasets.decoding import BACKGROUNDS, ORIENTATIONS, RANGES
from explorer.models.preparation.preparation import COLOURS, INTERPOLATIONS, RESIZES, Preparation

# Whose preparation is taken before the single rules: torchvision's of this network, or that of the network's own library.
TORCHVISION, NETWORK = "torchvision", "network"
BASES = (TORCHVISION, NETWORK)
# The least of a picture's shorter side that a cut may keep.
LEAST_CROP = 0.2
# The values of white that networks are given.
WHITES = (1, 255)


@dataclass(frozen=True)
class PreparationChoice:
    """Every field is optional: what is not given stays as it is by the base.

    Attributes:
        base: ``torchvision`` or ``network``; the program's usual preparation where empty.
        resize: one of :data:`RESIZES`.
        crop: the part of the scaled picture that the cut keeps, 0.2 to 1.
        interpolation: one of :data:`INTERPOLATIONS`.
        orientation: one of :data:`ORIENTATIONS`.
        background: one of :data:`BACKGROUNDS`.
        range: one of :data:`RANGES`.
        white: 1 or 255.
        colours: one of :data:`COLOURS`.
    """

    base: str = ""
    resize: str = ""
    crop: float | None = None
    interpolation: str = ""
    orientation: str = ""
    background: str = ""
    range: str = ""
    white: int | None = None
    colours: str = ""

    def __post_init__(self) -> None:
        for option, given, words in (
            ("preparation", self.base, BASES),
            ("resize", self.resize, RESIZES),
            ("interpolation", self.interpolation, INTERPOLATIONS),
            ("orientation", self.orientation, ORIENTATIONS),
            ("background", self.background, BACKGROUNDS),
            ("range", self.range, RANGES),
            ("colours", self.colours, COLOURS),
        ):
            if given and given not in words:
                raise unknown(option, given, list(words))
        if self.crop is not None and not LEAST_CROP <= self.crop <= 1:
            raise ExplorerError(
                f"The crop is {self.crop:g}; it is the part of the shorter side that is kept, {LEAST_CROP:g} to 1, such as 0.875."
            )
        if self.white not in (None, *WHITES):
            raise ExplorerError(f"White is {self.white}; it is 1 or 255, as in the training of the weights.")

    @staticmethod
    def from_dict(fields: Mapping[str, Any]) -> "PreparationChoice":
        """Return the choice of which :meth:`to_dict` made ``fields``."""
        return PreparationChoice(**fields)

    def to_dict(self) -> dict[str, Any]:
        """Return what is given."""
        return {name: one for name, one in asdict(self).items() if one}

    def to_argv(self) -> list[str]:
        """Return it as options of the command line."""
        names = {"base": "preparation"}
        return [
            word
            for name, one in self.to_dict().items()
            for word in (f"--{names.get(name, name)}", f"{one:g}" if isinstance(one, float) else str(one))
        ]

    def name_parts(self) -> list[str]:
        """Return the words that stand for it in the default name of a run."""
        marks = {"crop": "crop", "white": "white"}
        return [f"{marks.get(name, '')}{one}" for name, one in self.to_dict().items()]

    def applied(
        self,
        library: Callable[[], Preparation],
        usual: Preparation | int,
        size: int | None,
        mean: tuple[float, ...],
        std: tuple[float, ...],
    ) -> Preparation:
        """Return the whole preparation.

        Args:
            library: that of the network's library; asked only where ``base`` names it.
            usual: where ``base`` is empty: the program's usual one at a size, or that of a network that knows no other.
            size: the size that was asked for; by the base where None.
            mean: of the colour channels that was asked for; by the base where empty.
            std: their deviation, likewise.
        """
        known = library() if self.base else Preparation.of(usual)
        if self.white not in (None, known.white):  # what was meant for other values says nothing of these
            known = replace(known, mean=(0.0,) * 3, std=(1.0,) * 3)
        rules: dict[str, Any] = {name: one for name, one in self.to_dict().items() if name not in ("base", "crop")}
        rules |= {name: one for name, one in (("mean", mean), ("std", std)) if one}
        return replace(sized(known, size, self.crop, self.resize), **rules)


# Nothing is asked for.
USUAL = PreparationChoice()


def sized(known: Preparation, size: int | None, crop: float | None = None, resize: str = "") -> Preparation:
    """Return a preparation at another size or cut; squeezing or padding keeps all of a picture unless a cut is asked for."""
    if size is None and crop is None and not resize:
        return known
    sides = (size, size) if size else known.size
    share = crop if crop is not None else 1.0 if resize and resize != known.resize else known.crop
    # As timm rounds it; a crop that came from whole numbers gives them back.
    edge = tuple(max(side, math.floor(side / share + 1e-9)) for side in sides)
    return replace(known, size=sides, edge=(edge[0], edge[1]))


def follows(given: Preparation | None, settings: Preparation) -> bool:
    """Return whether pictures are prepared as settings say, at any size and with the range of their own files where these say none; None does."""
    if given is None:
        return True
    same = replace(settings, range=settings.range or given.range)
    return given in (same, sized(same, given.size[0]))
