#!/usr/bin/env bash
# dattri 0.3.0 beside torch 2.13.0, Python 3.11, seen 2026-11-28.
#
# Guess: TracInAttributor without `projector_kwargs` (None is its default) multiplies whole gradients, as TracIn is defined.
# Seen: it projects them to 512 random directions. Worse, settings given to one attributor become the default of every later one of its
# kind in the process: an attributor with {"proj_dim": 8}, then one without any, and the second has 8 directions too, with the same bits.
# So scores depend on what was made before. Whole gradients come from projector_kwargs={"proj_type": "identity"}, which stays for the
# next ones as well: name every setting every time. TRAKAttributor keeps its settings in the same way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install dattri==0.3.0 torch==2.13.0 numpy==2.4.6
TQDM_DISABLE=1 venv/bin/python - 2>/dev/null <<'PY'
import torch
from dattri.algorithm.tracin import TracInAttributor
from dattri.task import AttributionTask
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
pixels = torch.randn(64, 40)
labels = (pixels[:, 0] > 0).long()
model = nn.Sequential(nn.Linear(40, 16), nn.Tanh(), nn.Linear(16, 2))


def loss(parameters, batch):
    logits = torch.func.functional_call(model, parameters, batch[0].reshape(-1, 40))
    return nn.functional.cross_entropy(logits, batch[1].reshape(-1))


task = AttributionTask(loss, model, model.state_dict())
train = DataLoader(TensorDataset(pixels, labels), batch_size=64)
test = DataLoader(TensorDataset(pixels[:5], labels[:5]), batch_size=5)


def scores(**settings):
    return TracInAttributor(task, torch.ones(1), normalized_grad=False, **settings).attribute(train, test).detach()


gradients = torch.func.vmap(torch.func.grad(task.loss_func), in_dims=(None, 0))(task.get_param()[0], (pixels, labels))
products = (gradients @ gradients[:5].T).detach()
plain = scores()
few = scores(projector_kwargs={"proj_dim": 8})
again = scores()
whole = scores(projector_kwargs={"proj_type": "identity"})
after = scores()


def error(found):
    return float((found - products).abs().max() / products.abs().max())


assert 0.01 < error(plain) < 0.5, f"changed: without settings the products are off by {error(plain):.1e}"
assert torch.equal(again, few), "changed: an attributor without settings no longer has those of the one before"
assert not torch.equal(again, plain), "changed: 8 directions give the scores of 512"
assert error(whole) < 1e-4, f"changed: 'identity' is off by {error(whole):.1e}"
assert torch.equal(after, whole), "changed: 'identity' does not stay"
print(f"as described: projected without being asked (off by {error(plain):.2f}), and 8 directions stay for the next (off by {error(again):.2f})")
PY
