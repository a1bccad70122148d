"""How the accuracy of a class changed from one run to another, in words that claim no more than its test images show."""

from explorer.app import screen_text
from explorer.evaluation.comparison import AccuracyChange, Interval


def accuracy_sentence(name: str, change: AccuracyChange) -> str:
    """Return the accuracy of a class before and after, and whether its test images can tell the two apart."""
    moved = f"{name} {screen_text.percent(change.before.value)} → {screen_text.percent(change.after.value)}"
    if change.difference.low <= 0 <= change.difference.high:
        return f"{moved}: no difference that {screen_text.counted(change.of, 'test image')} could show."
    verdict = "better" if change.difference.value > 0 else "worse"
    return f"{moved}: {verdict}, {points_interval(change.difference)} points."


def points_interval(difference: Interval) -> str:
    """Return a difference in percentage points with its interval: ``+2.0 (+0.5 to +3.5)``."""
    low, high = screen_text.points(difference.low), screen_text.points(difference.high)
    return f"{screen_text.points(difference.value)} ({low} to {high})"
