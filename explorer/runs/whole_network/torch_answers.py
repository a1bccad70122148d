"""What of a run's whole network needs torch: its logits, and answers to questions as tensors."""

import numpy as np
import torch

from explorer.attribution.replays import Probes, ReplayBasis, share_held
from explorer.attribution.whole_network import Questions, Recording
from explorer.attribution.whole_network.replay_basis import gradients
from explorer.runs.run import Run
from explorer.runs.whole_network.asked import Answer
from explorer.runs.whole_network.asked_pictures import PART, all_test_pixels


@torch.no_grad()
def logits_of(run: Run, recording: Recording, pixels: np.ndarray | None) -> np.ndarray:
    """Return the network's logits ``(m, C)`` of pictures as it is given them, or of all test images where None."""
    parts = all_test_pixels(run) if pixels is None else iter(torch.from_numpy(pixels).split(PART))
    network, end = recording.training.network, recording.end
    return torch.cat([network.logits(end.theta, end.statistics, part) for part in parts]).numpy()


def by_basis(basis: ReplayBasis, probes: Probes, recording: Recording, questions: Questions) -> Answer:
    """Return scores by a basis: one backward pass and one product."""
    asked = gradients(recording, questions)
    found = basis.derivatives(basis.coefficients(asked))
    return Answer(-found, float(share_held(found[:1], probes.answers(asked[:1]))[0]))
