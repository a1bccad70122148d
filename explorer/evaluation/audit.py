"""Training images ranked by how much they deserve a look: several kinds of evidence, and one queue of them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from explorer.attribution import Curvature
from explorer.attribution.kronecker import feasible
from explorer.core.progress import Progress, silent
from explorer.evaluation.mislabels import NoiseModel, fit_noise_model
from explorer.evaluation.refit import refit_relabelled, relabelling_coefficients
from explorer.models.head import L2_GRID, Head
from explorer.models.solver import Objective, minimise

# Neighbours that vote on a label (Wilson 1972 used 3; 25 rank more finely and cost the same).
NEIGHBOURS = 25
# λ below a tenth learn mistakes by heart, so the audit looks at the upper half of the grid only.
AUDIT_L2 = tuple(l2 for l2 in L2_GRID if l2 >= 0.1)
# The share of wrong labels from which the noise model is believed in full; with fewer it has too little to learn from.
FULL_TRUST_SHARE = 0.1
# Weight of influence, in deviations, beside log-odds: it decides among images that are about equally suspect.
INFLUENCE_WEIGHT = 0.5
# Shares of the training images looked at where a curve is drawn.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
# Log-odds stay finite where a posterior is 0 or 1 in floating point.
TINY = 1e-12
# The ranking of a network whose training was recorded, which no head tells.
WHOLE = "whole self-influence"
# Each single ranking: what a screen calls it.
RANKINGS = {
    "loss": "Loss",
    "self-influence": "Self-influence",
    WHOLE: "Self-influence, whole network",
    "gradient norm": "Gradient norm",
    "neighbours": "Neighbours of another label",
    "confident learning": "Loss under a model that has not seen it",
    "harm": "Harm to the trusted images",
}


@dataclass(frozen=True, eq=False)
class Trusted:
    """Images whose labels are taken to be right.

    Attributes:
        features: ``(m, d)``.
        labels: ``(m,)``.
    """

    features: np.ndarray
    labels: np.ndarray

    def risk(self, head: Head) -> float:
        """Return the mean loss in nats."""
        return float(head.losses(self.features, self.labels).mean())

    def accuracies(self, weights: np.ndarray) -> list[float]:
        """Return the share that weights ``(C, d)`` get right of each class that has images, by row."""
        hit = (self.features @ weights.T).argmax(axis=1) == self.labels
        return [float(hit[self.labels == label].mean()) for label in np.unique(self.labels)]


@dataclass(frozen=True, eq=False)
class Audit:
    """The queue and the evidence behind it.

    Attributes:
        l2: λ of the audit's own head: of the grid's, the one that predicts the trusted images best.
        noise: what the noise model says.
        evidence: each ranking's figures ``(n,)``; large is suspect.
        gain: ``(n,)`` nats of the trusted images' mean loss that relabelling to the suggestion is predicted to save.
        score: ``(n,)`` by which the queue is ordered.
    """

    l2: float
    noise: NoiseModel
    evidence: dict[str, np.ndarray]
    gain: np.ndarray
    score: np.ndarray

    @property
    def queue(self) -> np.ndarray:
        """All training rows, the most suspect first."""
        return np.argsort(-self.score, kind="stable")


def audit(head: Head, trusted: Trusted, progress: Progress = silent) -> Audit:
    """Rank all training images of a head.

    The score is loss odds + e (log-odds of a wrong label + ½ z(w · gain)): log-odds of the given label under a head that
    predicts the trusted images best; the posterior w of the noise model; and the influence of relabelling on the
    trusted images, standardised. e is the estimated share of wrong labels over a tenth, at most 1.
    """
    progress("Choosing the audit's λ", 0, 1)
    seen = best_head(head, trusted)
    progress("Choosing the audit's λ", 1, 1)
    curvature = feasible(Curvature(seen))
    noise = fit_noise_model(
        head.train_features, head.train_labels, trusted.features, trusted.labels, head.classes, seen.l2, progress
    )
    evidence = rankings(curvature, trusted, progress)
    gain = relabelling_gain(curvature, trusted, noise.suggested)
    wrong = noise.wrong
    believed = min(1.0, float(wrong.mean()) / FULL_TRUST_SHARE)
    doubt = np.log(wrong + TINY) - np.log1p(TINY - wrong) + INFLUENCE_WEIGHT * standardised_values(wrong * gain)
    losses = seen.losses(head.train_features, head.train_labels)
    odds = np.log(np.expm1(losses) + TINY)
    return Audit(seen.l2, noise, evidence, gain, odds + believed * doubt)


def best_head(head: Head, trusted: Trusted) -> Head:
    """Return the head at that λ of the audit's grid, or the run's, which predicts the trusted images best."""
    heads = heads_at(head, sorted({*AUDIT_L2, head.l2}))
    return min(heads, key=trusted.risk)


def heads_at(head: Head, l2: Sequence[float]) -> list[Head]:
    """Return the head fitted at several λ, all together."""
    n, values = len(head.train_labels), np.array(l2)
    objective = Objective(head.train_features, head.train_labels, head.basis, values, np.ones((len(values), n)))
    start = np.zeros((len(values), head.classes - 1, head.train_features.shape[1]))
    theta = minimise(objective, start, 1e-9)
    return [
        Head(head.train_features, head.train_labels, head.basis @ each, float(value))
        for each, value in zip(theta, values, strict=True)
    ]


def rankings(curvature: Curvature, trusted: Trusted, progress: Progress = silent) -> dict[str, np.ndarray]:
    """Return every single ranking's figures ``(n,)`` under one head; large is suspect.

    The curvature of a head too large for a factor gives estimates for self-influence and harm (see :func:`feasible`).
    """
    head = curvature.head
    features, labels = head.train_features, head.train_labels
    residual = np.linalg.norm(head.residuals, axis=1)
    figures: dict[str, Callable[[], np.ndarray]] = {
        "loss": lambda: head.losses(features, labels),
        "self-influence": lambda: curvature.self_influences,
        "gradient norm": lambda: residual * np.linalg.norm(features, axis=1),
        "neighbours": lambda: neighbour_disagreement(features, labels),
        "confident learning": lambda: -np.log(out_of_fold(head) + TINY),
        "harm": lambda: -summed_influence(curvature, trusted),
    }
    ranked = {}
    for done, (name, figure) in enumerate(figures.items(), 1):
        ranked[name] = figure()
        progress("Collecting evidence", done, len(figures))
    return ranked


def summed_influence(curvature: Curvature, trusted: Trusted) -> np.ndarray:
    """Return the sum over trusted images ``(n,)`` nats of first-order scores of Newton removals; positive is helpful."""
    return len(trusted.labels) * np.einsum("nk,nk->n", _projected(curvature, trusted), curvature.removals)


def relabelling_gain(curvature: Curvature, trusted: Trusted, suggested: np.ndarray) -> np.ndarray:
    """Return what giving each image its suggested label is predicted to save of the trusted mean loss, ``(n,)`` nats."""
    steps = relabelling_coefficients(curvature, np.arange(len(suggested)), suggested)
    return -np.einsum("nk,nk->n", _projected(curvature, trusted), steps)


def _projected(curvature: Curvature, trusted: Trusted) -> np.ndarray:
    """Return h_i G ∇(trusted mean loss) ``(n, C − 1)``: one solve, one product."""
    head = curvature.head
    pulls = head.probabilities(trusted.features) @ head.basis - head.basis[trusted.labels]
    slope = pulls.T @ trusted.features / len(trusted.labels)
    return head.train_features @ curvature.solve(slope[None])[0].T


def neighbour_disagreement(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the share ``(n,)`` of an image's nearest neighbours, by the cosine of features, with another label."""
    from sklearn.neighbors import NearestNeighbors  # 2 s, for which no page waits that shows a finished audit

    counts = voters(labels)
    search = NearestNeighbors(n_neighbors=int(counts.max()), metric="cosine").fit(features[:, :-1])
    differing = labels[search.kneighbors(return_distance=False)] != labels[:, None]
    return differing.cumsum(axis=1)[np.arange(len(labels)), counts - 1] / counts


def voters(labels: np.ndarray) -> np.ndarray:
    """Return how many neighbours vote on each label ``(n,)``: in a small class no more than could agree with it."""
    alike = np.bincount(labels)[labels] - 1
    return np.clip(alike, 1, min(NEIGHBOURS, len(labels) - 1))


def out_of_fold(head: Head) -> np.ndarray:
    """Return for each training image the probability ``(n,)`` of its label under a head that has not seen its fold."""
    folds = np.random.default_rng(0).permutation(len(head.train_labels)) % 5
    inside = np.stack([folds != fold for fold in range(5)]).astype(float)
    weights = inside * len(folds) / inside.sum(axis=1, keepdims=True)
    objective = Objective(head.train_features, head.train_labels, head.basis, np.full(5, head.l2), weights)
    start = np.repeat((head.basis.T @ head.weights)[None], 5, axis=0)
    theta = minimise(objective, start, 1e-4 * head.l2)
    margins = objective.margins(theta)[np.arange(len(folds)), folds] @ head.basis.T
    return softmax(margins, axis=1)[np.arange(len(folds)), head.train_labels]


def standardised_values(values: np.ndarray) -> np.ndarray:
    """Return values with mean 0 and deviation 1; zeros where they are all alike."""
    return (values - values.mean()) / (values.std() or 1.0)


def detection_curve(values: np.ndarray, wrong: np.ndarray, l2: float) -> dict[str, object]:
    """Return how many truly wrong labels a ranking finds.

    Args:
        values: ``(n,)``; the largest are looked at first.
        wrong: ``(n,)`` whether each label is truly wrong.
        l2: λ of the head behind the ranking.

    Returns:
        λ, how many are looked at, the share of them that is truly wrong, and the area under the precision-recall curve
        (average precision).
    """
    from sklearn.metrics import average_precision_score  # as above

    order = np.argsort(-values, kind="stable")
    counts = sorted({max(1, round(share * len(order))) for share in SHARES})
    precision = [float(wrong[order[:count]].mean()) for count in counts]
    area = float(average_precision_score(wrong, values)) if wrong.any() else 0.0
    return {"l2": l2, "looked_at": counts, "share_wrong": precision, "average_precision": area}


def accuracies_after_review(
    curvature: Curvature, order: np.ndarray, right: np.ndarray, counts: Sequence[int], tests: Trusted
) -> list[list[float]]:
    """Return for each count the accuracy of each class after the first so many labels were looked at and put right.

    Every point is a real refit at the head's λ.

    Args:
        curvature: of the head that was fitted to the labels as given.
        order: training rows in the order in which they are looked at.
        right: ``(n,)`` the labels that a person would give.
        counts: how many are looked at.
        tests: untouched images.
    """
    groups = [order[:count] for count in counts]
    groups = [group[right[group] != curvature.head.train_labels[group]] for group in groups]
    return [*map(tests.accuracies, refit_relabelled(curvature, groups, [right[group] for group in groups]))]
