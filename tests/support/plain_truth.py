"""Slow twins of the agreement with retrainings: loops with SciPy's own functions."""

import numpy as np
from scipy.stats import spearmanr


def datamodeling_score(predicted, measured):
    """Mean over test images of SciPy's Spearman over subsets (Park et al. 2023, eq. 2)."""
    return np.mean([_rank(predicted[:, image], measured[:, image]) for image in range(predicted.shape[1])])


def resampled(blocks, resamples):
    """The 2.5 % and 97.5 % quantiles of resamples over images and subsets, one after another."""
    rng, images, found = np.random.default_rng(0), blocks[0][0].shape[1], []
    for _ in range(resamples):
        columns = rng.integers(images, size=images)
        drawn = [rng.integers(len(predicted), size=len(predicted)) for predicted, _ in blocks]
        parts = [
            datamodeling_score(predicted[rows][:, columns], measured[rows][:, columns])
            for (predicted, measured), rows in zip(blocks, drawn, strict=True)
        ]
        found.append(np.mean(parts))
    return np.quantile(found, [0.025, 0.975])


def _rank(x, y):
    return 0.0 if len(set(x)) == 1 or len(set(y)) == 1 else spearmanr(x, y).statistic
