"""Systems H x = r of a head of many classes: conjugate gradients in single precision, refined and proved in double.

In class coordinates x ``(C, d)``, whose rows sum to zero, H x = (1/n) Σ_i (A_i x h_i) ⊗ h_i + λx with A_i = diag(p_i) − p_i p_iᵀ:
a product takes two matrix products of n·d·C and no contrasts. The margins x h_i that it passes through hold the scores of all
images, since (p_i − y_i) · (x h_i) = p_i · (x h_i) − (x h_i)_y.
The preconditioner is that of :mod:`explorer.attribution.class_pairs`, which takes no decomposition of C classes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg
from scipy.special import softmax

from explorer.attribution.class_pairs import ClassPairs
from explorer.attribution.class_proof import Proof
from explorer.core.parallel import one_blas_thread, row_slices, run_in_threads
from explorer.core.progress import Progress, silent
from explorer.models.head import Head

# Rows are worked on in so many pieces, which the cores take side by side, and in each so many margins at once (8 MB in single
# precision), which stay in the processor's cache between the two products.
PIECES, HELD = 8, 2_000_000
# What single precision can reach of a residual in one round of steps, and when a round is given up.
SINGLE, MOST_STEPS, MOST_ROUNDS = 3e-7, 100, 8
# The residual that steps in single precision carry is off from the true one by their rounding. No theorem bounds it so; it is taken to be
# at most DRIFT (Λ m + ‖r‖):
# Λ the largest curvature of a class, m the length of all steps. Of heads of 6, 200 and 1,000 classes half of it was the most seen.
DRIFT = 2 * float(np.finfo(np.float32).eps)
# Whether pulls ``(k, n)`` do with residuals of at most such sizes ``(k,)``.
Enough = Callable[[np.ndarray, np.ndarray], bool]
# What a solve calls itself where it tells how far it is.
STAGE = "Exact scores"


def never(pulls: np.ndarray, sizes: np.ndarray) -> bool:
    """No scores do before the solution is converged."""
    return False


@dataclass(frozen=True, eq=False)
class Passed:
    """What a pass over all rows finds of directions x ``(k, C, d)``.

    Attributes:
        strengths: xᵀ H x ``(k,)``.
        images: H x ``(k, C, d)``; None where only half of the pass was asked for.
        pulls: (p_i − y_i) · (x h_i) ``(k, n)``.
    """

    strengths: np.ndarray
    images: np.ndarray | None
    pulls: np.ndarray


@dataclass(frozen=True, eq=False)
class Solved:
    """Solutions x of H x = r.

    Attributes:
        solutions: ``(k, C, d)`` float64.
        left: r − H x ``(k, C, d)``, by products in float64.
        pulls: (p_i − y_i) · (x h_i) ``(k, n)`` float64.
        share: the largest ‖r − H x‖/‖r‖.
        bounds: of ‖r − H x‖ ``(k,)`` of a solution by steps in single precision, whose ``left`` and ``pulls`` are; None of a refined one.
    """

    solutions: np.ndarray
    left: np.ndarray
    pulls: np.ndarray
    share: float
    bounds: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class ClassSystem:
    """The Hessian of a head's risk in class coordinates.

    Attributes:
        head: whose risk it is.
    """

    head: Head

    @cached_property
    def features(self) -> np.ndarray:
        """The training features ``(n, d)`` in single precision."""
        return np.concatenate([self.head.train_features[rows].astype(np.float32) for rows in self._slices])

    @cached_property
    def probabilities(self) -> np.ndarray:
        """p_i ``(n, C)``, computed in float64 by pieces and kept in single precision.

        The rounding moves a score by less than 1e-7 of the largest one.
        """
        found = np.empty((len(self.head.train_labels), self.head.classes), dtype=np.float32)

        def fill(rows: slice) -> None:
            for some in self._blocks(rows):
                found[some] = softmax(self.head.logits(self.head.train_features[some]), axis=1)

        with one_blas_thread():
            run_in_threads(fill, self._slices)
        return found

    @cached_property
    def proof(self) -> Proof:
        """What a residual lets scores be off by."""
        return Proof.of(self.head, self.features, self.probabilities)

    @property
    def _slices(self) -> list[slice]:
        return row_slices(len(self.head.train_labels), PIECES)

    def _blocks(self, rows: slice) -> list[slice]:
        width = max(1, HELD // self.head.classes)
        return [slice(start, min(start + width, rows.stop)) for start in range(rows.start, rows.stop, width)]

    @cached_property
    def _vectors(self) -> np.ndarray:
        """V ``(d, d)``, the eigenvectors of the features' second moments."""
        return np.asarray(scipy.linalg.eigh(self.features.T @ self.features / len(self.features))[1])

    @cached_property
    def _curved(self) -> np.ndarray:
        """The diagonals of V B_c Vᵀ for the block B_c of each class of H ``(C, d)``."""
        features, probabilities, vectors = self.features, self.probabilities, self._vectors

        def weighed(rows: slice) -> np.ndarray:
            total = np.zeros((self.head.classes, len(vectors)))
            for some in self._blocks(rows):
                p = probabilities[some]
                total += (p * (1 - p)).T @ (features[some] @ vectors) ** 2
            return total

        with one_blas_thread():
            curved = np.sum(run_in_threads(weighed, self._slices), axis=0)
        return np.asarray(curved / len(features) + self.head.l2)

    @cached_property
    def _preconditioner(self) -> ClassPairs:
        return ClassPairs.of(self.features, self.probabilities, self._vectors, self._curved)

    def conditioned(self, rows: np.ndarray) -> np.ndarray:
        """Return about H⁻¹ times each of ``(k, C, d)``, same shape; without a pass over the images."""
        found = self._preconditioner.solve(rows)
        return found - found.mean(axis=1, keepdims=True)

    def warm_up(self) -> None:
        """Compute what every system needs, whichever its right side."""
        _ = self._preconditioner, self.proof

    def passed(self, directions: np.ndarray, images: bool = True) -> Passed:
        """Return what a pass over all rows finds of directions ``(k, C, d)``; products are as precise as they are.

        The sums over pieces are made in their order, so that the same question has the same answer. Without ``images`` the
        second of the two products is left out.
        """
        (k, _, d), n = directions.shape, len(self.head.train_labels)
        features = self.head.train_features if directions.dtype == np.float64 else self.features
        # computed here, not in a thread that waits for others
        flat, p, pulls = directions.reshape(-1, d), self.probabilities, np.empty((k, n))

        def work(rows: slice) -> tuple[np.ndarray, np.ndarray]:
            total, strengths = np.zeros(directions.shape if images else (0,)), np.zeros(k)
            for some in self._blocks(rows):
                own = np.asarray(features[some])
                margins = (own @ flat.T).reshape(len(own), k, -1)
                means = np.einsum("rc,rkc->rk", p[some], margins)
                picked = np.take_along_axis(margins, self.head.train_labels[some, None, None], axis=2)[:, :, 0]
                pulls[:, some] = (means - picked).T
                if images:
                    bent = _bent(p[some], margins, means)
                    total += (bent.reshape(len(own), -1).T @ own).reshape(total.shape)
                else:
                    strengths += np.einsum("rc,rkc,rkc->k", p[some], margins, margins) - (means**2).sum(axis=0)
            return total, strengths

        with one_blas_thread():
            totals, strengths = zip(*run_in_threads(work, self._slices), strict=True)
        if not images:
            return Passed(np.sum(strengths, axis=0) / n + self.head.l2 * _dots(directions, directions), None, pulls)
        image = self.head.l2 * directions + np.sum(totals, axis=0) / n
        # rows of p sum to 1 in single precision only
        image = (image - image.mean(axis=1, keepdims=True)).astype(directions.dtype)
        return Passed(_dots(directions, image), image, pulls)

    def solve(self, right: np.ndarray, tolerance: float, progress: Progress = silent, enough: Enough = never) -> Solved:
        """Return solutions for right sides ``(k, C, d)`` whose rows sum to zero.

        Rounds of steps in single precision, each for what a pass in float64 finds to be left (iterative refinement,
        Wilkinson 1963); a round that does not halve it has met the limit of the numbers, and ends them.

        Args:
            right: float64.
            tolerance: on the largest ‖r − H x‖/‖r‖.
            progress: is told how many decades of the residual are gained, after each step.
            enough: is asked after each step of the first round whether scores from ``pulls`` with residuals of at most such sizes
                do.
        """
        sizes, left = np.sqrt(_dots(right, right)), right
        sizes = np.where(sizes > 0, sizes, 1.0)
        found = Solved(np.zeros_like(right), right, np.zeros((len(right), len(self.head.train_labels))), 1.0)
        gained, wanted = 0.0, -np.log10(tolerance)
        for rounds in range(MOST_ROUNDS):
            for step in self._steps(left):
                off = np.sqrt(_dots(step.left, step.left))
                # a residual may rise for a step, what is told does not fall
                gained = max(gained, -np.log10(max(float((off / sizes).max()), tolerance)))
                progress(STAGE, gained, wanted)
                if rounds == 0 and enough(step.pulls, _bounds(step)):
                    progress(STAGE, wanted, wanted)
                    return replace(step, share=float((_bounds(step) / sizes).max()))
                if (off <= np.maximum(tolerance * sizes / 2, SINGLE * np.sqrt(_dots(left, left)))).all():
                    break
            solutions = found.solutions + step.solutions
            passed = self.passed(solutions)
            left = right - _images(passed)
            share = float((np.sqrt(_dots(left, left)) / sizes).max())
            before, found = found.share, Solved(solutions, left, passed.pulls, share)
            if share <= tolerance or share > before / 2:
                break
        return found

    def _steps(self, right: np.ndarray) -> Iterator[Solved]:
        """Yield solutions of right sides after each step in single precision, with bounds of what is left; ``share`` is not computed."""
        # what is small in float64 would vanish in single precision
        scales = np.maximum(np.sqrt(_dots(right, right)), np.finfo(float).tiny)[:, None, None]
        left = (right / scales).astype(np.float32)
        found, conditioned = np.zeros_like(left), self.conditioned(left)
        direction, strength = conditioned, _strengths(left, conditioned)
        pulls, rounding = np.zeros((len(right), len(self.head.train_labels))), np.ones(len(right))
        for _ in range(MOST_STEPS):
            passed = self.passed(direction)
            length = _ratios(strength, passed.strengths)
            found += length * direction
            left -= length * _images(passed)
            pulls += length[:, 0] * passed.pulls
            rounding += np.abs(length[:, 0, 0]) * np.sqrt(_dots(direction, direction)) * self._curved.max()
            bounds = (np.sqrt(_dots(left, left)) + DRIFT * rounding) * scales[:, 0, 0]
            yield Solved(found * scales, left * scales, pulls * scales[:, 0], np.nan, bounds)
            conditioned = self.conditioned(left)
            # flexible (Notay 2000, eq. 5): the preconditioner is not quite linear
            turned = -length[:, 0, 0] * _dots(conditioned, _images(passed))
            direction = conditioned + _ratios(turned, strength) * direction
            strength = _strengths(left, conditioned)

    def polished(self, solved: Solved) -> Solved:
        """Return solutions that are one step of steepest descent better, by half a pass in single precision.

        ``left`` and ``share`` stay those of the solutions before: what is left now would take another pass.
        """
        scales = np.maximum(np.sqrt(_dots(solved.left, solved.left)), np.finfo(float).tiny)[:, None, None]
        left = (solved.left / scales).astype(np.float32)
        step = self.conditioned(left)
        passed = self.passed(step, images=False)
        lengths = _ratios(_dots(left, step), passed.strengths) * scales
        pulls = solved.pulls + lengths[:, :, 0] * passed.pulls
        return Solved(solved.solutions + lengths * step, solved.left, pulls, solved.share)

    def estimated(self, right: np.ndarray) -> Solved:
        """Return a first estimate for right sides ``(k, C, d)``: the preconditioner's answer, of the length that fits best."""
        return self.polished(Solved(np.zeros_like(right), right, np.zeros((len(right), 1)), 1.0))


def _images(passed: Passed) -> np.ndarray:
    assert passed.images is not None, "the pass was asked for half"
    return passed.images


def _strengths(left: np.ndarray, conditioned: np.ndarray) -> np.ndarray:
    """Return leftᵀ conditioned ``(k,)``; 0, which ends steps, where all that is left of a right side of length 1 is rounding."""
    return np.where(_dots(left, left) > (SINGLE / 3) ** 2, _dots(left, conditioned), 0.0)


def _bounds(step: Solved) -> np.ndarray:
    assert step.bounds is not None, "only steps in single precision have bounds"
    return step.bounds


def _bent(p: np.ndarray, margins: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return A_i m_i ``(r, k, C)`` for p ``(r, C)`` and p_i · m_i ``(r, k)``, in the place of the margins m."""
    margins -= means[:, :, None]
    margins *= p[:, None]
    return margins


def _dots(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Inner products of k matrices ``(k,)``, summed in float64."""
    return np.array([np.einsum("cd,cd->c", *pair).sum(dtype=np.float64) for pair in zip(left, right, strict=True)])


def _ratios(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotient for each of k as ``(k, 1, 1)`` in single precision; 0 where a system is solved already."""
    found = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return found[:, None, None].astype(np.float32)
