#!/usr/bin/env bash
# backpack-for-pytorch 1.7.1 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: what backpack has no rule for is refused, as count_include_pad=False, ceil_mode, class weights and SiLU are; so DiagGGNExact and
# BatchGrad of a network that goes through are right. AvgPool2d with divisor_override=1, PyTorch's way to sum up, goes through.
# Seen: divisor_override is not looked at. What lies before the sum gets the curvature of a mean over windows: of 2 x 2 windows diag_ggn_exact is
# a sixteenth of what it is, while layers behind it, loss and gradients are right, so that layers of one network are held against one
# another by a factor of 16. Of a Conv2d with padding_mode="reflect", "replicate" or "circular" both diag_ggn_exact and grad_batch are those
# of zeros: off by 30 to 58 % of the largest, and the rows of grad_batch do not add up to grad. Nothing is said.
# So: nn.AvgPool2d(2) and a factor, backpack.custom_module.scale_module.ScaleModule(4), which agrees; nn.ZeroPad2d is all the padding there is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install backpack-for-pytorch==1.7.1 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from backpack import backpack, extend
from backpack.custom_module.scale_module import ScaleModule
from backpack.extensions import BatchGrad, DiagGGNExact
from torch import nn

IMAGES = torch.randn(5, 2, 6, 6, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(5) % 3


def network(*layers, features):
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 3))


def by_autograd(model):
    """Return for each parameter the diagonal of the sum over images of J'(diag(p) - pp')J, and each image's gradient."""
    parameters, diagonals, rows = list(model.parameters()), [], []
    for image, label in zip(IMAGES, LABELS):
        logits = model(image[None])[0]
        parts = [torch.autograd.grad(logit, parameters, retain_graph=True) for logit in logits]
        chances = logits.softmax(0).detach()
        hessian = torch.diag(chances) - torch.outer(chances, chances)
        jacobians = [torch.stack(rows_of_one) for rows_of_one in zip(*parts)]
        diagonals.append([torch.einsum("c...,cd,d...->...", each, hessian, each) for each in jacobians])
        back = chances - nn.functional.one_hot(label, 3)
        rows.append([torch.einsum("c...,c->...", each, back) for each in jacobians])
    return [sum(each) for each in zip(*diagonals)], [torch.stack(each) for each in zip(*rows)]


def by_backpack(model, *extensions):
    model, loss = extend(model), extend(nn.CrossEntropyLoss(reduction="sum"))
    with backpack(*extensions):
        loss(model(IMAGES), LABELS).backward()
    return list(model.parameters())


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


def made(*layers, features):
    torch.manual_seed(0)
    return network(nn.Conv2d(2, 4, 3), *layers, features=features)


mean, total = (nn.AvgPool2d(2), ScaleModule(4.0)), (nn.AvgPool2d(2, divisor_override=1),)
for name, layers, factor in (("mean and factor", mean, 1), ("sum", total, 16)):
    model = made(*layers, features=16)
    wanted, rows = by_autograd(model)
    weight, bias, *last = by_backpack(model, DiagGGNExact(), BatchGrad())
    for each, right in ((weight, wanted[0]), (bias, wanted[1])):
        assert error(each.diag_ggn_exact * factor, right) < 1e-5, f"changed: {name} is not a {factor}th"
    assert all(error(each.diag_ggn_exact, right) < 1e-5 for each, right in zip(last, wanted[2:])), f"changed: last layer, {name}"
    assert all(error(each.grad_batch, right) < 1e-5 for each, right in zip((weight, bias, *last), rows)), f"changed: gradients, {name}"
    print(f"{name}: the convolution's curvature is 1/{factor} of what it is")

for mode in ("zeros", "reflect", "replicate", "circular"):
    torch.manual_seed(0)
    model = network(nn.Conv2d(2, 4, 3, padding=1, padding_mode=mode), nn.Tanh(), features=144)
    wanted, rows = by_autograd(model)
    weight, *_ = by_backpack(model, DiagGGNExact(), BatchGrad())
    curvature, gradient = error(weight.diag_ggn_exact, wanted[0]), error(weight.grad_batch, rows[0])
    assert error(weight.grad, rows[0].sum(0)) < 1e-5, f"changed: grad of {mode}"
    print(f"padding_mode {mode}: curvature off by {curvature:.0%} of the largest, gradients by {gradient:.0%}")
    right = curvature < 1e-5 and gradient < 1e-5
    assert right if mode == "zeros" else min(curvature, gradient) > 0.2, f"changed: {mode} {curvature}, {gradient}"
print("as described: a sum is taken for a mean, all padding for zeros")
PY
! grep -qiE "pool|divisor|padding" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
