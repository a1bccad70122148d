#!/usr/bin/env bash
# nngeometry 0.4 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: Jacobian, GramMatrix (the tangent kernel) and FIM of a network whose Conv2d has groups, as depthwise ones of MobileNet, are those of its
# parameters; or groups are refused, as Linear layers on tokens and padding="same" fail.
# Seen: groups are not looked at. The layer is taken for a whole convolution whose weights between groups happen to be 0, and the
# gradients for these weights, which do not exist, are among the rest: 148 columns for the 76 parameters of two groups, which can be seen. In the
# Gram matrix, which has no axis of parameters, it cannot: it is off by 86 % of its largest entry, with a group for each channel by 95 %. The
# trace of FIM is 1.5 and 1.9 times what it should be. All agrees to the last digit with the network of one group and zeros between its
# groups, and the network of one group itself is right. Nothing is said.
# So: compare the numel() of LayerCollection.from_model with the count of parameters; gradients of such networks by torch.func.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install nngeometry==0.4 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from nngeometry import Jacobian
from nngeometry.gram import GramMatrix
from nngeometry.layercollection import LayerCollection
from nngeometry.metrics import FIM
from nngeometry.object import PMatDense
from torch import nn
from torch.func import functional_call, jacrev, vmap
from torch.utils.data import DataLoader, TensorDataset

IMAGES, CHANNELS = 6, 4
torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
images = torch.randn(IMAGES, CHANNELS, 6, 6)
loader = DataLoader(TensorDataset(images, torch.zeros(IMAGES, dtype=torch.long)), batch_size=3)


def network(groups):
    return nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, groups=groups), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def by_hand(model):
    """Return the Jacobian, (outputs, images, parameters), by torch.func."""
    parameters = {name: each.detach() for name, each in model.named_parameters()}
    found = vmap(jacrev(lambda weights, image: functional_call(model, weights, image[None])[0]), (None, 0))(parameters, images)
    return torch.cat([each.flatten(2) for each in found.values()], 2).transpose(0, 1)


def gram(jacobian):
    return torch.einsum("iap,jbp->iajb", jacobian, jacobian)


def error(found, wanted):
    found, wanted = torch.as_tensor(found).detach(), torch.as_tensor(wanted).detach()
    return float((found - wanted).abs().max() / wanted.abs().max())


def of_library(model):
    trace = FIM(model, loader, PMatDense, variant="regression").trace()
    return Jacobian(model, loader).to_torch(), GramMatrix(model, loader).to_torch(), trace


whole = network(1)
jacobian, kernel, trace = of_library(whole)
wanted = by_hand(whole)
assert max(error(jacobian, wanted), error(kernel, gram(wanted))) < 1e-9, "changed: groups=1"
assert error(trace, wanted.square().sum().item() / IMAGES) < 1e-9, "changed: FIM with groups=1"
for groups in (2, CHANNELS):
    model, twin = network(groups), network(1)
    jacobian, kernel, trace = of_library(model)
    wanted = by_hand(model)
    size = CHANNELS // groups
    with torch.no_grad():
        twin[0].weight.zero_()
        for row in range(CHANNELS):
            twin[0].weight[row, row // size * size : (row // size + 1) * size] = model[0].weight[row]
        twin[0].bias.copy_(model[0].bias)
    assert error(twin(images), model(images)) < 1e-12, "changed: the twin is another network"
    count = sum(each.numel() for each in model.parameters())
    assert jacobian.shape[2] == sum(each.numel() for each in whole.parameters()) > count == wanted.shape[2], "changed: the columns"
    assert LayerCollection.from_model(model).numel() == jacobian.shape[2], "changed: LayerCollection.numel"
    assert error(jacobian, by_hand(twin)) < 1e-9, "changed: it is not the Jacobian of a whole convolution"
    off, grown = error(kernel, gram(wanted)), float(trace) * IMAGES / wanted.square().sum().item()
    assert error(kernel, gram(by_hand(twin))) < 1e-9 and off > 0.5 and grown > 1.3, f"changed: off by {off:.1e}, trace {grown:.2f}"
    print(f"{groups} groups: {jacobian.shape[2]} columns for {count} parameters, Gram matrix off by {off:.0%}, trace of FIM {grown:.2f} times")
print("as described: weights that do not exist are counted")
PY
! grep -qiE "group|conv" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
