"""The fewest training images whose removal, or relabelling, changes a predicted label (Yang, Jiang & Wallace 2023, "How many and which
training points would need to be removed to flip this prediction?"), every candidate verified by a real refit."""

from dataclasses import dataclass

import numpy as np

from explorer.attribution import Curvature, Scorer
from explorer.evaluation.refit import TOLERANCE, refit_relabelled, refit_without
from explorer.models.head import Head

# A probe decides between two labels; at λ = 0.1 and ‖h‖ = 36, 1e-7 in the gradient moves no logit by more than 4e-5.
# The answer is refitted exactly.
PROBE_TOLERANCE = 1e-7
# Seen were at most 4 rounds of three probes on 100 misclassified images; the bracket shrinks in each.
ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Flip:
    """What was found for one test image.

    Attributes:
        rows: training rows, the strongest first; None where no set of the ranking flips the prediction.
        labels: the labels that they get; None where they are removed.
        before: the predicted class.
        after: the predicted class then; ``before`` where nothing flips.
        margin: gap between the logits of ``before`` and its rival, before anything is changed.
        pushes: predicted change of that margin by each of ``rows``, alone ``(k,)``; negative.
        helping: change of the margin by each image that lowers it, all of them, strongest first; negative.
        hindering: the same of the images that raise it; positive.
    """

    rows: np.ndarray | None
    labels: np.ndarray | None
    before: int
    after: int
    margin: float
    pushes: np.ndarray
    helping: np.ndarray
    hindering: np.ndarray


@dataclass(frozen=True, eq=False)
class Ranking:
    """Changes of the training set, tried from the start.

    Attributes:
        rows: training rows ``(r,)``, each once.
        pushes: predicted changes of the margin ``(r,)``; negative.
        labels: what the rows become ``(r,)``; None where they are removed.
    """

    rows: np.ndarray
    pushes: np.ndarray
    labels: np.ndarray | None = None

    def refit(self, curvature: Curvature, sizes: list[int], tolerance: float = TOLERANCE) -> np.ndarray:
        """Return weights ``(k, C, d)`` of real refits after the first so many changes."""
        groups = [self.rows[:size] for size in sizes]
        if self.labels is None:
            return refit_without(curvature, groups, tolerance)
        return refit_relabelled(curvature, groups, [self.labels[:size] for size in sizes], tolerance)

    def longest(self, head: Head) -> int:
        """Return how many changes can be made before a class has no image left."""
        each = np.eye(head.classes, dtype=int)
        taken = each[head.train_labels[self.rows]] - (0 if self.labels is None else each[self.labels])
        counts = np.bincount(head.train_labels, minlength=head.classes)
        full = np.flatnonzero((np.cumsum(taken, axis=0) >= counts).any(axis=1))
        return int(full[0]) if len(full) else len(self.rows)


def smallest_flip(scorer: Scorer, features: np.ndarray, relabel: bool = False) -> Flip:
    """Return the smallest leading set of the margin's ranking that flips the prediction of a test image ``(d,)``."""
    logits = scorer.head.logits(features[None])[0]
    before, rival = (int(row) for row in np.argsort(-logits, kind="stable")[:2])
    pushes, labels = (relabelled_margins if relabel else removed_margins)(scorer, features, before, rival)
    order = np.argsort(pushes, kind="stable")
    leading = order[pushes[order] < 0]
    ranking = Ranking(leading, pushes[leading], None if labels is None else labels[leading])
    margin = float(logits[before] - logits[rival])
    size, after = shortest_prefix(scorer, ranking, features, margin)
    return Flip(
        rows=leading[:size] if size else None,
        labels=ranking.labels[:size] if size and ranking.labels is not None else None,
        before=before,
        after=after if size else before,
        margin=margin,
        pushes=ranking.pushes[:size],
        helping=ranking.pushes,
        hindering=pushes[order[::-1]][: int((pushes > 0).sum())],
    )


def removed_margins(scorer: Scorer, features: np.ndarray, before: int, rival: int) -> tuple[np.ndarray, None]:
    """Return how the gap between two logits changes when each training image is left out ``(n,)``."""
    change = scorer.logit_changes(scorer.tests(features[None], np.array([before])))[:, 0]
    return change @ (scorer.head.basis[before] - scorer.head.basis[rival]), None


def relabelled_margins(scorer: Scorer, features: np.ndarray, before: int, rival: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how the gap changes when each training image gets the label that lowers it most, and these labels."""
    head = scorer.head
    response = scorer.logit_responses(scorer.tests(features[None], np.array([before])))[:, 0]
    pull = np.einsum("a,rab->rb", head.basis[before] - head.basis[rival], response)
    gains = (pull @ head.basis.T - np.einsum("rb,rb->r", pull, head.basis[head.train_labels])[:, None]) / len(pull)
    labels = gains.argmin(axis=1)
    return gains[np.arange(len(gains)), labels], labels


def shortest_prefix(scorer: Scorer, ranking: Ranking, features: np.ndarray, margin: float) -> tuple[int, int]:
    """Return how many of the ranking's changes, from its start, flip the prediction, and the new class.

    0 where none was found. The pushes predict the number; refits say how wrong they are, and the next numbers are tried
    where the straight line through the bracket's margins crosses zero. It takes for granted that longer prefixes flip
    where shorter ones do.
    """
    before, longest = int(scorer.head.logits(features[None])[0].argmax()), ranking.longest(scorer.head)
    if not longest:
        return 0, before
    expected = min(longest, 1 + int(np.searchsorted(-np.cumsum(ranking.pushes), margin)))
    known, probes = {0: margin}, _near(expected, 0.3, 0, longest + 1)
    for spread in (0.1, 0.03, *[0.0] * ROUNDS):
        known |= dict(zip(probes, _margins(scorer, ranking, probes, features), strict=True))
        flips = min((size for size, left in known.items() if left <= 0), default=longest + 1)
        fails = max(size for size, left in known.items() if left > 0 and size < flips)
        if flips - fails == 1:
            break
        guess = 2 * fails if flips > longest else _crossing(fails, known[fails], flips, known[flips])
        probes = _near(guess, spread, fails, flips)
    if flips > longest:
        return 0, before
    after = int((ranking.refit(scorer.curvature, [flips])[0] @ features).argmax())
    return (flips, after) if after != before else (0, before)


def _near(guess: int, spread: float, low: int, high: int) -> list[int]:
    """Return up to three lengths around ``guess``, strictly between ``low`` and ``high``."""
    width = max(1, round(spread * guess))
    return sorted({min(max(size, low + 1), high - 1) for size in (guess - width, guess, guess + width)})


def _crossing(fails: int, above: float, flips: int, below: float) -> int:
    """Return where the line through two margins, one positive and one not, crosses zero."""
    return fails + max(1, round((flips - fails) * above / (above - below)))


def _margins(scorer: Scorer, ranking: Ranking, sizes: list[int], features: np.ndarray) -> list[float]:
    """Return by how much the first prediction still leads after so many changes and a refit."""
    before = int(scorer.head.logits(features[None])[0].argmax())
    logits = ranking.refit(scorer.curvature, sizes, PROBE_TOLERANCE) @ features
    return (logits[:, before] - np.delete(logits, before, axis=1).max(axis=1)).tolist()
