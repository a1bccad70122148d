#!/usr/bin/env bash
# captum 0.9.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: with test_loss_fn ("a separate loss functions for training examples ... and for test examples") TracInCPFastRandProj without a
# projection gives what TracInCPFast gives: gradients of the training loss times gradients of the test loss.
# Seen: training images are embedded by the test loss as well; loss_fn is read for the projection's shape alone. Asked what moves the logit
# of the label (the documentation's own example of a test loss), its scores have the other sign: an image that raises the logit comes
# out as one that lowers it, and proponents and opponents change places. Without test_loss_fn the two classes agree to 1e-5. Nothing is said.
# So: TracInCPFast for anything but the training loss.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install captum==0.9.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY'
import torch
from captum.influence import TracInCPFast, TracInCPFastRandProj
from captum.influence._utils.nearest_neighbors import NearestNeighbors
from torch import nn
from torch.utils.data import TensorDataset

torch.manual_seed(0)
pixels = torch.randn(60, 6)
labels = (pixels[:, 0] > 0).long()
asked = (pixels[:3] + 0.1, labels[:3])
model = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 2, bias=False)).eval()


class Exact(NearestNeighbors):
    """All products, since the library's own wants annoy, which this check does not need."""

    def setup(self, data):
        self.data = data

    def get_nearest_neighbors(self, query, k):
        values, indices = (query @ self.data.T).topk(k)
        return indices, values


class LogitOfLabel(nn.Module):
    reduction = "sum"

    def forward(self, logits, targets):
        return logits.gather(1, targets[:, None]).sum()


def load(network, state):
    network.load_state_dict(state)
    return 1.0


def scores(kind, k=None, **given):
    given |= {"loss_fn": nn.CrossEntropyLoss(reduction="sum"), "batch_size": 60}
    method = kind(model, model[2], TensorDataset(pixels, labels), [model.state_dict()], load, **given)
    return method.influence(asked, k=k)


def error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


plain, projected = scores(TracInCPFast), scores(TracInCPFastRandProj, nearest_neighbors=Exact())
assert error(projected, plain) < 1e-5, f"changed: with one loss they differ by {error(projected, plain)}"
test = {"test_loss_fn": LogitOfLabel()}
plain, projected = scores(TracInCPFast, **test), scores(TracInCPFastRandProj, nearest_neighbors=Exact(), **test)
assert error(projected, plain) > 1, f"changed: with a test loss they differ by {error(projected, plain)} alone"
alike = [float(torch.corrcoef(torch.stack(pair))[0, 1]) for pair in zip(projected, plain)]
assert max(alike) < -0.5, f"changed: correlations {alike}"
found = scores(TracInCPFastRandProj, k=10, nearest_neighbors=Exact(), **test).indices
expected = scores(TracInCPFast, k=10, **test).indices
shared = [len(set(a.tolist()) & set(b.tolist())) for a, b in zip(found, expected)]
assert max(shared) == 0, f"changed: {shared} of ten proponents are the same"
print(f"as described: correlations {', '.join(f'{each:.2f}' for each in alike)}, none of ten proponents is the same")
PY
! grep -qi "test_loss\|test loss" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
