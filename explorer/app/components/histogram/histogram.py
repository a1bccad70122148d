"""The histogram of scores under a pair of galleries."""

from typing import Literal, TypedDict

from explorer.app.screen_text import number
from explorer.figures.score_histogram import Bars

ENDS = ("the ▼ gallery ends", "the ▲ gallery ends")


class Mark(TypedDict):
    """A line across the bars at this share of the width, with its words."""

    at: float
    text: str


class BarsBlock(TypedDict):
    """A histogram: counts and middles of its bars, and words below it from left to right."""

    kind: Literal["bars"]
    caption: str
    label: str
    counts: list[int]
    centres: list[float]
    marks: list[Mark]
    ticks: list[str]


def bars(shown: Bars, unit: str) -> BarsBlock:
    """Return a histogram, counts on a logarithmic axis, with a line where each gallery ends."""
    marks: list[Mark] = [{"at": at, "text": text} for at, text in zip(shown.marks, ENDS, strict=True) if at is not None]
    ticks = [number(share * shown.reach, "+" if share else "") for share in (-1, -0.5, 0, 0.5, 1)]
    caption = f"Score{unit}. Taller bars hold more training images; tall ones are drawn shorter than they are, so that a single image can be seen too."
    label = f"Histogram of {sum(shown.counts):,} scores from {ticks[0]} to {ticks[-1]}"
    return {
        "kind": "bars",
        "caption": caption,
        "label": label,
        "counts": shown.counts,
        "centres": shown.centres,
        "marks": marks,
        "ticks": ticks,
    }
