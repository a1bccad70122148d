"""The basis of ``replay-basis``: a span of answers of a training, kept, answers every question at once.

df/dw = Mᵀ ∂f is linear in ∂f = (∂f/∂θ, ∂f/∂β), with a matrix M ``(q, n)`` of the training alone. The answers Mᵀu of some directions
u, replayed once, span most of what other questions' answers consist of. With an orthonormal basis q_1 … q_K of that span the nearest
answer in it is Σ_k (q_k · Mᵀ∂f) q_k, and q_k · Mᵀ∂f = Mq_k · ∂f: what the end of the training does where the images' weights
move along q_k, followed once and kept (the range finder of Halko, Martinsson & Tropp 2011, section 4, and the projection on what it
found, both sides by the training itself). A question costs one backward pass and one product. The directions u are the principal
ones of the margins' gradients of *training* images, so they never come from a picture that is asked about.

How much of an answer the span misses is measured at each question, by random signs r of the images' weights: followed through the
training they give r · Mᵀ∂f, and the mean of (r · (answer − what is held))² is the square of what is missing (Hutchinson 1990).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# Principal values, and squares of what is new in a replay, below this part of the largest are rounding.
LEAST = 1e-12
# Of int8, whose −128 is not used.
LARGEST = 127
# Of the probes' signs.
SEED = 710_551


@dataclass(frozen=True, eq=False)
class ReplayBasis:
    """A span of answers, and along what each question's part of it is read.

    Attributes:
        directions: Mq ``(K, q)``, float16, each times a number, so that its own are about 1.
        table: q ``(K, n)``, int8.
        scales: what a number of the table is worth for a direction of length 1 ``(K,)``.
    """

    directions: np.ndarray
    table: np.ndarray
    scales: np.ndarray

    @cached_property
    def _units(self) -> np.ndarray:
        return units(self.directions)

    def coefficients(self, gradients: np.ndarray) -> np.ndarray:
        """Return ∂f along the directions at length 1 ``(k, K)``, for questions' ∂f ``(k, q)``."""
        return gradients @ self._units.T

    def derivatives(self, coefficients: np.ndarray) -> np.ndarray:
        """Return df/dw ``(k, n)``, as far as the span holds it, for coefficients ``(k, K)``."""
        return (coefficients * self.scales) @ self.table.astype(coefficients.dtype)

    def own_derivatives(self, coefficients: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return of each question's df/dw the entry of one training image ``(r,)``, for coefficients ``(r, K)`` and these images."""
        return np.einsum("rk,kr->r", coefficients * self.scales, self.table[:, rows])


@dataclass(frozen=True, eq=False)
class Probes:
    """Random changes of the images' weights that were followed through the training: they tell what a basis misses.

    Attributes:
        directions: Mr ``(P, q)``, float16, each times a number.
        lengths: of Mr ``(P,)``.
    """

    directions: np.ndarray
    lengths: np.ndarray

    @cached_property
    def _units(self) -> np.ndarray:
        return units(self.directions)

    def answers(self, gradients: np.ndarray) -> np.ndarray:
        """Return r · df/dw ``(k, P)`` for questions' ∂f ``(k, q)``."""
        return gradients @ self._units.T * self.lengths


def signs(count: int, images: int) -> np.ndarray:
    """Return the random signs r ``(P, n)`` of the probes, float32: the same for all trainings with so many images."""
    drawn = np.random.default_rng(SEED).integers(0, 2, (count, images))
    return np.where(drawn, 1, -1).astype(np.float32)


def share_held(derivatives: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Return about which part of ‖df/dw‖² a basis holds ``(k,)``, 0 to 1; 1 where the answer is 0.

    Its square root is about the correlation with the exact answer. By sixteen probes, what is missing is known within a third of itself.

    Args:
        derivatives: df/dw as far as it is held ``(k, n)``.
        answers: of the probes ``(k, P)``.
    """
    found = derivatives.astype(np.float64)
    missed = np.square(answers - found @ signs(answers.shape[1], found.shape[1]).T).mean(1)
    held = np.square(found).sum(1)
    return np.divide(held, held + missed, out=np.ones_like(held), where=held + missed > 0)


def rounded(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows ``(K, n)`` as int8 and the scale of each ``(K,)``."""
    scales = np.abs(rows).max(1, keepdims=True) / LARGEST
    steps = np.divide(rows, scales, out=np.zeros_like(rows), where=scales > 0).round()
    return steps.astype(np.int8), scales[:, 0].astype(np.float32)


def new_in(replays: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis ``(k, n)`` of what replays ``(k, n)`` span beyond the rows ``(K, n)`` of a basis so far.

    There are fewer than k rows where less is new; the one with the most of the replays comes first.
    """
    rest = replays.astype(np.float64)
    span = np.linalg.qr(before.astype(np.float64).T)[0]
    for _ in range(2):  # once leaves what rounding lets through
        rest = rest - rest @ span @ span.T
    _, values, rows = np.linalg.svd(rest, full_matrices=False)
    least = LEAST * np.square(replays, dtype=np.float64).sum()
    return rows[values**2 > least]


def principal_directions(gradients: np.ndarray, count: int) -> np.ndarray:
    """Return the first principal directions of gradients ``(m, q)``, float16, each times √q ``(count, q)``.

    They maximise Σ (u_k · ∂f)² over the gradients, which are not centred. There are fewer where the gradients span fewer.
    """
    products = np.zeros((len(gradients), len(gradients)))
    for part in np.array_split(np.arange(gradients.shape[1]), 1 + gradients.shape[1] // 4096):
        piece = gradients[:, part].astype(np.float64)
        products += piece @ piece.T
    values, vectors = np.linalg.eigh(products)
    kept = np.flatnonzero(values > LEAST * values[-1])[::-1][:count]
    mixing = vectors[:, kept] / np.sqrt(values[kept])
    mixing *= np.where(mixing[np.abs(mixing).argmax(0), np.arange(len(kept))] < 0, -1, 1)  # eigenvectors have no sign
    found = mixing.T.astype(np.float32) @ gradients
    return as_kept(found)[0]


def units(directions: np.ndarray) -> np.ndarray:
    """Return kept directions at length 1 ``(K, q)``, float32."""
    found = directions.astype(np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, lengths, out=found, where=lengths > 0)


def as_kept(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors ``(k, q)`` as float16, each times a number so that its own are about 1, and their lengths ``(k,)``."""
    lengths = np.linalg.norm(vectors, axis=1)
    found = np.divide(vectors, lengths[:, None], out=np.zeros_like(vectors), where=lengths[:, None] > 0)
    return (found * np.sqrt(vectors.shape[1])).astype(np.float16), lengths.astype(np.float32)
