#!/usr/bin/env bash
# dattri 0.3.0 beside torch 2.13.0, Python 3.11, seen 2026-11-29.
#
# Guess: the DataLoader given to cache() ("Dataloader with full training data") says where the training data are; its batch_size is a matter
# of memory and speed, since the Hessian is one of all training data.
# Seen: IFAttributorExplicit and IFAttributorCG invert the Hessian of every batch by itself and add up the inverses. For 64 images of six
# features scores agree with influence by the whole Hessian to 1e-5 in one batch of 64. In batches of 16, 8 and 4 they are off by 5, 24 and 98
# times the largest score, and divided by the number of batches (each loss is a mean) still by 0.5, 2 and 5 times. Nothing is said. The batch
# sizes of the loaders given to attribute() have no such effect.
# So: give cache() one batch of all training data, or of as many as fit, and read its scores as those of such a batch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install dattri==0.3.0 torch==2.13.0 numpy==2.4.6
TQDM_DISABLE=1 venv/bin/python - 2>said.txt <<'PY'
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
    value = nn.functional.cross_entropy(model(pixels), labels) + 0.01 * sum(p.square().sum() for p in model.parameters())
    value.backward()
    return value


optimizer.step(closure)


def loss(parameters, batch):
    logits = torch.func.functional_call(model, parameters, batch[0].reshape(-1, 6))
    return nn.functional.cross_entropy(logits, batch[1].reshape(-1))


def loader(count, size):
    return DataLoader(TensorDataset(pixels[:count], labels[:count]), batch_size=size)


def scores(kind, cached, train=64, test=5, **settings):
    attributor = kind(AttributionTask(loss, model, model.state_dict()), regularization=0.02, **settings)
    attributor.cache(loader(64, cached))
    return attributor.attribute(loader(64, train), loader(5, test)).detach()


def influence():
    """Return g_i (H + 0.02 I)^-1 g_j with the softmax's own gradients and Hessian, without autograd, in float64."""
    rows = torch.cat([pixels, torch.ones(64, 1)], 1).double()
    weights = torch.cat([model.weight, model.bias[:, None]], 1).detach().double()
    chances = (rows @ weights.T).softmax(1)
    gradients = torch.einsum("nc,nd->ncd", chances - nn.functional.one_hot(labels, 2), rows).flatten(1)
    curvature = torch.diag_embed(chances) - chances[:, :, None] * chances[:, None]
    hessian = torch.einsum("nce,nd,nf->cdef", curvature, rows, rows).reshape(14, 14) / 64
    return gradients @ torch.linalg.solve(hessian + 0.02 * torch.eye(14).double(), gradients[:5].T)


expected = influence()


def error(found):
    return float((found - expected).abs().max() / expected.abs().max())


for kind, settings in ((IFAttributorExplicit, {}), (IFAttributorCG, {"max_iter": 10})):
    assert error(scores(kind, 64, **settings)) < 1e-4, f"changed: {kind.__name__} in one batch"
    assert error(scores(kind, 64, train=16, test=2, **settings)) < 1e-4, f"changed: {kind.__name__}: attribute()'s batches matter"
    for size in (16, 8, 4):
        found = scores(kind, size, **settings)
        whole, mean = error(found), error(found * size / 64)
        print(f"{kind.__name__}, batches of {size}: off by {whole:.1f} of the largest, as a mean by {mean:.2f}")
        assert whole > 3 and mean > 0.3, f"changed: {kind.__name__} in batches of {size}"
print("as described: the inverses of the batches' Hessians are added up")
PY
! grep -qi "batch\|hessian" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
