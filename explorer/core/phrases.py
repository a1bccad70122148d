"""Sentences and numbers as a person reads them, on the screen and in a case file."""

HELPFUL, HARMFUL = "▲", "▼"
# Where a row of scores is too long to compute every one of them exactly.
SCANNED = (
    "There are so many training images and classes here that only the scores of the images shown are exact; "
    "those of all others are estimated from the slope of the loss alone (first order)."
)


def signed(score: float) -> str:
    """Return a score with its sign as shape and character: ``▲ +0.0042``."""
    mark = HELPFUL if score > 0 else HARMFUL
    return f"{mark} {number(score, '+')}"


def number(value: float, sign: str = "") -> str:
    """Return three significant digits without exponent where that is short, else with one."""
    return (f"{value:{sign}.1e}" if 0 < abs(value) < 1e-4 else f"{value:{sign}.4f}").replace("-", "−")


def probability(value: float) -> str:
    """Return a probability with as many digits as tell it from 0 and 1."""
    if 0.005 <= value <= 0.995:
        return f"{value:.2f}"
    return f"{value:.4f}" if 0.00005 <= value <= 0.99995 else ("< 0.0001" if value < 0.5 else "> 0.9999")


def change(target: str, before: float, after: float) -> str:
    """Return what leaving an image out does: ``P(cat) 0.914 → 0.905``, with digits enough to see a change."""
    return f"P({target}) {moved(before, after)}"


def moved(before: float, after: float) -> str:
    """Return two probabilities, ``0.914 → 0.905``, with digits enough to see a change."""
    digits = 2
    while digits < 5 and f"{before:.{digits}f}" == f"{after:.{digits}f}":
        digits += 1
    return f"{before:.{digits}f} → {after:.{digits}f}"


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
