#!/usr/bin/env bash
# captum 0.9.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: TracInCPFast gives TracIn of the last layer, as it says: "exactly the same as when naive back-propagation is used - there is no loss
# in accuracy"; what TracInCP(layers=[that layer]) takes longer for.
# Seen: twice not. The layer's bias has no part: TracInCP counts it, so scores differ by more than a third of the largest (a constant column
# in the features instead of a bias gives the same to 1e-5). And what follows the layer is left out: the gradient is taken at the network's
# output and not at the layer's. A network that ends in LogSoftmax, with NLLLoss, is the same model with the same losses as one that ends
# in the layer, with CrossEntropyLoss; TracInCP agrees on the two to 1e-5, TracInCPFast differs by half of the largest, and every
# score between two images of different labels is 0. Nothing is said.
# So: give it networks that end in their last layer, and hold its scores against those of a layer without a bias.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install captum==0.9.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY'
import torch
from captum.influence import TracInCP, TracInCPFast
from torch import nn
from torch.utils.data import TensorDataset

torch.manual_seed(0)
pixels = torch.randn(60, 6)
labels = (pixels[:, 0] > 0).long()
asked = (pixels[:3] + 0.1, labels[:3])


class Constant(nn.Module):
    """Put a column of ones behind."""

    def forward(self, features):
        return torch.cat([features, torch.ones(len(features), 1)], 1)


def network(bias=True, log=False):
    torch.manual_seed(1)
    first, last = nn.Linear(6, 4), nn.Linear(4, 2)
    if not bias:
        bare = nn.Linear(5, 2, bias=False)
        bare.weight.data = torch.cat([last.weight, last.bias[:, None]], 1).detach()
        last = bare
    parts = {"first": first, "tanh": nn.Tanh()} | ({} if bias else {"constant": Constant()}) | {"last": last}
    model = nn.Sequential()
    for name, part in (parts | ({"log": nn.LogSoftmax(1)} if log else {})).items():
        model.add_module(name, part)
    return model.eval()


def load(model, state):
    model.load_state_dict(state)
    return 1.0


def scores(fast, bias=True, log=False):
    model = network(bias, log)
    loss = (nn.NLLLoss if log else nn.CrossEntropyLoss)(reduction="sum" if fast else "none")
    given = {"loss_fn": loss, "batch_size": 60}
    train, states = TensorDataset(pixels, labels), [model.state_dict()]
    if fast:
        return TracInCPFast(model, "last", train, states, load, **given).influence(asked).detach()
    return TracInCP(model, train, states, load, layers=["last"], **given).influence(asked).detach()


def error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


whole = scores(False)
assert error(scores(False, bias=False), whole) < 1e-5, "a constant column is not a bias"
assert error(scores(False, log=True), whole) < 1e-5, "the two losses are not one"
assert error(scores(True, bias=False), whole) < 1e-5, f"changed: without a bias they differ by {error(scores(True, bias=False), whole)}"
left_out = error(scores(True), whole)
assert left_out > 0.3, f"changed: with a bias TracInCPFast differs by {left_out:.1e} alone"
ended = scores(True, log=True, bias=False)
followed = error(ended, whole)
assert followed > 0.2, f"changed: with a LogSoftmax behind the layer it differs by {followed:.1e} alone"
assert (ended[labels[:3, None] != labels] == 0).all(), "changed: scores between different labels are not 0"
print(f"as described: off by {left_out:.2f} of the largest with a bias, by {followed:.2f} with a LogSoftmax behind the layer")
PY
! grep -qi "bias\|last\|softmax" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
