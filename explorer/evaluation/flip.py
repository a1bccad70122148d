"""The fewest training images whose removal changes a predicted label (Yang, Jiang & Wallace 2023, "How many and which
training points would need to be removed to flip this prediction?"), every candidate verified by a real refit."""

from dataclasses import dataclass

import numpy as np

from explorer.attribution import Scorer
from explorer.evaluation.refit import refit_without

# A probe decides between two labels; at λ = 0.1 and ‖h‖ = 36, 1e-7 in the gradient moves no logit by more than 4e-5.
# The answer is refitted exactly.
PROBE_TOLERANCE = 1e-7
# Seen were at most 4 rounds of three probes on 100 misclassified images; the bracket shrinks in each.
ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Flip:
    """What was found for one test image.

    Attributes:
        removed: training rows, the strongest first; None where no set of the ranking flips the prediction.
        before: the predicted class.
        after: the predicted class without them; ``before`` where nothing flips.
        margin: gap between the logits of ``before`` and its rival, before anything is removed.
        pushes: change of that margin by each of ``removed``, alone ``(k,)``; negative.
    """

    removed: np.ndarray | None
    before: int
    after: int
    margin: float
    pushes: np.ndarray


def smallest_flip(scorer: Scorer, features: np.ndarray) -> Flip:
    """Return the smallest leading set of the margin's ranking that flips the prediction of a test image ``(d,)``."""
    logits = scorer.head.logits(features[None])[0]
    before, rival = (int(row) for row in np.argsort(-logits, kind="stable")[:2])
    pushes = margin_changes(scorer, features, before, rival)
    order = np.argsort(pushes, kind="stable")
    order = order[pushes[order] < 0]
    margin = float(logits[before] - logits[rival])
    size, after = shortest_prefix(scorer, order, pushes[order], features, margin)
    removed = order[:size] if size else None
    return Flip(removed, before, after if size else before, margin, pushes[order[:size]])


def margin_changes(scorer: Scorer, features: np.ndarray, before: int, rival: int) -> np.ndarray:
    """Return how the gap between two logits changes when each training image is left out ``(n,)``."""
    change = scorer.changes(scorer.tests(features[None], np.array([before])))[:, 0]
    return change @ (scorer.head.basis[before] - scorer.head.basis[rival])


def shortest_prefix(
    scorer: Scorer, order: np.ndarray, pushes: np.ndarray, features: np.ndarray, margin: float
) -> tuple[int, int]:
    """Return the length of the shortest prefix of ``order`` whose removal flips the prediction, and the new class.

    Length 0 where none was found. The pushes predict the length; refits say how wrong they are, and the next lengths
    are tried where the straight line through the bracket's margins crosses zero. It takes for granted that longer
    prefixes flip where shorter ones do.
    """
    before, longest = int(scorer.head.logits(features[None])[0].argmax()), _longest(scorer, order)
    if not longest:
        return 0, before
    expected = min(longest, 1 + int(np.searchsorted(-np.cumsum(pushes), margin)))
    known, probes = {0: margin}, _near(expected, 0.3, 0, longest + 1)
    for spread in (0.1, 0.03, *[0.0] * ROUNDS):
        known |= dict(zip(probes, _margins(scorer, [order[:size] for size in probes], features), strict=True))
        flips = min((size for size, left in known.items() if left <= 0), default=longest + 1)
        fails = max(size for size, left in known.items() if left > 0 and size < flips)
        if flips - fails == 1:
            break
        guess = 2 * fails if flips > longest else _crossing(fails, known[fails], flips, known[flips])
        probes = _near(guess, spread, fails, flips)
    if flips > longest:
        return 0, before
    after = int((refit_without(scorer.curvature, [order[:flips]]) @ features)[0].argmax())
    return (flips, after) if after != before else (0, before)


def _near(guess: int, spread: float, low: int, high: int) -> list[int]:
    """Return up to three lengths around ``guess``, strictly between ``low`` and ``high``."""
    width = max(1, round(spread * guess))
    return sorted({min(max(size, low + 1), high - 1) for size in (guess - width, guess, guess + width)})


def _crossing(fails: int, above: float, flips: int, below: float) -> int:
    """Return where the line through two margins, one positive and one not, crosses zero."""
    return fails + max(1, round((flips - fails) * above / (above - below)))


def _margins(scorer: Scorer, groups: list[np.ndarray], features: np.ndarray) -> list[float]:
    """Return by how much the first prediction still leads after each group is removed and the head refitted."""
    before = int(scorer.head.logits(features[None])[0].argmax())
    logits = refit_without(scorer.curvature, groups, PROBE_TOLERANCE) @ features
    return (logits[:, before] - np.delete(logits, before, axis=1).max(axis=1)).tolist()


def _longest(scorer: Scorer, order: np.ndarray) -> int:
    """Return how many of ``order`` can go before a class has no image left."""
    labels = scorer.head.train_labels
    counts = np.bincount(labels, minlength=scorer.head.classes)
    taken = np.cumsum(np.eye(scorer.head.classes, dtype=int)[labels[order]], axis=0)
    full = np.flatnonzero((taken >= counts).any(axis=1))
    return int(full[0]) if len(full) else len(order)
