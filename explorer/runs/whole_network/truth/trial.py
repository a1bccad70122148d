"""A removal from a run of ``small-cnn-smooth``: what the whole network was predicted to say, and what it says, trained again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from explorer.core.progress import Progress
from explorer.runs.results.removal_trials import Trial
from explorer.runs.run import Run
from explorer.runs.whole_network.asked import Asked
from explorer.runs.whole_network.asked_pictures import all_test_pixels, test_pixels
from explorer.runs.whole_network.kept_basis import load_basis
from explorer.runs.whole_network.kept_files import load_epochs
from explorer.runs.whole_network.network_outputs import losses
from explorer.runs.whole_network.whole import WholeNetwork, whole_of
from explorer.runs.whole_network.without import logits_without

# What predicts where neither the exact derivative nor a basis is kept.
QUICK = "linearised"


@dataclass(frozen=True)
class WholeTrial(Trial):
    """A trial whose figures are those of the network's own last layer, not of the head that the run fitted.

    Attributes:
        predicted_by: the method whose scores were summed: the exact derivative where it is kept, else the basis, else the
            linearised training.
    """

    predicted_by: str


def predicted_change(run: Run, index: int, rows: Sequence[int] | np.ndarray, progress: Progress) -> tuple[float, str]:
    """Return the change of a test image's loss that is predicted without some training images, nats, and by which method.

    Raises:
        ExplorerError: the run's training cannot be read, or the disk is full.
    """
    network, asked = whole_of(run), Asked([int(run.test_labels[index])], [index])
    method = _best_kept(network, asked)
    scores = network.answer(asked, method, progress).scores[0]
    return float(scores[np.asarray(rows)].sum(dtype=np.float64)), method


def _best_kept(network: WholeNetwork, asked: Asked) -> str:
    if load_epochs(network.folder, asked.names) is not None:
        return "unrolled"
    if network.run.manifest.finetune:
        return "unrolled"
    return QUICK if load_basis(network.folder) is None else "replay-basis"


@torch.no_grad()
def keep_logits(run: Run, rows: Sequence[int] | np.ndarray, network: nn.Module) -> None:
    """Keep what a network that was trained without ``rows`` says of all test images.

    Raises:
        ExplorerError: the disk is full or cannot be written.
    """
    logits = torch.cat([network(pixels) for pixels in all_test_pixels(run)])
    logits_without(run.id, [*map(int, rows)]).save(logits.numpy())


def whole_trial(
    run: Run, index: int, rows: np.ndarray, predicted: tuple[float, str], network: nn.Module, seconds: float
) -> WholeTrial:
    """Return the trial of a removal: the run's network on a test image beside another one, trained without ``rows``."""
    with torch.no_grad():
        after = network(test_pixels(run, [index])).numpy()
    both = np.concatenate([whole_of(run).logits[[index]], after])
    before, changed = losses(both, [int(run.test_labels[index])] * 2).tolist()
    labels = [run.class_names[label] for label in both.argmax(axis=1)]
    return WholeTrial(
        test=index,
        removed=rows.tolist(),
        predicted_loss_change=predicted[0],
        measured_loss_change=changed - before,
        probability_before=float(np.exp(-before)),
        probability_after=float(np.exp(-changed)),
        label_before=labels[0],
        label_after=labels[1],
        seconds=seconds,
        predicted_by=predicted[1],
    )
