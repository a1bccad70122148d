#!/usr/bin/env bash
# captum 0.9.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: hessian_dataset of the influence functions ("the dataset used for calculating the Hessian. It should be smaller than train_dataset")
# makes scores rougher and leaves their size: the mean Hessian of a tenth of the images is about that of all.
# Seen: the Hessian is the sum over its images, divided by nothing, and gradients are those of single images. With all training images a
# score is therefore what leaving one out changes, 1/n included. With a tenth of them it is ten times as large, with a fifth five times,
# and hessian_reg, added to the sum, weighs as much more. Rankings stay. Nothing is said.
# So: multiply by len(hessian_dataset) / len(train_dataset), and give hessian_reg the penalty times len(hessian_dataset).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install captum==0.9.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY'
import torch
from captum.influence._core.arnoldi_influence_function import ArnoldiInfluenceFunction
from captum.influence._core.influence_function import NaiveInfluenceFunction
from torch import nn
from torch.utils.data import TensorDataset

PENALTY = 0.02
torch.manual_seed(0)
few = torch.randn(20, 5, dtype=torch.float64)
pixels = few.repeat(10, 1)  # ten copies of each: a tenth of the images has exactly the mean Hessian of all
labels = (few[:, 0] + 0.5 * torch.randn(20) > 0).long().repeat(10)
asked = (few[:3] + 0.1, labels[:3])
model = nn.Sequential(nn.Linear(5, 2, bias=False)).double().eval()
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=200)


def closure():
    optimizer.zero_grad()
    value = nn.functional.cross_entropy(model(pixels), labels) + PENALTY / 2 * model[0].weight.square().sum()
    value.backward()
    return value


optimizer.step(closure)


def expected():
    """Return (1/n) g_test (mean Hessian + penalty)^-1 g_train, without autograd."""
    chances = model(pixels).softmax(1).detach()
    gradients = torch.einsum("nc,nd->ncd", chances - nn.functional.one_hot(labels, 2), pixels).flatten(1)
    curvature = torch.diag_embed(chances) - chances[:, :, None] * chances[:, None]
    hessian = torch.einsum("nce,nd,nf->cdef", curvature, pixels, pixels).reshape(10, 10) / 200
    of_test = model(asked[0]).softmax(1).detach() - nn.functional.one_hot(asked[1], 2)
    of_test = torch.einsum("nc,nd->ncd", of_test, asked[0]).flatten(1)
    return of_test @ torch.linalg.solve(hessian + PENALTY * torch.eye(10).double(), gradients.T) / 200


def scores(kind, count):
    given = {"loss_fn": nn.CrossEntropyLoss(reduction="none"), "batch_size": 200, "hessian_reg": PENALTY * count}
    given |= {"checkpoints_load_func": lambda network, path: 1.0}
    hessian = TensorDataset(pixels[:count], labels[:count])
    return kind(model, TensorDataset(pixels, labels), "unused", hessian_dataset=hessian, **given).influence(asked)


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


for count in (200, 40, 20):
    off = error(scores(NaiveInfluenceFunction, count), expected() * 200 / count)
    assert off < 1e-4, f"changed: with {count} of 200 images scores are not {200 / count:g} times as large, off by {off:.1e}"
whole, tenth = scores(ArnoldiInfluenceFunction, 200), scores(ArnoldiInfluenceFunction, 20)
print("Arnoldi: a tenth of the images gives", float(tenth.norm() / whole.norm()), "times the scores")
print("as described: with a fifth and a tenth of the images for the Hessian five and ten times the scores")
PY
! grep -qi "hessian" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
