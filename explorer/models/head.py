"""The softmax head: its risk, its minimiser in float64, and λ.

With feature rows h_i (bias included) and weights W (C × d), the risk is R(W) = (1/n) Σ_i loss_i + (λ/2)‖W‖². Adding
the same vector to every row of W changes no probability, so the minimiser's rows sum to zero, and all of the work is
done in C − 1 contrasts: W = B θ with B (C × (C − 1)) orthonormal and 1ᵀB = 0. That is exact, and for two classes it
halves the unknowns.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.linalg
from scipy.special import log_softmax, softmax

from explorer.core.checksums import seal_array, unsealed_array
from explorer.core.errors import ExplorerError
from explorer.core.progress import Progress, silent
from explorer.models.class_fit import ClassRisk, Rows, minimise_by_blocks
from explorer.models.solver import Objective, minimise

# The gradient norm to which every head is fitted and refitted; the promise is 1e-8.
TOLERANCE = 1e-9
# How λ is chosen (docs/conventions.md): 5 stratified folds, seed 0, half decades from 10 down to 0.001.
FOLDS, FOLD_SEED = 5, 0
L2_GRID = tuple(10.0 ** (half / 2) for half in range(2, -7, -1))
# Above so many images × folds × classes heads are fitted by blocks of rows: of d = 512, the choice for 3,000 images of
# 30 and of 300 classes took 24 and 60 s of processor time by blocks instead of 57 and 221.
MANY = 2**18
# What one λ of the grid takes: λ and the weights of all folds to begin with; the mean held-out loss and where they ended.
Held = Callable[[float, np.ndarray], tuple[float, np.ndarray]]


def contrasts(classes: int) -> np.ndarray:
    """Return B ``(C, C − 1)``: orthonormal columns that sum to zero (Helmert)."""
    return scipy.linalg.helmert(classes).T


@dataclass(frozen=True, eq=False)
class Head:
    """A fitted softmax head with the data that determine it.

    Attributes:
        train_features: ``(n, d)`` float64, standardised, last column 1.
        train_labels: ``(n,)`` int64.
        weights: W ``(C, d)`` float64; rows sum to zero.
        l2: λ.
    """

    train_features: np.ndarray
    train_labels: np.ndarray
    weights: np.ndarray
    l2: float

    @property
    def classes(self) -> int:
        """The number of classes C."""
        return len(self.weights)

    @cached_property
    def basis(self) -> np.ndarray:
        """The contrasts B ``(C, C − 1)``."""
        return contrasts(self.classes)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return the logits ``(m, C)`` of features ``(m, d)``."""
        return features @ self.weights.T

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the class probabilities ``(m, C)`` of features ``(m, d)``; rows sum to one."""
        return softmax(self.logits(features), axis=1)

    def losses(self, features: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the losses −log p(label) ``(m,)``, in nats."""
        return -np.take_along_axis(log_softmax(self.logits(features), axis=1), labels[:, None], axis=1)[:, 0]

    @cached_property
    def train_probabilities(self) -> np.ndarray:
        """The class probabilities p_i ``(n, C)`` of the training images."""
        return self.probabilities(self.train_features)

    @cached_property
    def residuals(self) -> np.ndarray:
        """Bᵀ(p_i − y_i) ``(n, C − 1)``: the training residuals in contrasts."""
        return self.train_probabilities @ self.basis - self.basis[self.train_labels]

    def risk(self) -> float:
        """Return R(W) in nats."""
        losses = self.losses(self.train_features, self.train_labels)
        return float(losses.mean() + 0.5 * self.l2 * (self.weights**2).sum())

    def gradient(self) -> np.ndarray:
        """Return ∇R(W) ``(C, d)``."""
        slope = self.residuals.T @ self.train_features / len(self.residuals)
        return self.basis @ slope + self.l2 * self.weights

    def gradient_norm(self) -> float:
        """Return ‖∇R(W)‖."""
        return float(np.linalg.norm(self.gradient()))


def fit(features: np.ndarray, labels: np.ndarray, classes: int, l2: float) -> Head:
    """Return the minimiser of the risk.

    Args:
        features: ``(n, d)`` float64, last column 1.
        labels: ``(n,)`` int64 below ``classes``.
        classes: C ≥ 2.
        l2: λ > 0.

    Raises:
        ExplorerError: λ is not positive, or ‖∇R‖ cannot be brought below ``TOLERANCE`` in float64.
    """
    if not (np.isfinite(l2) and l2 > 0):
        raise ExplorerError(f"λ must be a positive number, not {l2}: without it the best weights are infinite or many.")
    if fits_by_blocks(len(features), classes):
        risk = ClassRisk(Rows(features, labels, classes), np.ones(len(features)), l2)
        return Head(
            features, labels, minimise_by_blocks(risk, np.zeros((classes, features.shape[1])), TOLERANCE)[0], l2
        )
    ones = np.ones((1, len(features)))
    start = np.zeros((1, classes - 1, features.shape[1]))
    theta = minimise(Objective(features, labels, contrasts(classes), np.array([l2]), ones), start, TOLERANCE)
    return Head(features, labels, contrasts(classes) @ theta[0], l2)


def choose_l2(
    features: np.ndarray, labels: np.ndarray, classes: int, progress: Progress = silent, notes: Path | None = None
) -> dict[float, float]:
    """Return the mean cross-validated log-loss of each λ of ``L2_GRID``; the lowest is the one to take.

    The folds of one λ start where the λ above it ended. After each, losses and weights are written to the file ``notes``, and a
    choice that was killed goes on from there to the same bytes. Of many images and classes (``MANY``) the folds are fitted one
    after the other, by blocks of rows, and no λ is tried below the first one whose loss is higher than that of the one above it.
    """
    many = fits_by_blocks(len(features), classes)
    held = (_held_by_blocks if many else _held_together)(features, labels, classes)
    means, theta = _resumed(notes, (FOLDS, classes if many else classes - 1, features.shape[1]))
    for l2 in L2_GRID[len(means) :]:
        if many and len(means) > 1 and means[-1] > means[-2]:
            break
        progress("Choosing λ", len(means), len(L2_GRID))
        loss, theta = held(l2, theta)
        means = np.append(means, loss)
        if notes:
            seal_array(notes, np.concatenate([means, theta.ravel()]))
    progress("Choosing λ", len(L2_GRID), len(L2_GRID))
    return dict(zip(L2_GRID, means.tolist(), strict=False))


def fits_by_blocks(images: int, classes: int) -> bool:
    """Return whether heads of so many images and classes are fitted by blocks of rows."""
    return images * FOLDS * classes > MANY


def _inside(folds: np.ndarray) -> np.ndarray:
    """Return the weights ``(FOLDS, n)`` of the rows: 0 in the fold that is held out, together n elsewhere."""
    inside = np.stack([folds != fold for fold in range(FOLDS)]).astype(float)
    return np.asarray(inside * len(folds) / inside.sum(axis=1, keepdims=True))


def _held_together(features: np.ndarray, labels: np.ndarray, classes: int) -> Held:
    """Return what fits all folds of a λ at once, from θ ``(FOLDS, C − 1, d)``."""
    folds = folds_of(labels)
    whole = Objective(features, labels, contrasts(classes), np.ones(FOLDS), _inside(folds))

    def held(l2: float, theta: np.ndarray) -> tuple[float, np.ndarray]:
        objective = replace(whole, l2=np.full(FOLDS, l2))
        theta = minimise(objective, theta, tolerance=1e-4 * l2)
        losses = objective.losses(objective.margins(theta))
        return float(losses[np.arange(len(labels)), folds].mean()), theta

    return held


def _held_by_blocks(features: np.ndarray, labels: np.ndarray, classes: int) -> Held:
    """Return what fits the folds of a λ one after the other, from W ``(FOLDS, C, d)``."""
    rows, inside = Rows(features, labels, classes), _inside(folds_of(labels))

    def held(l2: float, heads: np.ndarray) -> tuple[float, np.ndarray]:
        fitted = [
            minimise_by_blocks(ClassRisk(rows, weights, l2), head, 1e-4 * l2)
            for weights, head in zip(inside, heads, strict=True)
        ]
        return sum(here.held for _, here in fitted) / len(labels), np.stack([head for head, _ in fitted])

    return held


def _resumed(notes: Path | None, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses of the first λ of the grid and the weights of the last of these, from ``notes``; else none, and zeros."""
    noted, size = unsealed_array(notes) if notes else None, math.prod(shape)
    if noted is None or not 0 < len(noted) - size <= len(L2_GRID):
        return np.zeros(0), np.zeros(shape)
    return noted[:-size], noted[-size:].reshape(shape)


def folds_of(labels: np.ndarray) -> np.ndarray:
    """Return for each row its fold ``(n,)``; classes are spread evenly."""
    folds = np.empty(len(labels), dtype=np.int64)
    order = np.random.default_rng(FOLD_SEED).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    folds[by_class] = np.arange(len(labels)) % FOLDS
    return folds
