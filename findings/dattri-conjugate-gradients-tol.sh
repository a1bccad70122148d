#!/usr/bin/env bash
# dattri 0.3.0 beside torch 2.13.0, Python 3.11, seen 2026-11-28.
#
# Guess: IFAttributorCG stops where the residual is below `tol` ("Algorithm stops if residual norm < tol"), so a larger `max_iter` is only
# slower, and a rough `tol` gives rougher scores.
# Seen: `tol` is never read. All `max_iter` steps are taken, also those after the residual is 0, where a step divides 0 by 0: on a logistic
# regression of six features ten steps agree with the explicit inverse to 1e-5, and with thirty every score is NaN, without a word.
# tol=0.1 gives the same bits as tol=1e-7. So more steps are no safer: take about as many as there are weights, and look for NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install dattri==0.3.0 torch==2.13.0 numpy==2.4.6
TQDM_DISABLE=1 venv/bin/python - 2>/dev/null <<'PY'
import torch
from dattri.algorithm.influence_function import IFAttributorCG, IFAttributorExplicit
from dattri.task import AttributionTask
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
pixels = torch.randn(64, 6)
labels = (pixels[:, 0] + 0.5 * torch.randn(64) > 0).long()
model = nn.Linear(6, 2)
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=100)


def closure():
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(pixels), labels) + 0.01 * sum(p.square().sum() for p in model.parameters())
    loss.backward()
    return loss


optimizer.step(closure)


def loss(parameters, batch):
    logits = torch.func.functional_call(model, parameters, batch[0].reshape(-1, 6))
    return nn.functional.cross_entropy(logits, batch[1].reshape(-1))


train = DataLoader(TensorDataset(pixels, labels), batch_size=64)
test = DataLoader(TensorDataset(pixels[:5], labels[:5]), batch_size=5)


def scores(kind, **settings):
    attributor = kind(AttributionTask(loss, model, model.state_dict()), regularization=0.02, **settings)
    attributor.cache(train)
    return attributor.attribute(train, test).detach()


explicit, ten, rough, thirty = (
    scores(IFAttributorExplicit),
    scores(IFAttributorCG, max_iter=10),
    scores(IFAttributorCG, max_iter=10, tol=0.1),
    scores(IFAttributorCG, max_iter=30),
)
error = float((ten - explicit).abs().max() / explicit.abs().max())
assert error < 1e-4, f"changed: ten steps are off by {error:.1e}"
assert torch.equal(ten, rough), "changed: tol has a meaning"
assert thirty.isnan().all(), "changed: thirty steps give numbers"
print(f"as described: ten steps agree to {error:.0e}, tol=0.1 the same bits, thirty steps all NaN")
PY
