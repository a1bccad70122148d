"""What the galleries' template draws: one test image between the training images that argue for it and those that argue against it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log1p
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from explorer.core.captions import Answer, Scale, side_sentence
from explorer.core.phrases import counted, first_scan, number, probability
from explorer.figures.score_histogram import Bars, histogram
from explorer.runs.results.explanation import Explanation, Neighbour

_FOLDER = Path(__file__).parent
# Classes shown of a prediction, the most probable first.
CLASSES = 5
# The histogram's size, and how much of it is for the figures under the bars.
WIDTH, HEIGHT, FOOT = 720, 130, 18

# Whatever is no Markup is escaped, so no class name can become a tag; a missing name is an error, not an empty string.
TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
TEMPLATES.filters["counted"] = counted


@dataclass(frozen=True)
class EmbeddedPicture:
    """A picture inside the file.

    Attributes:
        address: a data address with all of its bytes.
        small: whether it is enlarged, then without blur.
    """

    address: str
    small: bool


PictureOf = Callable[[str, int], EmbeddedPicture | None]
EditsOf = Callable[[int], list[str]]


@dataclass(frozen=True)
class GalleryTile:
    """A training image under its score, in words.

    Attributes:
        picture: None where the run has no pictures.
        alt: what it says to whoever cannot see it.
        change: of the probability without it; empty where scores are no changes of loss.
        edits: in force of this image.
    """

    picture: EmbeddedPicture | None
    alt: str
    label: str
    score: str
    change: str
    train_index: int
    edits: list[str]


@dataclass(frozen=True)
class GallerySide:
    """The helpful or the harmful training images, strongest first; ``word`` says which."""

    word: str
    title: str
    meaning: str
    tiles: list[GalleryTile]


@dataclass(frozen=True)
class HistogramView:
    """The histogram of all scores as rectangles, ``(x, y, width, height, sign)``, and the figures under them ``(text, x, anchor)``."""

    label: str
    bars: list[tuple[str, str, str, str, str]]
    ends: list[tuple[str, float, str]]
    caveat: str
    width: int = WIDTH
    height: int = HEIGHT
    baseline: int = HEIGHT - 4


@dataclass(frozen=True)
class GalleriesView:
    """One explained prediction in words; ``answers`` are the label and the most probable classes."""

    picture: EmbeddedPicture | None
    alt: str
    answers: list[tuple[str, str]]
    sides: list[GallerySide]
    histogram: HistogramView


def styles(*names: str) -> Markup:
    """Return style sheets of this folder, one after another, as they are."""
    return Markup("".join((_FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in names))


def galleries_view(found: Explanation, pictures: PictureOf, edits: EditsOf) -> GalleriesView:
    """Return what the template draws of an explanation.

    Args:
        found: the prediction and its strongest training images.
        pictures: returns the picture of a side (``"train"`` or ``"test"``) and an index.
        edits: returns what was decided on a training image, in words.
    """
    sides = (("helpful", found.helpful), ("harmful", found.harmful))
    titles = Answer(found.target, found.label, found.predicted, list(found.probabilities)).sides()
    return GalleriesView(
        picture=pictures("test", found.index),
        alt=f"test image {found.index}, labelled {found.label}, the model says {found.predicted}",
        answers=_answers(found),
        sides=[
            _side(found, side, word, title, pictures, edits) for (word, side), title in zip(sides, titles, strict=True)
        ],
        histogram=_histogram_view(found),
    )


def _answers(found: Explanation) -> list[tuple[str, str]]:
    likely = sorted(found.probabilities.items(), key=lambda entry: -entry[1])[:CLASSES]
    mark = "✓" if found.label == found.predicted else "✗"
    shares = [(f"P({name})", probability(share)) for name, share in likely]
    who = "The network itself" if found.whole else "The model"
    return [("Labelled", found.label), (f"{who} says", f"{found.predicted} {mark}"), *shares]


def _side(
    found: Explanation, side: Sequence[Neighbour], word: str, title: str, pictures: PictureOf, edits: EditsOf
) -> GallerySide:
    scale, after = found.scale, [each.probability_without for each in side if each.probability_without is not None]
    meaning = side_sentence(found.target, found.probability, after, digits=scale.points_digits)
    if not after:
        meaning = f"By {found.method}, these speak {'for' if word == 'helpful' else 'against'} {found.target}."
    tiles = [_tile(found, entry, (f"{word} {rank}", scale), pictures, edits) for rank, entry in enumerate(side, 1)]
    return GallerySide(word, title, meaning, tiles)


def _tile(
    found: Explanation, entry: Neighbour, place: tuple[str, Scale], pictures: PictureOf, edits: EditsOf
) -> GalleryTile:
    name, scale = place
    score, after = scale.score(entry.score), entry.probability_without
    return GalleryTile(
        picture=pictures("train", entry.train_index),
        alt=f"{name}, labelled {entry.label}, score {score[2:]}, training image {entry.train_index}",
        label=entry.label,
        score=score,
        change="" if after is None else scale.without(found.target, found.probability, after),
        train_index=entry.train_index,
        edits=edits(entry.train_index),
    )


def _histogram_view(found: Explanation) -> HistogramView:
    bars = histogram(found.scores, (None, None))
    reach = bars.reach
    return HistogramView(
        label=f"Histogram of {sum(bars.counts):,} scores from {number(-reach)} to {number(reach, '+')}",
        bars=[_rectangle(bars, place) for place in range(len(bars.counts))],
        ends=[
            (number(-reach), 0, "start"),
            (number(0), WIDTH / 2, "middle"),
            (number(reach, "+"), WIDTH, "end"),
        ],
        caveat="" if found.exact or found.whole else f" {first_scan(found.error)}",
    )


def _rectangle(bars: Bars, place: int) -> tuple[str, str, str, str, str]:
    """Return ``(x, y, width, height, sign)`` of a bar, whose height grows by the logarithm of its count."""
    width, tall = WIDTH / len(bars.counts), log1p(bars.counts[place]) / log1p(max(bars.counts))
    sign = "zero" if 2 * place + 1 == len(bars.counts) else "positive" if bars.centres[place] > 0 else "negative"
    full = HEIGHT - FOOT
    return (f"{place * width + 0.5:.1f}", f"{full * (1 - tall):.1f}", f"{width - 1:.1f}", f"{full * tall:.1f}", sign)
