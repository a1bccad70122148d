"""Sentences and numbers as a person reads them, on the screen and in a case file."""

from collections.abc import Iterable
from math import ceil, log10

HELPFUL, HARMFUL = "▲", "▼"
# Where a row of scores is too long to compute every one of them exactly.
SCANNED = (
    "There are so many training images and classes here that only the scores of the images shown are exact; "
    "those of all others are estimated from the slope of the loss alone (first order)."
)


def signed(score: float, digits: int | None = None) -> str:
    """Return a score with its sign as shape and character: ``▲ +0.0042``; ``digits`` after the point where they are given."""
    mark = HELPFUL if score > 0 else HARMFUL
    return f"{mark} {number(score, '+') if digits is None else fixed(score, digits, '+')}"


def number(value: float, sign: str = "") -> str:
    """Return three significant digits without exponent where that is short, else with one."""
    return (f"{value:{sign}.1e}" if 0 < abs(value) < 1e-4 else f"{value:{sign}.4f}").replace("-", "−")


def fixed(value: float, digits: int, sign: str = "") -> str:
    """Return a number with so many digits after the point."""
    return f"{value:{sign}.{digits}f}".replace("-", "−")


def score_digits(scores: Iterable[float]) -> int:
    """Return how many digits after the point all scores of a page get: four, or more where they are small."""
    return _digits(scores, 4, 8)


def percent_digits(changes: Iterable[float]) -> int:
    """Return how many digits all percentages of a page get, from the changes of a probability that they tell."""
    return _digits((100 * change for change in changes), 1, 6)


def _digits(values: Iterable[float], least: int, most: int) -> int:
    """Return digits by which two values look different that differ by a twentieth of the largest, which is what a bar shows."""
    largest = max(map(abs, values), default=0.0)
    return least if not largest else min(max(least, ceil(-log10(largest / 20))), most)


def percent(value: float, digits: int = 1) -> str:
    """Return a share in percent: ``1.9 %``."""
    return f"{fixed(100 * value, digits)} %"


def probability(value: float) -> str:
    """Return a probability in percent with one digit after the point, and never as 0 or 100."""
    if 0.0005 <= value < 0.9995:
        return percent(value)
    return "< 0.1 %" if value < 0.5 else "> 99.9 %"


def change(target: str, before: float, after: float) -> str:
    """Return what leaving an image out does: ``P(cat) 91.4 % → 90.5 %``, with digits enough to see a change."""
    return f"P({target}) {moved(before, after)}"


def moved(before: float, after: float, digits: int | None = None) -> str:
    """Return two probabilities, ``91.4 % → 90.5 %``, with so many digits; by default enough to see a change."""
    shown = 1 if digits is None else digits
    while digits is None and shown < 4 and percent(before, shown) == percent(after, shown):
        shown += 1
    return f"{percent(before, shown)} → {percent(after, shown)}"


def penalty(l2: float, chosen: bool, refitted: bool) -> str:
    """Return a run's λ and where it comes from: ``0.03162, chosen by cross-validation``.

    Args:
        l2: λ.
        chosen: whether the build chose it; else a person gave it.
        refitted: whether the run is a refit that keeps the λ of the unedited one.
    """
    origin = "chosen by cross-validation" if chosen else "given"
    if refitted:
        origin = f"which for the images that are left is the λ of the unedited run ({origin})"
    return f"{l2:.4g}, {origin}"


def article(noun: str) -> str:
    """Return the noun with *a* or *an*."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def counted(count: int, noun: str) -> str:
    """Return a number of things: ``1 image``, ``2,000 images``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def points(share: float) -> str:
    """Return a difference of two shares in percentage points: ``+1.3``."""
    return f"{100 * share:+.1f}".replace("-", "−")
