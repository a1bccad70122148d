"""Features on one scale: every column with mean 0 and deviation 1 over the training images, and the bias column; no torch."""

import numpy as np


def standardisation(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and deviation ``(d,)`` in float64 of the training features; a deviation of 0 is taken as 1."""
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    return mean, np.where(deviation > 0, deviation, 1.0)


def standardised(features: np.ndarray, mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Return ``(n, d + 1)`` float64: standardised features and, last, the bias column of ones."""
    return np.column_stack([(features - mean) / deviation, np.ones(len(features))])
