#!/usr/bin/env bash
# nngeometry 0.4 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: FIM of a network in which a layer is used twice (one block repeated, one encoder for two pictures) is that of its parameters, as autograd
# adds up over both uses; and a Conv2d with padding_mode="reflect", "replicate" or "circular" is as right as one with zeros. Or they are refused.
# Seen: neither. Of a layer's inputs the last is kept: what comes back to the first use meets what went into the second. Of a layer that is used
# twice the block of its weight is off by 36 % of its largest entry, to the last digit that of such gradients; its bias, which needs no input,
# and all other layers are right. Padding is taken to be zeros whatever the layer does: the convolution's block is off by up to half of
# its largest entry. PMatDiag adds up the squares of the two uses instead, so that it is not the diagonal of PMatDense, and of the bias off by
# half. Nothing is said.
# So: torch.func for such networks, and nn.ReflectionPad2d before a Conv2d without padding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install nngeometry==0.4 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from nngeometry.metrics import FIM
from nngeometry.object import PMatDense, PMatDiag
from torch import nn
from torch.nn.functional import linear
from torch.utils.data import DataLoader, TensorDataset


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.block, self.last = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x):
        inner = torch.tanh(self.first(x))
        return self.last(torch.tanh(self.block(torch.tanh(self.block(inner)))))


def fisher(model, inputs, kind=PMatDense):
    data = DataLoader(TensorDataset(inputs, torch.zeros(len(inputs), dtype=torch.long)), batch_size=len(inputs))
    return FIM(model=model, loader=data, representation=kind, variant="classif_logits").to_torch().detach()


def by_autograd(model, inputs, rows=None):
    """Return the mean of J'(diag(p) - pp')J, J the gradients of the logits as autograd, or another function, has them."""
    total = 0
    for each in inputs:
        logits = model(each[None])[0]
        parameters = list(model.parameters())
        parts = [torch.autograd.grad(logit, parameters, retain_graph=True) for logit in logits]
        jacobian = torch.stack([torch.cat([part.flatten() for part in row]) for row in parts])
        jacobian = rows(model, each, jacobian) if rows else jacobian
        chances = logits.softmax(0).detach()
        total = total + jacobian.T @ (torch.diag(chances) - torch.outer(chances, chances)) @ jacobian
    return total / len(inputs)


def with_last_input(model, each, jacobian):
    """Return J where all that comes back to the block's two uses meets what went into the second."""
    inner = torch.tanh(linear(torch.tanh(model.first(each)), model.block.weight, model.block.bias)).detach()
    back = jacobian[:, BIAS]  # summed over both uses
    return torch.cat([jacobian[:, : BLOCK.start], (back[:, :, None] * inner).flatten(1), jacobian[:, BLOCK.stop :]], dim=1)


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


torch.manual_seed(0)
BLOCK, BIAS, HIT = slice(30, 66), slice(66, 72), torch.zeros(93, dtype=bool)
HIT[30:72] = True
model, inputs = Twice(), torch.randn(8, 4)
wanted, found = by_autograd(model, inputs), fisher(model, inputs)
off = error(found[BLOCK, BLOCK], wanted[BLOCK, BLOCK])
assert found.shape == wanted.shape and off > 0.1, f"changed: a layer used twice is off by {off}"
assert error(found, by_autograd(model, inputs, with_last_input)) < 1e-5, "changed: not the last input"
others = torch.ones(len(found), dtype=bool)
others[BLOCK] = False
assert error(found[others][:, others], wanted[others][:, others]) < 1e-5, "changed: other layers"
diagonal = fisher(model, inputs, PMatDiag).diag()
bias = error(diagonal[BIAS], wanted.diag()[BIAS])
print(f"a layer used twice: its weight's block is off by {off:.0%} of its largest entry; the bias in PMatDiag by {bias:.0%}")
assert error(diagonal[~HIT], wanted.diag()[~HIT]) < 1e-5 and bias > 0.3, f"changed: PMatDiag's bias is off by {bias}"

images = torch.randn(8, 2, 6, 6)
for mode in ("zeros", "reflect", "replicate", "circular"):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1, padding_mode=mode), nn.Tanh(), nn.Flatten(), nn.Linear(108, 3))
    off = error(fisher(model, images)[:54, :54], by_autograd(model, images)[:54, :54])
    print(f"padding_mode {mode}: the convolution's block is off by {off:.0%}")
    assert off < 1e-5 if mode == "zeros" else off > 0.1, f"changed: {mode} is off by {off}"
print("as described: the last input for all uses, zeros for all padding")
PY
! grep -qiE "twice|shared|padding|reuse" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
