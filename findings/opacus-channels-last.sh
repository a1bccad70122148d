#!/usr/bin/env bash
# opacus 1.6.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: grad_sample of a Conv2d is the gradient of each image whatever the order of its numbers in memory: channels last, as PyTorch advises for
# speed, or pictures of height x width x colours turned by permute(0, 3, 1, 2), as NumPy's and Pillow's are. Forward and weight.grad are.
# Seen: the patches are cut by strides that are counted as if the rows of a picture lay together, so they are made of other pixels and other
# colours. Of such pictures every row of a convolution's weight is wrong, by 77 and 125 % of the largest entry here.
# Layers hand the order on, so that all convolutions are hit. weight.grad beside it, biases and the linear layer are right, and the rows do not
# add up to weight.grad. Nothing is said.
# So: images.contiguous() before the network, and no channels last; or GradSampleModule(force_functorch=True), which is right; and compare the
# sum of the rows with grad (loss_reduction="sum").
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install opacus==1.6.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from opacus.grad_sample import GradSampleModule
from torch import nn

torch.manual_seed(0)
pictures = torch.randn(6, 8, 8, 3)
labels = torch.arange(6) % 3


def network():
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 5, 3, padding=1), nn.ReLU()
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3))


def one_by_one(model, images):
    """Return of each image and each parameter the gradient by autograd, of a batch of that image alone."""
    rows = []
    for image, label in zip(images, labels):
        loss = nn.functional.cross_entropy(model(image[None]), label[None])
        rows.append(torch.autograd.grad(loss, list(model.parameters())))
    return [torch.stack(rows_of_one) for rows_of_one in zip(*rows)]


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


def errors(images, model=None, **given):
    """Return for each parameter how far grad_sample is off; grad has to be right."""
    model = model or network()
    wanted = one_by_one(network(), images.contiguous())
    wrapped = GradSampleModule(model, loss_reduction="sum", **given)
    nn.functional.cross_entropy(wrapped(images), labels, reduction="sum").backward()
    parameters = list(model.parameters())
    assert all(error(each.grad, rows.sum(0)) < 1e-5 for each, rows in zip(parameters, wanted)), "changed: grad"
    return [error(each.grad_sample, rows) for each, rows in zip(parameters, wanted)]


turned = pictures.permute(0, 3, 1, 2)
last = turned.contiguous().to(memory_format=torch.channels_last)
assert not turned.is_contiguous() and torch.equal(turned, last)
right = errors(turned.contiguous())
assert max(right) < 1e-5, f"changed: contiguous images are off by {right}"
right = errors(turned, force_functorch=True)
assert max(right) < 1e-5, f"changed: force_functorch is off by {right}"
for name, given in (("turned", (turned,)), ("channels last", (last, network().to(memory_format=torch.channels_last)))):
    off = errors(*given)
    weights, others = [off[0], off[2]], [off[1], *off[3:]]
    print(f"{name}: weights of convolutions off by {weights[0]:.0%} and {weights[1]:.0%} of the largest")
    assert min(weights) > 0.5 and max(others) < 1e-5, f"changed: {name}: {off}"
print("as described: patches of other pixels, without a word")
PY
! grep -qiE "contiguous|stride|memory|channel" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
