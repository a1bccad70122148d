"""Cross-check in development: what captum computes of the same head; never needed at run time."""

import numpy as np
import pytest
import torch

from explorer.attribution import Curvature, Scorer, estimator
from explorer.attribution.tracin import descent
from explorer.models.head import fit
from tests.support.problems import Problem

PROBLEM = Problem("three", "contrasts are not classes", classes=3)


def ours(method):
    features, labels = PROBLEM.draw()
    score = Scorer(Curvature(fit(features, labels, PROBLEM.classes, PROBLEM.l2)), estimator(method))
    return score, score.exact(score.tests(*PROBLEM.tests()))


def captums(head, checkpoints, rate):
    """TracInCPFast over these weights ``(k, C, d)``, and the self-influence of training and test images."""
    influence = pytest.importorskip("captum.influence", reason="captum is a development extra")
    layer = torch.nn.Linear(head.train_features.shape[1], head.classes, bias=False).double()
    net = torch.nn.Sequential(layer)

    def load(model, weights):
        with torch.no_grad():
            model[0].weight.copy_(torch.from_numpy(weights))
        return rate

    def traced(features, labels):
        rows = torch.utils.data.TensorDataset(torch.from_numpy(features.copy()), torch.from_numpy(labels))
        return influence.TracInCPFast(
            net, layer, rows, list(checkpoints), load, torch.nn.CrossEntropyLoss(reduction="sum"), batch_size=8
        )

    features, targets = PROBLEM.tests()
    train = traced(np.asarray(head.train_features), head.train_labels)
    pairs = train.influence((torch.from_numpy(features), torch.from_numpy(targets)))
    own = [each.self_influence().numpy() for each in (train, traced(features, targets))]
    return pairs.numpy().T, own


def test_graddot_and_gradcos_are_captums():
    score, dots = ours("graddot")
    expected, (train, test) = captums(score.head, score.head.weights[None], 1.0)
    np.testing.assert_allclose(dots, expected, atol=1e-5 * np.abs(expected).max())
    cosines = expected / np.sqrt(np.outer(train, test))
    np.testing.assert_allclose(ours("gradcos")[1], cosines, atol=1e-5)


def test_tracin_is_captums_over_the_same_checkpoints():
    score, traced = ours("tracin")
    path, step = descent(score.curvature, score.estimator.checkpoints)
    expected, _ = captums(score.head, score.head.basis @ path, step)
    expected = expected / len(score.head.train_labels)
    np.testing.assert_allclose(traced, expected, atol=1e-5 * np.abs(expected).max())
