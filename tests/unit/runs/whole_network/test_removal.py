"""A whole network trained again without some images, beside what was predicted of it."""

import numpy as np
import pytest
import torch

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.runs.results import retraining
from explorer.runs.results.removal_trials import from_scratch
from explorer.runs.whole_network.asked import Answer
from explorer.runs.whole_network.asked_pictures import test_pixels as pixels_of
from explorer.runs.whole_network.whole import WholeNetwork, whole_of

TEST, REMOVED = 3, [1, 5]


def test_a_training_without_images_is_measured_by_the_network_s_own_loss_beside_the_sum_of_their_scores(
    smooth_run, monkeypatch
):
    scores = np.linspace(-1, 2, len(smooth_run.train_labels))[None]
    monkeypatch.setattr(WholeNetwork, "answer", lambda *_: Answer(scores))
    trial = retraining.retrain(smooth_run, TEST, REMOVED, silent)
    recording = whole_of(smooth_run).recording
    shares = torch.ones(len(smooth_run.train_labels))
    shares[REMOVED] = 0
    training, pixels = recording.training, pixels_of(smooth_run, [TEST])
    target = torch.tensor(smooth_run.test_labels[[TEST]])
    ends = (recording.end, training.run(shares=shares))
    logits = [training.network.logits(end.theta, end.statistics, pixels) for end in ends]
    before, after = (torch.nn.functional.cross_entropy(each, target).item() for each in logits)
    assert trial.measured_loss_change == pytest.approx(after - before, abs=1e-5)
    assert abs(after - before) > 1e-4
    assert trial.probability_before == pytest.approx(np.exp(-before), abs=1e-5)
    assert trial.predicted_loss_change == pytest.approx(scores[0, REMOVED].sum())
    assert (2, trial.predicted_loss_change, trial.measured_loss_change) in from_scratch(smooth_run.id, TEST)


def test_a_removal_that_leaves_a_class_empty_is_refused(smooth_run):
    rows = np.flatnonzero(smooth_run.train_labels == 0).tolist()
    with pytest.raises(ExplorerError, match="leave a class without any training image"):
        retraining.retrain(smooth_run, TEST, rows, silent)
