"""How a stored picture becomes what a network is given: one value, shown, kept in the run, and hashed where it is unusual."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from explorer.core.errors import ExplorerError, unknown
from explorer.datasets.decoding import BACKGROUNDS, DROPPED, KEYED, ORIENTATIONS, RANGES, UPRIGHT, WHITE, Decoding

# ImageNet's mean and deviation of each colour channel, with which all of torchvision's weights were trained.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Below 16 px most networks have no pixel left at their end; at 1024 a batch of ten takes gigabytes.
SMALLEST, LARGEST = 16, 1024
# A picture is scaled to at most this before its middle is cut out: a fifth of the sides is the least that anybody keeps.
LARGEST_EDGE = 5 * LARGEST
SHORTEST, SQUEEZE, LONGEST = "shortest", "squeeze", "longest"
RESIZES = (SHORTEST, SQUEEZE, LONGEST)
INTERPOLATIONS = ("nearest", "nearest-exact", "bilinear", "bicubic", "lanczos", "box", "hamming")
# Whose rounding of the longer side and of the cut's corner: half a pixel more or less decides pixels at every edge.
PROGRAM, TORCHVISION, TIMM, TRANSFORMERS = "program", "torchvision", "timm", "transformers"
# What transformers does since its processors scale by torch instead of Pillow, whose values differ by one in a thousand pixels;
# and what DINOv3's does, which does not round to whole values at all.
TENSORS, UNROUNDED = "transformers-tensors", "transformers-unrounded"
ROUNDINGS = (PROGRAM, TORCHVISION, TIMM, TRANSFORMERS, TENSORS, UNROUNDED)
COLOURS = RED_FIRST, BLUE_FIRST = "rgb", "bgr"
BELOW = {
    DROPPED: "the colours stored below them",
    KEYED: "the colours stored below them; white where one colour is called transparent",
}
WORDS = {
    "resize": RESIZES,
    "interpolation": INTERPOLATIONS,
    "rounding": ROUNDINGS,
    "orientation": ORIENTATIONS,
    "background": (*BACKGROUNDS, KEYED),
    "range": ("", *RANGES),
    "colours": COLOURS,
}


@dataclass(frozen=True)
class Preparation:
    """From the file to the tensor ``(3, height, width)``: turned, scaled, cut, and normalised.

    Attributes:
        size: width and height in px of what the network is given.
        edge: width and height in px to which the picture is scaled before its middle is cut out.
        resize: ``shortest`` scales until the picture covers ``edge``, ``longest`` until it fits in and is padded,
            ``squeeze`` changes its proportions.
        interpolation: of the scaling.
        antialias: whether the scaling takes a mean over what it makes small, as Pillow always does.
        rounding: whose rounding of the longer side, of the cut's corner and of the scaled values.
        mean: of each colour channel, in the values that the network is given.
        std: deviation of each, likewise.
        white: the value of white before mean and deviation: 1, or 255.
        orientation: see :class:`~explorer.datasets.decoding.Decoding`; likewise ``background`` and ``range``.
        colours: their order, before mean and deviation: ``rgb``, or ``bgr``.
    """

    size: tuple[int, int]
    edge: tuple[int, int]
    resize: str = SHORTEST
    interpolation: str = "bicubic"
    antialias: bool = True
    rounding: str = PROGRAM
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = DEVIATION
    white: float = 1.0
    orientation: str = UPRIGHT
    background: str = WHITE
    range: str = ""
    colours: str = RED_FIRST

    def __post_init__(self) -> None:
        for name, words in WORDS.items():
            if getattr(self, name) not in words:
                raise unknown(name, str(getattr(self, name)), [word for word in words if word])
        if not all(1 <= side <= LARGEST for side in self.size):
            raise ExplorerError(f"The size is {_sides(self.size)} px; give {SMALLEST} to {LARGEST}, or leave it out.")
        if not all(1 <= side <= LARGEST_EDGE for side in self.edge):
            raise ExplorerError(
                f"Pictures would be scaled to {_sides(self.edge)} px before the cut; at most {LARGEST_EDGE:,} are allowed."
            )

    @staticmethod
    def usual(size: int) -> "Preparation":
        """Return what runs use where nobody asks for anything else: shorter side to ``size`` px, bicubic, the middle cut out."""
        return Preparation((size, size), (size, size))

    @staticmethod
    def of(how: "Preparation | int") -> "Preparation":
        """Return the preparation itself, or the usual one of a size."""
        return how if isinstance(how, Preparation) else Preparation.usual(how)

    @staticmethod
    def of_recipe(recipe: Mapping[str, Any]) -> "Preparation":
        """Return the preparation of a run, from what determines its features; runs of every version have one."""
        if "preparation" in recipe:
            return Preparation.from_dict(recipe["preparation"])
        given: dict[str, Any] = {name: tuple(recipe[name]) for name in ("mean", "std") if recipe.get(name)}
        return replace(Preparation.usual(int(recipe["size"])), **given)

    @staticmethod
    def from_dict(fields: Mapping[str, Any]) -> "Preparation":
        """Return the preparation of which :meth:`to_dict` made ``fields``."""
        read: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in fields.items()}
        return Preparation(**read)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, as JSON carries them; the usual order of colours is left out, as in runs of before."""
        fields = {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(self).items()}
        return {name: one for name, one in fields.items() if (name, one) != ("colours", RED_FIRST)}

    @property
    def is_usual(self) -> bool:
        """Whether it is the usual one, whose pixels are made the quickest way; mean and deviation aside."""
        usual = replace(Preparation.usual(self.size[0]), mean=self.mean, std=self.std)
        return self == usual

    @property
    def decoding(self) -> Decoding:
        """How files become RGB."""
        return Decoding(self.orientation, self.background, self.range)

    @property
    def crop(self) -> float:
        """The part of the scaled picture's shorter side that the cut keeps."""
        return self.size[0] / self.edge[0]


def recipe_part(preparation: Preparation | None) -> dict[str, Any]:
    """Return what a preparation adds to all that determines features: nothing for the usual one, so that old ids stay."""
    return {} if preparation is None or preparation.is_usual else {"preparation": preparation.to_dict()}


def _sides(sides: tuple[int, int]) -> str:
    return f"{sides[0]}" if sides[0] == sides[1] else f"{sides[0]} × {sides[1]}"


def sentences(preparation: Preparation) -> dict[str, str]:
    """Return a preparation in words, by heading, as screens and files show it."""
    return {
        "orientation": _orientation(preparation),
        "size": _scaling(preparation),
        "values": f"black is 0, white is {preparation.white:g}; mean {_numbers(preparation.mean)}, deviation {_numbers(preparation.std)}",
        "transparent parts": BELOW.get(preparation.background, f"laid on {preparation.background}"),
    } | _seldom(preparation)


def _seldom(preparation: Preparation) -> dict[str, str]:
    """Return the words on what most preparations say nothing of."""
    said = {"more than 8 bits": _range(preparation.range)} if preparation.range else {}
    return said | ({"order of colours": "blue first"} if preparation.colours == BLUE_FIRST else {})


def summary(preparation: Preparation) -> str:
    """Return the same as one sentence."""
    said = sentences(preparation)
    return "; ".join([said["orientation"], said["size"], said["values"], *(f"{k}: {said[k]}" for k in list(said)[3:])])


def preparation_words(recipe: Mapping[str, Any]) -> str:
    """Return how a run's pictures were prepared, as one sentence, from what determines its features."""
    if "size" not in recipe:
        return "unknown: the features were given"
    return summary(Preparation.of_recipe(recipe))


def _orientation(preparation: Preparation) -> str:
    return "turned upright by EXIF" if preparation.orientation == UPRIGHT else "not turned, as stored"


def _scaling(preparation: Preparation) -> str:
    edge, size, by = _sides(preparation.edge), _sides(preparation.size), preparation.interpolation
    whole = {
        SHORTEST: f"shorter side to {edge} px",
        LONGEST: f"longer side to {edge} px, padded",
        SQUEEZE: f"squeezed to {edge} px square" if len(set(preparation.edge)) == 1 else f"squeezed to {edge} px",
    }[preparation.resize]
    cut = (
        "" if preparation.resize != SHORTEST and preparation.edge == preparation.size else f", middle {size} px cut out"
    )
    return f"{whole} ({by}{'' if preparation.antialias else ', without antialiasing'}){cut}"


def _range(word: str) -> str:
    return "values above 255 are white" if word == "clipped" else f"read as {word}"


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in (values[:1] if len(set(values)) == 1 else values))
