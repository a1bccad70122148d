#!/usr/bin/env bash
# captum 0.9.0 beside torch 2.13.0, Python 3.11, seen 2026-11-29.
#
# Guess: captum.influence looks at a network in evaluation, as it is after training, whatever mode it was handed over in; at least a network
# in training mode is told of, and the network is left as it was.
# Seen: nothing sets a mode. A fresh nn.Module is in training mode, and a checkpoint's weights do not change that; so with batch
# normalisation the scores are those of the pictures that happen to share a batch: they change with batch_size by more than their own size
# (with model.eval() they agree to 1e-6), and each call moves the running means of the network that was handed over. Nothing is said.
# So: model.eval() before TracInCP, TracInCPFast and the others.
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
pixels = torch.randn(24, 6)
labels = (pixels[:, 0] > 0).long()


def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 2))


trained = network()
optimizer = torch.optim.SGD(trained.parameters(), 0.1)
for _ in range(50):
    optimizer.zero_grad()
    nn.functional.cross_entropy(trained(pixels), labels).backward()
    optimizer.step()
torch.save(trained.state_dict(), "end.pt")


def load(model, path):
    model.load_state_dict(torch.load(path, weights_only=True))
    return 1.0


def scores(method, evaluation, batch):
    """Return the scores, and how far the running means went."""
    model = network().train(not evaluation)
    fast = method is TracInCPFast
    given = [model, *([model[3]] if fast else []), TensorDataset(pixels, labels), ["end.pt"], load]
    loss = nn.CrossEntropyLoss(reduction="sum" if fast else "none")
    influence = method(*given, loss_fn=loss, batch_size=batch)
    found = influence.influence((pixels[:3] + 0.1, labels[:3]), show_progress=False)
    return found, float((model[1].running_mean - trained[1].running_mean).abs().max())


for method in (TracInCP, TracInCPFast):
    whole, moved = scores(method, True, 24)
    size = whole.abs().max()
    assert (scores(method, True, 5)[0] - whole).abs().max() < 1e-5 * size, "in evaluation the batch size matters"
    assert moved == 0, "in evaluation the running means move"
    first, _ = scores(method, False, 24)
    other, moved = scores(method, False, 5)
    assert (other - first).abs().max() > size, f"changed: {method.__name__} does not depend on the batch size"
    assert moved > 0.01, f"changed: {method.__name__} leaves the running means as they were"
print("as described: scores of a network in training mode change with the batch size, and the network with them")
PY
! grep -qi "eval\|train" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
