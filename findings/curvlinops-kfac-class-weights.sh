#!/usr/bin/env bash
# curvlinops-for-pytorch 3.0.1 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: KFACLinearOperator and FisherMCLinearOperator stand for the curvature of the loss they are given; a CrossEntropyLoss with weights for
# classes or with label smoothing is that loss too (GGNLinearOperator takes both into account), or is refused, as other losses are.
# Seen: neither. Where K-FAC is exact (one layer, the same inputs for all) it should be the GGN. With class weights fisher_type TYPE2, and
# FisherMC, are the matrix without weights, to the last digit or up to sampling. MC, the default, squares the weight of the drawn
# label: off by five times the largest entry. With label smoothing of 0.1, which leaves the GGN as it is, MC draws whole labels and
# compares them with smoothed ones: off by nearly a fifth of the largest entry, however many samples are drawn. Nothing is said.
# So: give these operators the plain loss, label smoothing changes nothing in the GGN; and with class weights use GGNLinearOperator,
# with reduction="sum" (a weighted mean is taken batch by batch, so that batches of other labels change it).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install curvlinops-for-pytorch==3.0.1 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY'
import torch
from curvlinops import FisherMCLinearOperator, FisherType, GGNLinearOperator, KFACLinearOperator
from torch import nn

DRAWN = 2_000
torch.manual_seed(0)
image = torch.randn(4, dtype=torch.float64)
labels = torch.tensor([0] * 6 + [1] * 4 + [2] * 2)
data = [(image.repeat(12, 1), labels)]
model = nn.Linear(4, 3, bias=False).double()
weights = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64)
chances = (model.weight.detach() @ image).softmax(0)
outer = torch.outer(image, image)


def by_hand(weight):
    """Return the sum over images of weight (diag(p) - pp') x xx'."""
    return torch.kron((torch.diag(chances) - torch.outer(chances, chances)) * weight, outer)


def of_drawn(loss_gradient):
    """Return what the mean square of a loss's gradient over labels drawn from p comes to, for 12 images."""
    rows = torch.stack([loss_gradient(label) for label in range(3)])
    return torch.kron(12 * rows.T @ torch.diag(chances) @ rows, outer)


def dense(kind, loss, **given):
    operator = kind(model, loss, list(model.parameters()), data, **given)
    return operator @ torch.eye(12, dtype=torch.float64)


def kfac(loss, fisher_type, **given):
    return dense(KFACLinearOperator, loss, fisher_type=fisher_type, **given)


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


plain, weighted = by_hand(12), by_hand(weights[labels].sum())
loss = nn.CrossEntropyLoss(reduction="sum")
assert error(dense(GGNLinearOperator, loss), plain) < 1e-10, "changed: GGN of the plain loss"
assert error(kfac(loss, FisherType.TYPE2), plain) < 1e-10, "changed: TYPE2 of the plain loss"
assert error(kfac(loss, FisherType.MC, mc_samples=DRAWN), plain) < 0.05, "changed: MC of the plain loss"

loss = nn.CrossEntropyLoss(weight=weights, reduction="sum")
assert error(dense(GGNLinearOperator, loss), weighted) < 1e-10, "changed: GGN with class weights"
assert error(kfac(loss, FisherType.TYPE2), plain) < 1e-10, "changed: TYPE2 has class weights"
assert error(dense(FisherMCLinearOperator, loss, mc_samples=DRAWN), plain) < 0.05, "changed: FisherMC has class weights"
squared = of_drawn(lambda label: weights[label] * (chances - nn.functional.one_hot(torch.tensor(label), 3)))
found = kfac(loss, FisherType.MC, mc_samples=DRAWN)
assert error(found, squared) < 0.05, "changed: MC does not square the weights"
assert error(found, weighted) > 4, "changed: MC is near the GGN with class weights"
print(f"class weights: TYPE2 is off by {error(plain, weighted):.0%}, MC by {error(found, weighted):.0%} of the largest entry")

loss = nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")
assert error(dense(GGNLinearOperator, loss), plain) < 1e-10, "changed: GGN with label smoothing"
smoothed = of_drawn(lambda label: chances - 0.9 * nn.functional.one_hot(torch.tensor(label), 3) - 0.1 / 3)
found = kfac(loss, FisherType.MC, mc_samples=DRAWN)
assert error(found, smoothed) < 0.05, "changed: MC with label smoothing is something else"
assert error(found, plain) > 0.15, "changed: MC with label smoothing is near the GGN"

images = torch.randn(12, 4, dtype=torch.float64)
for reduction, changes in (("sum", False), ("mean", True)):
    loss = nn.CrossEntropyLoss(weight=weights, reduction=reduction)
    data = [(images, labels)]
    whole = dense(GGNLinearOperator, loss)
    data = list(zip(images.split(6), labels.split(6)))
    off = error(dense(GGNLinearOperator, loss), whole)
    assert (off > 0.02) if changes else (off < 1e-10), f"changed: {reduction} in batches is off by {off:.1e}"
print(f"as described: with label smoothing MC is off by {error(found, plain):.0%} of the largest entry")
PY
! grep -qiE "weight|smooth|loss" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
