"""The histogram of scores under a pair of galleries."""

from explorer.figures.scores import Bars
from explorer.ui.components import component
from explorer.ui.words import number

HTML = '<div class="bars" role="img"></div>'
ENDS = ("harmful gallery ends", "helpful gallery ends")


def bars(key: str, shown: Bars, unit: str) -> None:
    """Draw a histogram, counts on a logarithmic axis, with a line where each gallery ends."""
    marks = [{"at": at, "text": text} for at, text in zip(shown.marks, ENDS, strict=True) if at is not None]
    ticks = [number(share * shown.reach, "+" if share else "") for share in (-1, -0.5, 0, 0.5, 1)]
    caption = f"Score{unit}. Taller bars hold more training images; heights grow by the logarithm, so that single images can be seen."
    data = {"counts": shown.counts, "centres": shown.centres, "marks": marks, "ticks": ticks}
    label = f"Histogram of {sum(shown.counts):,} scores from {ticks[0]} to {ticks[-1]}"
    component("bars", HTML)(key=key, data=data | {"caption": caption, "label": label})
