#!/usr/bin/env bash
# nngeometry 0.4 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: Hessian(model, loader, representation, function) is to the Hessian what FIM(model, loader, representation) is to the Fisher matrix:
# a mean over the loader's data, of which batch_size is a matter of memory. For softmax regression the two are the same matrix.
# Seen: only in one batch. The batches' Hessians are added up and nothing is divided; with a mean loss (the usual one) the matrix is as many
# times too large as the loader has batches, and an incomplete last batch weighs as much as a full one; FIM agrees with the
# exact matrix to 1e-5 for all of these. So a damping added to it (solve(regul=...)) weighs less the smaller the batches. Nothing is said.
# FIM has its own: with drop_last=True it divides by all of the data, those left out included.
# So: a loss with reduction="sum", and divide the matrix by the number of images, which gives the exact one for any batch_size.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install nngeometry==0.4 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY'
import torch
from nngeometry.hessian import Hessian
from nngeometry.metrics import FIM
from nngeometry.object import PMatDense
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

COUNT = 60
torch.manual_seed(0)
images, labels = torch.randn(COUNT, 4), torch.arange(COUNT) % 3
model = nn.Linear(4, 3, bias=False)


def by_hand(images):
    """Return the mean of (diag(p) - pp') x xx' in float64: Hessian and Fisher matrix of softmax regression alike."""
    inputs = images.double()
    chances = (inputs @ model.weight.detach().double().T).softmax(1)
    middle = torch.diag_embed(chances) - chances[:, :, None] * chances[:, None]
    return torch.einsum("nce,nd,nf->cdef", middle, inputs, inputs).reshape(12, 12) / len(images)


def loader(size, **given):
    return DataLoader(TensorDataset(images.clone(), labels), batch_size=size, **given)


def hessian(size, reduction="mean"):
    def loss(logits, labels):
        return nn.functional.cross_entropy(logits, labels, reduction=reduction)

    return Hessian(model, loader(size), PMatDense, function=loss).to_torch()


def error(found, wanted):
    return float((found.detach().double() - wanted).abs().max() / wanted.abs().max())


exact = by_hand(images)
for size in (60, 20, 15, 6):
    batches = COUNT // size
    assert error(FIM(model, loader(size), PMatDense).to_torch(), exact) < 1e-5, f"changed: FIM in batches of {size}"
    assert error(hessian(size), batches * exact) < 1e-5, f"changed: in batches of {size} it is not {batches} times as large"
    assert error(hessian(size, "sum") / COUNT, exact) < 1e-5, f"changed: the sum over images in batches of {size}"
uneven = sum(by_hand(part) for part in images.split(25))
assert error(hessian(25), uneven) < 1e-5, "changed: batches of 25, 25 and 10 weigh otherwise"
assert error(hessian(25) / 3, exact) > 0.01, "changed: the incomplete batch weighs less"
seen = FIM(model, loader(40, drop_last=True), PMatDense).to_torch()
assert error(seen, by_hand(images[:40]) * 40 / COUNT) < 1e-5, "changed: drop_last is counted otherwise"
print("as described: batches of 60, 20, 15 and 6 give 1, 3, 4 and 10 times the Hessian")
PY
! grep -qiE "batch|hessian" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
