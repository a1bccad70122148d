"""What a run's network says of all test images after a training without some of its images: trained once, and kept."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from explorer.core.files import lock, readable_errors
from explorer.core.progress import Progress
from explorer.models.smooth_cnn.retraining import retrained
from explorer.models.trained_here import by_epochs
from explorer.runs.whole_network.asked_pictures import all_test_pixels
from explorer.runs.whole_network.whole import WholeNetwork
from explorer.runs.whole_network.without import logits_without


def retrained_logits(network: WholeNetwork, rows: Sequence[int] | np.ndarray, progress: Progress) -> np.ndarray:
    """Return the logits ``(m, C)`` of the run's test images after a training without the training images ``rows``.

    First weights, order, mirroring and shifts are the run's. What is not kept is trained now; a training that was stopped goes on
    after its last whole epoch.

    Raises:
        ExplorerError: the run's training cannot be read, or the disk is full.
    """
    kept = logits_without(network.run.id, [*map(int, rows)])
    with lock(kept.path):
        return kept.get_or_compute(lambda: _trained(network, rows, kept.path.with_name(f".{kept.path.stem}"), progress))


def _trained(network: WholeNetwork, rows: Sequence[int] | np.ndarray, working: Path, progress: Progress) -> np.ndarray:
    training = network.recording.training
    shares = torch.ones(len(training.labels))
    shares[torch.as_tensor(np.asarray(rows))] = 0
    with readable_errors(working):
        working.mkdir(parents=True, exist_ok=True)
    again = retrained(training, shares, working, by_epochs(training, progress))
    with torch.no_grad():
        found = torch.cat([again(part) for part in all_test_pixels(network.run)]).numpy()
    shutil.rmtree(working, ignore_errors=True)
    return found
