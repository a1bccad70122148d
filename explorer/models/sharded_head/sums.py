"""What one shard adds to risks, gradients and Hessians: tasks of an engine, pure functions of files.

All weights here are W ``(k, C, d)``, logits as they are, without contrasts, and of k risks at once; the caller multiplies by B. A shard
is named by its table's folder, its number, the checksum of its features and its first row; ``rows`` is a file ``(n, 2)`` int32 of all
labels and groups: risk j leaves out the rows of group j, and every risk those of group −1.
"""

from collections.abc import Iterator

import numpy as np

from explorer.core.object_store import found, path_of
from explorer.engine import Arrays
from explorer.shards.table import FEATURES, file_of, intact

# Numbers of features, or of logits, that are held at once in float64 (32 MB).
PIECE = 4_000_000
# Group of rows that no risk counts.
NOWHERE = -1
# Features, labels and groups of some rows at a time.
Blocks = Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]


def slopes(folder: str, place: int, checksum: str, start: int, rows: str, weights: str) -> Arrays:
    """Return Σ_i of the losses and gradients that each risk counts.

    Returns:
        ``losses`` ``(k,)`` nats, ``held`` ``(k,)`` nats of the rows that it leaves out, ``gradient`` Σ (p_i − y_i) ⊗ h_i ``(k, C, d)``, and
        ``spread`` Σ (1 − ‖p_i‖²) ``(k,)``.
    """
    w = np.load(found(weights))
    k, classes, d = w.shape
    total = {"losses": np.zeros(k), "held": np.zeros(k), "gradient": np.zeros(w.shape), "spread": np.zeros(k)}
    for block, labels, groups in pieces(folder, place, checksum, start, rows, w.size // d):
        counted, places = _counted(groups, k), np.arange(len(labels))
        log_p = log_probabilities(logits_of(w, block))
        losses = -log_p[:, labels, places]
        total["losses"] += (losses * counted).sum(axis=1)
        total["held"] += (losses * (groups == np.arange(k)[:, None])).sum(axis=1)
        p = np.exp(log_p, out=log_p)
        total["spread"] += ((1 - np.einsum("kcr,kcr->kr", p, p)) * counted).sum(axis=1)
        p[:, labels, places] -= 1
        p *= counted[:, None]
        total["gradient"] += (p.reshape(k * classes, -1) @ block).reshape(w.shape)
    return total


def products(folder: str, place: int, checksum: str, start: int, rows: str, weights: str, directions: str) -> Arrays:
    """Return ``product`` Σ_i ((diag(p_i) − p_i p_iᵀ) V h_i) ⊗ h_i ``(k, C, d)`` for directions V ``(k, C, d)``, at weights W."""
    w, v = np.load(found(weights)), np.load(found(directions))
    k, classes, d = w.shape
    total = np.zeros(w.shape)
    for block, _, groups in pieces(folder, place, checksum, start, rows, 2 * w.size // d):
        logits, change = np.split(logits_of(np.concatenate([w, v]), block), 2)
        p = np.exp(log_probabilities(logits))
        change -= np.einsum("kcr,kcr->kr", p, change)[:, None]
        change *= p
        change *= _counted(groups, k)[:, None]
        total += (change.reshape(k * classes, -1) @ block).reshape(w.shape)
    return {"product": total}


def hessian(folder: str, place: int, checksum: str, start: int, rows: str, weights: str) -> Arrays:
    """Return ``hessian`` Σ_i 2 p_i (1 − p_i) h_i h_iᵀ ``(d, d)`` of the first risk for two classes, in the one contrast.

    With B = (1, −1)/√2 it is Bᵀ(diag(p) − ppᵀ)B = 2 p_0 p_1.
    """
    return _hessian(pieces(folder, place, checksum, start, rows, 2), np.load(found(weights)))


def rough_hessian(folder: str, place: int, checksum: str, start: int, rows: str, weights: str) -> Arrays:
    """Return :func:`hessian` of products in float32, of which each piece is added in float64."""
    return _hessian(
        pieces(folder, place, checksum, start, rows, 2, np.float32), np.load(found(weights)).astype(np.float32)
    )


def _hessian(blocks: Blocks, w: np.ndarray) -> Arrays:
    total = np.zeros((w.shape[2],) * 2)
    for block, _, groups in blocks:
        p = np.exp(log_probabilities(logits_of(w[:1], block)))[0]
        rooted = block * np.sqrt(2 * p[0] * p[1] * _counted(groups, 1)[0])[:, None]
        total += rooted.T @ rooted
    return {"hessian": total}


def moments(folder: str, place: int, checksum: str, start: int, rows: str) -> Arrays:
    """Return ``moments`` Σ_i h_i h_iᵀ ``(d, d)`` of all rows, for a preconditioner."""
    total = np.zeros(())
    for block, _, _ in pieces(folder, place, checksum, start, rows, 1):
        total = total + block.T @ block
    return {"moments": total}


def pieces(
    folder: str, place: int, checksum: str, start: int, rows: str, columns: int, dtype: type = np.float64
) -> Blocks:
    """Yield features ``(r, d)`` in ``dtype``, labels and groups ``(r,)``, so few that ``columns`` numbers of each row may be held."""
    half = intact(file_of(path_of(folder), FEATURES, place), checksum)
    said = np.load(found(rows), mmap_mode="r")[start : start + len(half)]
    height = max(1, PIECE // max(half.shape[1], columns))
    for first in range(0, len(half), height):
        own = np.asarray(said[first : first + height])
        yield half[first : first + height].astype(dtype), own[:, 0], own[:, 1]


def _counted(groups: np.ndarray, k: int) -> np.ndarray:
    """Return which rows each risk counts, ``(k, r)``."""
    return (groups != np.arange(k)[:, None]) & (groups != NOWHERE)


def logits_of(weights: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Return W h_i ``(k, C, r)``: rows lie side by side, so that what is done for each class is done for many rows at once."""
    k, classes, d = weights.shape
    return (weights.reshape(-1, d) @ block.T).reshape(k, classes, -1)


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """Return log softmax over the classes, in the place of the logits."""
    logits -= logits.max(axis=1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logits
