#!/usr/bin/env bash
# pyDVL 0.10.0 beside torch 2.13.0 and NumPy 1.26.4 (pyDVL wants NumPy below 2), Python 3.11, seen 2026-11-30.
#
# Guess: EkfacInfluence ("employs the EK-FAC method", for cross entropy) takes as the second of its two covariances that of
# the gradients with labels drawn from the network: for one image the mean is diag(p) - pp'.
# Seen: all classes go back in one pass, weighted by the root of their probability, and the sum of their gradients is squared instead of the
# gradients one by one. The mixed terms that this leaves in take curvature away where the network is unsure: of an image whose classes are
# all equally likely nothing is left, of a sure one nearly all. Logistic regression, three classes: influences agree to 1e-3 with that sum
# and are more than twice the largest off from EK-FAC's, also with update_diagonal=True, and for a network whose weights are all 0
# they are the plain products of gradients over the regularisation, as if there were no curvature. Nothing is said.
# So: DirectInfluence, CgInfluence or ArnoldiInfluence, which agree with the dense Hessian.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install "pydvl[influence]==0.10.0" torch==2.13.0 numpy==1.26.4
venv/bin/python - 2>said.txt <<'PY'
import torch
from pydvl.influence.torch import EkfacInfluence
from pydvl.influence.types import InfluenceMode
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PENALTY, COUNT = 0.02, 90
torch.manual_seed(0)
pixels = torch.randn(COUNT, 4)
labels = (pixels @ torch.randn(4, 3) + 2 * torch.randn(COUNT, 3)).argmax(1)
asked = (pixels[:5] + 0.1, labels[:5])
inputs = torch.cat([pixels, torch.ones(COUNT, 1)], 1).double()


def trained():
    model = nn.Sequential(nn.Linear(4, 3))
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=200)

    def closure():
        optimizer.zero_grad()
        penalty = PENALTY / 2 * sum(p.square().sum() for p in model.parameters())
        loss = nn.functional.cross_entropy(model(pixels), labels) + penalty
        loss.backward()
        return loss

    optimizer.step(closure)
    return model


def gradients(model, images, labels):
    """Return each image's gradient (n, 3, 5): the bias is an input that is always 1."""
    error = model(images).softmax(1).detach() - nn.functional.one_hot(labels, 3)
    return torch.einsum("nc,nd->ncd", error, torch.cat([images, torch.ones(len(images), 1)], 1)).flatten(1).double()


def covariances(model):
    """Return the mean of diag(p) - pp', and the mean of the squared sum of gradients weighted by the root of p."""
    chances = model(pixels).softmax(1).detach().double()
    summed = chances.sqrt() - chances.sqrt().sum(1, keepdim=True) * chances
    right = torch.diag(chances.mean(0)) - chances.T @ chances / COUNT
    return right, summed.T @ summed / COUNT


def expected(model, covariance):
    matrix = torch.kron(covariance, inputs.T @ inputs / COUNT) + PENALTY * torch.eye(15).double()
    return gradients(model, *asked) @ torch.linalg.solve(matrix, gradients(model, pixels, labels).T)


def of_library(model, **given):
    fitted = EkfacInfluence(model, hessian_regularization=PENALTY, **given).fit(DataLoader(TensorDataset(pixels, labels), COUNT))
    return fitted.influences(*asked, pixels, labels, mode=InfluenceMode.Up).double()


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


model = trained()
right, summed = covariances(model)
plain, corrected = of_library(model), of_library(model, update_diagonal=True)
assert error(plain, expected(model, summed)) < 1e-3, "changed: it is not the sum over classes that is squared"
for found in (plain, corrected):
    assert error(found, expected(model, right)) > 2, "changed: it is near the covariance of drawn labels"
untrained = nn.Sequential(nn.Linear(4, 3))
nn.init.zeros_(untrained[0].weight)
nn.init.zeros_(untrained[0].bias)
without = gradients(untrained, *asked) @ gradients(untrained, pixels, labels).T / PENALTY
assert error(of_library(untrained), without) < 1e-3, "changed: an unsure network has curvature"
assert error(expected(untrained, covariances(untrained)[0]), without) > 0.5, "changed: EK-FAC of it has none"
print(f"as described: off by {error(plain, expected(model, right)):.1f} times the largest influence")
PY
! grep -qiE "fisher|curvature|unsure" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
