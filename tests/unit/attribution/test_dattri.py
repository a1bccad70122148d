"""Cross-check in development: dattri's representer points of the same head; never needed at run time."""

import numpy as np
import pytest
import torch

from explorer.attribution import Curvature, Scorer, estimator
from explorer.models.head import fit
from tests.support.problems import PROBLEMS


def dattris(head, targets):
    """α ``(n, m)`` of dattri, which penalises λ'‖W‖² (so λ' = λ/2) and takes labels as the softmax of logits."""
    # Loaded here: it brings torch's compiler, three seconds for every worker that only collects this file.
    dattri = pytest.importorskip("dattri.algorithm.utils", reason="dattri is a development extra")

    def loss(outputs, labels):
        return -(labels * torch.log_softmax(outputs, dim=1)).sum()

    features, weights = (torch.from_numpy(np.array(part)) for part in (head.train_features, head.weights))
    certain = torch.from_numpy(1e3 * np.eye(head.classes)[head.train_labels])
    return dattri.get_rps_weight(weights, loss, features, certain, torch.from_numpy(targets), head.l2 / 2).numpy()


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_representer_points_are_dattris(problem):
    scorer = Scorer(Curvature(fit(*problem.draw(), problem.classes, problem.l2)), estimator("representer"))
    features, targets = problem.tests()
    expected = dattris(scorer.head, targets) * (scorer.head.train_features @ features.T)
    scores = scorer.exact(scorer.tests(features, targets))
    np.testing.assert_allclose(scores, expected, atol=1e-5 * np.abs(expected).max())
