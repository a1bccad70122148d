#!/usr/bin/env bash
# opacus 1.6.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: GradSampleModule, whose grad_sample is one row an image, keeps two batches apart whose losses are both computed before either is
# differentiated (training images and asked images, say), as autograd does; or it refuses.
# Seen: neither. The inputs that layers keep lie in a pile, and the last are taken first: where the first batch's loss is differentiated first, its
# errors meet the second batch's inputs, and the other way round. And both batches are one tensor, row by row their sum, where batches one after
# the other give a list of two. So of a weight every row is wrong, by more than the largest entry; a bias, which needs no input, has the sum of two
# images. weight.grad beside it is right, and the rows do not add up to it. Nothing is said. Differentiated in the opposite order
# the inputs are right, the rows still sums of two images. Batches of different sizes fail with an error of shapes.
# So: backward before the next forward; and compare the sum of the rows of grad_sample with grad (loss_reduction="sum").
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

IMAGES = 6
torch.manual_seed(0)
inner = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)).double()
model = GradSampleModule(inner, loss_reduction="sum")
parameters = list(model.parameters())
labels = torch.tensor([0, 1, 0, 1, 0, 1])
first, second = (torch.randn(IMAGES, 4, dtype=torch.float64), labels), (torch.randn(IMAGES, 4, dtype=torch.float64), 1 - labels)


def loss(images, labels):
    return nn.functional.cross_entropy(model(images), labels, reduction="sum")


def rows():
    return [each.grad_sample for each in parameters]


def by_hand(images, labels):
    """Return each image's gradient by autograd, of that image alone, without the library's hooks."""
    model.disable_hooks()
    found = [torch.autograd.grad(loss(images[i : i + 1], labels[i : i + 1]), parameters) for i in range(len(images))]
    model.enable_hooks()
    return [torch.stack(each) for each in zip(*found)]


def errors_and_inputs(images, labels):
    """Return the gradient with respect to the last layer's output and the last layer's input, an image a row."""
    hidden = inner[:2](images).detach()
    return (hidden @ inner[2].weight.T + inner[2].bias).softmax(1).detach() - nn.functional.one_hot(labels, 2), hidden


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


wanted = {id(batch): by_hand(*batch) for batch in (first, second)}
for batch in (first, second):
    model.zero_grad()
    loss(*batch).backward()
    assert max(map(error, rows(), wanted[id(batch)])) < 1e-10, "changed: one batch"
model.zero_grad()
for batch in (first, second):
    loss(*batch).backward()
for found, one, other in zip(rows(), wanted[id(first)], wanted[id(second)], strict=True):
    assert isinstance(found, list) and max(error(found[0], one), error(found[1], other)) < 1e-10, "changed: batches one after the other"

sums = [one + other for one, other in zip(wanted[id(first)], wanted[id(second)])]
model.zero_grad()
losses = [loss(*first), loss(*second)]
for each in reversed(losses):
    each.backward()
assert max(map(error, rows(), sums)) < 1e-10, "changed: in the opposite order rows are not sums of two images"

model.zero_grad()
losses = [loss(*first), loss(*second)]
for each in losses:
    each.backward()
found = rows()
assert all(isinstance(each, torch.Tensor) and len(each) == IMAGES for each in found), "changed: not one tensor"
for name, each, one, total in zip(("first weight", "first bias", "last weight", "last bias"), found, sums, parameters):
    off, off_total = error(each, one), error(each.sum(0), total.grad)
    assert error(total.grad, one.sum(0)) < 1e-10, "changed: grad is not the sum of all"
    assert (max(off, off_total) < 1e-10) if "bias" in name else (min(off, off_total) > 1), f"changed: {name} is off by {off:.1e}"
    print(f"{name}: rows are off by {off:.0%} of the largest entry of the two images' sum, their sum by {off_total:.0%} of the largest of grad")
one, other = errors_and_inputs(*first), errors_and_inputs(*second)
crossed = torch.einsum("no,ni->noi", one[0], other[1]) + torch.einsum("no,ni->noi", other[0], one[1])
assert error(found[2], crossed) < 1e-10, "changed: it is not the other batch's inputs"

model.zero_grad()
losses = [loss(*first), loss(second[0][:4], second[1][:4])]
try:
    losses[0].backward()
except RuntimeError as refused:
    assert "size" in str(refused) or "dimension" in str(refused), f"changed: {refused}"
else:
    raise SystemExit("changed: batches of different sizes are taken")
print("as described: each batch's errors meet the other's inputs")
PY
! grep -qiE "activation|forward|twice|accumul" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
