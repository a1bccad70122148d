"""Many features drawn as points on a plane: principal components, and t-SNE on fifty of them."""

import contextlib
import io
import re
from collections.abc import Callable

import numpy as np

from explorer.core.progress import Progress, silent

# What t-SNE starts from: its authors' number; the components after the fiftieth are mostly noise, and cost time.
COMPONENTS = 50
# Neighbours that an image is compared with, and steps; scikit-learn's own choice, which are van der Maaten's.
PERPLEXITY, STEPS = 30.0, 1000
_STEP = re.compile(r"Iteration (\d+)")


def principal(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates ``(n + m, k)`` float32 on the training features' first principal components, k ≤ 50.

    Args:
        train: ``(n, d)``; they alone decide the directions.
        test: ``(m, d)``.

    Returns:
        The coordinates, training images first, and the share of the variance that each component has ``(k,)``.
    """
    from sklearn.decomposition import PCA  # reading a finished projection needs no scikit-learn

    fitted = PCA(min(COMPONENTS, *train.shape), svd_solver="covariance_eigh").fit(train)
    places = [fitted.transform(side).astype(np.float32) for side in (train, test)]
    return np.concatenate(places), fitted.explained_variance_ratio_


def tsne(components: np.ndarray, progress: Progress = silent, steps: int = STEPS) -> np.ndarray:
    """Return places ``(n, 2)`` float32 where alike images lie together (van der Maaten & Hinton 2008; seed 0).

    Args:
        components: ``(n, k)`` principal components, n ≥ 4.
        progress: told every fifty steps; the standard output is listened to meanwhile, so call it in no server.
        steps: of the descent.
    """
    from sklearn.manifold import TSNE  # as above

    perplexity = min(PERPLEXITY, (len(components) - 1) / 3)
    method = TSNE(2, perplexity=perplexity, init="pca", random_state=0, max_iter=steps, verbose=2)
    with contextlib.redirect_stdout(_ProgressOutput(lambda done: progress("Layout by t-SNE", done, steps))):
        places = method.fit_transform(components)
    progress("Layout by t-SNE", steps, steps)
    return places.astype(np.float32)


class _ProgressOutput(io.TextIOBase):
    """A standard output that reports the steps which scikit-learn prints; it has no other way to follow its progress."""

    def __init__(self, report: Callable[[int], None]) -> None:
        self.report = report

    def write(self, text: str) -> int:
        step = _STEP.search(text)
        if step:
            self.report(int(step[1]))
        return len(text)
