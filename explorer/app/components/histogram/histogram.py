"""The histogram of scores under a pair of galleries."""

from explorer.app.components.blocks.blocks import Block
from explorer.app.screen_text import number
from explorer.figures.score_histogram import Bars

ENDS = ("harmful gallery ends", "helpful gallery ends")


def bars(shown: Bars, unit: str) -> Block:
    """Return a histogram, counts on a logarithmic axis, with a line where each gallery ends."""
    marks = [{"at": at, "text": text} for at, text in zip(shown.marks, ENDS, strict=True) if at is not None]
    ticks = [number(share * shown.reach, "+" if share else "") for share in (-1, -0.5, 0, 0.5, 1)]
    caption = f"Score{unit}. Taller bars hold more training images; heights grow by the logarithm, so that single images can be seen."
    label = f"Histogram of {sum(shown.counts):,} scores from {ticks[0]} to {ticks[-1]}"
    data = {"counts": shown.counts, "centres": shown.centres, "marks": marks, "ticks": ticks}
    return {"kind": "bars", "caption": caption, "label": label} | data
