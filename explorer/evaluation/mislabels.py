"""Which labels are wrong, asked of images whose labels are trusted: a noise model, fitted by expectation maximisation.

Labels are taken to be exchanged by class: P(given ỹ | true y) = T[y, ỹ], whatever the picture shows (Natarajan et al.
2013). T is estimated beside the true labels' posteriors q_i ∝ p(y | x_i) T[y, ỹ_i], where p comes from a head that was
fitted without the image to q and to the trusted labels, and was calibrated on the trusted images, also without them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, softmax

from explorer.core.progress import Progress, silent
from explorer.models.head import contrasts
from explorer.models.solver import Objective, minimise

# Rounds of refitting: T moved by less than 0.005 after the second on CIFAR-10's cats and dogs.
ROUNDS, FOLDS, SEED = 3, 5, 0
# The head of the first round sees the trusted images alone, which are few: a penalty below this lets it learn them by heart.
FIRST_L2 = 0.3
# Posteriors need three digits only; T settles in 20 to 100 steps.
LOOSE, SETTLED, STEPS = 1e-3, 1e-6, 300
# Keeps calibration finite where the trusted images are few or one class is missing.
SHRINK = 1e-3


@dataclass(frozen=True, eq=False)
class NoiseModel:
    """What the noise model says of the training labels.

    Attributes:
        posterior: q ``(n, C)``, the probability of each true label.
        transition: T ``(C, C)``, rows are true labels; rows sum to one.
        labels: ``(n,)`` as given.
    """

    posterior: np.ndarray
    transition: np.ndarray
    labels: np.ndarray

    @property
    def wrong(self) -> np.ndarray:
        """The probability ``(n,)`` that the given label is not the true one."""
        return 1 - self.posterior[np.arange(len(self.labels)), self.labels]

    @property
    def suggested(self) -> np.ndarray:
        """The most probable label ``(n,)`` beside the given one."""
        others = self.posterior.copy()
        others[np.arange(len(others)), self.labels] = -1
        return others.argmax(axis=1)


def fit_noise_model(
    features: np.ndarray,
    labels: np.ndarray,
    trusted: np.ndarray,
    trusted_labels: np.ndarray,
    classes: int,
    l2: float,
    progress: Progress = silent,
) -> NoiseModel:
    """Fit the noise model.

    Args:
        features: of the training images ``(n, d)``, last column 1.
        labels: as given ``(n,)``.
        trusted: features ``(m, d)`` of images whose labels are right.
        trusted_labels: ``(m,)``.
        classes: C.
        l2: λ of the heads.
        progress: told which round is done.
    """
    n, m = len(labels), len(trusted_labels)
    rows, given = np.concatenate([features, trusted]), np.concatenate([labels, trusted_labels])
    folds = np.random.default_rng(SEED).permutation(n + m) % FOLDS
    inside = np.stack([folds != fold for fold in range(FOLDS)]).astype(float)
    # The first heads see the trusted images only, so they have seen no training image; those of all folds agree on them.
    alone = inside * (np.arange(n + m) >= n)
    theta = np.zeros((FOLDS, classes - 1, rows.shape[1]))
    target = np.eye(classes)[given]
    transition, posterior = np.full((classes, classes), 1 / classes), target[:n]
    for turn in range(ROUNDS + 1):
        penalty = l2 if turn else max(l2, FIRST_L2)
        theta, logits = _unseen(rows, given, target, inside if turn else alone, folds, penalty, theta)
        probabilities = _calibrated(logits[:n], logits[n:], trusted_labels)
        posterior, transition = _settled(probabilities, labels, transition)
        target[:n] = posterior
        progress("Fitting the noise model", turn + 1, ROUNDS + 1)
    return NoiseModel(posterior, transition, labels)


def _unseen(
    rows: np.ndarray,
    given: np.ndarray,
    target: np.ndarray,
    inside: np.ndarray,
    folds: np.ndarray,
    l2: float,
    start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return heads fitted to soft labels, a fold each, and for each row the logits ``(n, C)`` of the head without it."""
    basis = contrasts(target.shape[1])
    weights = inside * len(rows) / inside.sum(axis=1, keepdims=True)
    moved = (target - np.eye(target.shape[1])[given]) @ basis
    tilt = -np.stack([(shares[:, None] * moved).T @ rows for shares in weights]) / len(rows)
    objective = Objective(rows, given, basis, np.full(FOLDS, l2), weights, tilt)
    theta = minimise(objective, start, LOOSE * l2)
    return theta, objective.margins(theta)[np.arange(len(rows)), folds] @ basis.T


def _calibrated(logits: np.ndarray, trusted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return probabilities ``(n, C)``: logits scaled and shifted as the trusted images want it (Platt 1999)."""
    from scipy.optimize import minimize  # a third of a second, for which no page waits that shows a finished audit

    own = np.arange(len(labels)), labels

    def loss(given: np.ndarray) -> float:
        fit = -log_softmax(np.exp(given[0]) * trusted + given[1:], axis=1)[own].mean()
        return float(fit + SHRINK * given @ given)

    parameters = minimize(loss, np.zeros(trusted.shape[1] + 1), method="BFGS").x
    return softmax(np.exp(parameters[0]) * logits + parameters[1:], axis=1)


def _settled(probabilities: np.ndarray, labels: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return posteriors and T where both agree (the inner steps of expectation maximisation)."""
    transition, given = start, np.eye(len(start))[labels]
    for _ in range(STEPS):
        joint = probabilities * transition[:, labels].T
        posterior = joint / joint.sum(axis=1, keepdims=True)
        counts = posterior.T @ given
        before, transition = transition, counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-300)
        if np.abs(transition - before).max() < SETTLED:
            break
    return posterior, transition
