"""Rows in eight bits for a first scan, each with its scale and the exact length of what the rounding took away."""

import numpy as np

# The largest of the whole numbers that a row's largest entry becomes; −128 is not used, so that signs are alike.
LEVELS = 127


def quantised(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows ``(r, d)`` as whole numbers q ``(r, d)`` int8, and scale and error ``(r, 2)`` float32.

    Row i is about scale_i · q_i, and the error is ‖row_i − scale_i q_i‖ or a little more, never less. So for any u
    |⟨row_i, u⟩ − scale_i ⟨q_i, u⟩| ≤ error_i ‖u‖ (Cauchy–Schwarz).
    """
    rows = np.asarray(features, dtype=np.float64)
    scales = np.abs(rows).max(axis=1, initial=0).astype(np.float32) / np.float32(LEVELS)
    exact = np.where(scales > 0, scales, 1).astype(np.float64)[:, None]
    whole = np.clip(np.rint(rows / exact), -LEVELS, LEVELS)
    errors = np.linalg.norm(rows - whole * exact, axis=1)
    return whole.astype(np.int8), np.column_stack([scales, _above(errors)])


def _above(numbers: np.ndarray) -> np.ndarray:
    """Return float32 numbers that are no less than these, the rounding of the norm's own d + 2 operations included."""
    raised = (numbers * (1 + 1e-12)).astype(np.float32)
    return np.where(numbers > 0, np.nextafter(raised, np.float32(np.inf)), np.float32(0))
