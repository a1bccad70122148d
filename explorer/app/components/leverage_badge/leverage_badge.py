"""Whether first-order scores are accurate in a run: its largest leverage, in a sentence."""

from explorer.attribution.curvature import DENSE_LIMIT
from explorer.runs.run import Run

# Above this the first order is visibly off: at a leverage of 0.2 a score is 1/(1 − 0.2) = 1.25 times too small.
LARGE_LEVERAGE = 0.2


def leverage_badge(run: Run) -> tuple[bool, str]:
    """Return whether a run's largest leverage is small enough for first-order scores, and the sentence that says so."""
    if not run.curvature.dense:
        return False, (
            f"This head has {run.curvature.free_weights:,} free weights, too many for a factor (at most {DENSE_LIMIT:,}): "
            "scores are first-order, by conjugate gradients, and leverages are not known."
        )
    largest = float(run.curvature.leverages.max())
    off = 1 / (1 - min(largest, 0.99))
    if largest < LARGE_LEVERAGE:
        return (
            True,
            f"No training image can pull its own prediction far: the largest leverage, which says how far, is {largest:.2f} of 1. So even "
            f"the simplest scores (influence) are at most about {off:.1f} times too small, and newton corrects that.",
        )
    return False, (
        f"Some training images can pull their own prediction far: the largest leverage, which says how far, is {largest:.2f} of 1. For them "
        f"the simplest scores (influence) are up to about {off:.1f} times too small. Use newton, which takes it into account."
    )
