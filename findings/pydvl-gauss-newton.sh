#!/usr/bin/env bash
# pyDVL 0.10.0 beside torch 2.13.0 and NumPy 1.26.4 (pyDVL wants NumPy below 2), Python 3.11, seen 2026-11-30.
#
# Guess: influence with second_order_mode=GAUSS_NEWTON takes the mean over the training data of each gradient times itself (1/|b| in the
# documentation), whatever the loader's batch_size, and DirectInfluence and CgInfluence agree, as they do with the Hessian.
# Seen: neither. DirectInfluence leaves the first batch out of its count and counts the columns of the matrix for each other batch: one batch
# of all data is divided by 0 and every influence is NaN; of k batches the sum is divided by (k - 1) times the number of parameters.
# CgInfluence, for one batch, takes the documented matrix over the number of parameters (a tenth of it here), while the regularisation stays
# what it was. So the two differ by more than the largest influence, and both change with batch_size. Nothing is said.
# With the Hessian both agree with the dense solution to 1e-6.
# So: SecondOrderMode.HESSIAN, its default.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install "pydvl[influence]==0.10.0" torch==2.13.0 numpy==1.26.4
venv/bin/python - 2>said.txt <<'PY'
import torch
from pydvl.influence.torch import CgInfluence, DirectInfluence
from pydvl.influence.torch.util import SecondOrderMode
from pydvl.influence.types import InfluenceMode
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PENALTY, COUNT, PARAMETERS = 0.05, 60, 10
torch.manual_seed(0)
pixels = torch.randn(COUNT, 4, dtype=torch.float64)
labels = (pixels[:, 0] + 0.5 * torch.randn(COUNT) > 0).long()
asked = (pixels[:5] + 0.1, labels[:5])
model = nn.Linear(4, 2).double()
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=200)


def closure():
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(pixels), labels) + PENALTY / 2 * sum(p.square().sum() for p in model.parameters())
    loss.backward()
    return loss


optimizer.step(closure)
chances = model(pixels).softmax(1).detach()
inputs = torch.cat([pixels, torch.ones(COUNT, 1)], 1)


def gradients(images, labels):
    """Return each image's gradient, the weights before the biases, as the library flattens them."""
    error = model(images).softmax(1).detach() - nn.functional.one_hot(labels, 2)
    return torch.cat([torch.einsum("nc,nd->ncd", error, images).flatten(1), error], 1)


of_train, of_test = gradients(pixels, labels), gradients(*asked)
gauss_newton = of_train.T @ of_train / COUNT
curvature = torch.diag_embed(chances) - chances[:, :, None] * chances[:, None]
hessian = torch.einsum("nce,nd,nf->cdef", curvature, inputs, inputs).reshape(10, 10) / COUNT
order = torch.tensor([0, 1, 2, 3, 5, 6, 7, 8, 4, 9])  # from the weights and bias of each class to weights before biases
hessian = hessian[order][:, order]


def dense(matrix):
    return of_test @ torch.linalg.solve(matrix + PENALTY * torch.eye(PARAMETERS).double(), of_train.T)


def of_library(kind, mode, size, **given):
    loader = DataLoader(TensorDataset(pixels, labels), batch_size=size)
    fitted = kind(model, nn.functional.cross_entropy, regularization=PENALTY, second_order_mode=mode, **given).fit(loader)
    return fitted.influences(*asked, pixels, labels, mode=InfluenceMode.Up)


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


exact = {"rtol": 1e-9, "atol": 1e-12}
for size in (60, 20):
    assert error(of_library(DirectInfluence, SecondOrderMode.HESSIAN, size), dense(hessian)) < 1e-6, "changed: the Hessian"
    assert error(of_library(CgInfluence, SecondOrderMode.HESSIAN, size, **exact), dense(hessian)) < 1e-6, "changed: the Hessian"
mode = SecondOrderMode.GAUSS_NEWTON
assert of_library(DirectInfluence, mode, 60).isnan().all(), "changed: one batch gives numbers"
for size in (30, 20, 10):
    factor = COUNT / ((COUNT / size - 1) * PARAMETERS)
    off = error(of_library(DirectInfluence, mode, size), dense(factor * gauss_newton))
    assert off < 1e-6, f"changed: batches of {size} are off by {off:.1e} from {factor:g} times the matrix"
    print(f"DirectInfluence, batches of {size}: {factor:g} times the matrix, so influences are off by", end=" ")
    print(f"{error(dense(factor * gauss_newton), dense(gauss_newton)):.0%} of the largest")
conjugate = of_library(CgInfluence, mode, 60, **exact)
assert error(conjugate, dense(gauss_newton / PARAMETERS)) < 1e-6, "changed: CgInfluence takes another matrix"
assert error(conjugate, dense(gauss_newton)) > 1, "changed: CgInfluence is near the documented matrix"
for size in (20, 10):
    assert error(of_library(CgInfluence, mode, size, **exact), conjugate) > 0.1, "changed: batch_size does not matter"
print("as described: no batch size gives the mean over the training data")
PY
! grep -qiE "nan|divi|gauss" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
