"""Sentences and numbers as a person reads them, on the screen and in a case file."""

import re
from collections.abc import Iterable
from math import ceil, log10

HELPFUL, HARMFUL = "▲", "▼"
# Between a number and its sign: no line ends there.
NO_BREAK = "\u00a0"
# A change of a probability, in percentage points, that is too small to be told.
LEAST_POINTS = 1e-4
# In a sentence, not in an address, where %25 is a letter.
PERCENT = re.compile(r"(?<=\d) ?%(?!\w)")
# Where a row of scores is too long to compute every one of them exactly.
SCANNED = (
    "There are so many training images and classes here that only the scores of the images shown are exact; "
    "those of all others are estimated from the slope of the loss alone (first order)."
)


def first_scan(error: float | None) -> str:
    """Return what is said of a row of which only the leaders are exact; the others are off by ``error`` at most, None if unknown."""
    if error is None:
        return SCANNED
    return (
        "The images shown are the strongest, in this order, with scores right to the digits shown; "
        f"those of all others are a first scan, off by {error:.1e} at most."
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


def points_digits(changes: Iterable[float]) -> int:
    """Return how many digits after the point all changes of a probability of a page get, told in percentage points."""
    return _digits((100 * change for change in changes), 1, 6)


def _digits(values: Iterable[float], least: int, most: int) -> int:
    """Return digits by which two values look different that differ by a twentieth of the largest, which is what a bar shows."""
    largest = max(map(abs, values), default=0.0)
    return least if not largest else min(max(least, ceil(-log10(largest / 20))), most)


def percent(share: float, digits: int = 1) -> str:
    """Return a share in percent, with one digit after the point unless it only says how far something is: ``86.8 %``."""
    return f"{fixed(100 * share, digits)}{NO_BREAK}%"


def probability(value: float) -> str:
    """Return a probability in percent with one digit after the point, and never as 0 or 100."""
    if 0.0005 <= value < 0.9995:
        return percent(value)
    return f"{'< 0.1' if value < 0.5 else '> 99.9'} %".replace(" ", NO_BREAK)


def spaced(text: str) -> str:
    """Return a sentence of a file, as *86.8%* or *86.8 %* stands in it, with each per cent written as on a page."""
    return PERCENT.sub(f"{NO_BREAK}%", text)


def change(target: str, before: float, after: float) -> str:
    """Return what leaving images out does: ``P(cat) 91.4 % → 90.5 %``; what one digit cannot show, as :func:`became` has it."""
    return f"P({target}) {moved(before, after)}"


def moved(before: float, after: float) -> str:
    """Return two probabilities: ``91.4 % → 90.5 %``."""
    return f"{probability(before)} → {became(before, after)}"


def became(before: float, after: float) -> str:
    """Return a probability after a change: ``90.5 %``; where one digit shows no change, with the change: ``91.4 % (−0.003 points)``."""
    told, size = probability(after), abs(100 * (after - before))
    if told != probability(before) or size < LEAST_POINTS:
        return told
    return f"{told} ({gain(before, after, max(1, ceil(-log10(size))))})"


def gain(before: float, after: float, digits: int) -> str:
    """Return how much a probability rises or falls, with so many digits: ``−0.097 points``."""
    return f"{points(after - before, digits)}{NO_BREAK}points"


def trained_part(block: str, share: float) -> str:
    """Return which part of a network was trained on a run's pictures, in a sentence."""
    return f"The last block ({block}) and the last layer were trained on these pictures: {percent(share)} of the network's weights. All others stand still."


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


def points(share: float, digits: int = 1) -> str:
    """Return a difference of two shares in percentage points: ``+1.3``."""
    return fixed(100 * share, digits, "+")
