#!/usr/bin/env bash
# dattri 0.3.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: IFAttributorEKFAC is EK-FAC (George et al. 2018): it looks at gradients along the eigenvectors of the two covariances ("cache the
# covariance matrices, eigenvector matrices and corrected eigenvalues"), and a bias is one more input that is always 1.
# Seen: eigenvectors are the columns of what torch.linalg.eigh returns, and the rows are taken: q_s @ g @ q_a.T where q_s.T @ g @ q_a is
# meant, both for the corrected eigenvalues and for the inverse. So the axes are no eigenvectors, and which ones they are depends on
# arbitrary signs. A logistic regression of six features and a constant one, damping 0.02: scores are those of the rows to 1e-4, and off
# from EK-FAC's by a fifth of the largest. Where the constant is a bias instead, the same function is attributed differently: the bias's
# gradients are hung behind those of all weights and the whole is cut anew into rows, so weights of one class are taken for those of another;
# scores are then off by more than the largest. Nothing is said.
# So: with this library, influence of a last layer comes from IFAttributorExplicit with all training data in one batch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install dattri==0.3.0 torch==2.13.0 numpy==2.4.6
TQDM_DISABLE=1 venv/bin/python - 2>said.txt <<'PY'
import torch
from dattri.algorithm.influence_function import IFAttributorEKFAC
from dattri.task import AttributionTask
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DAMPING = 0.02
torch.manual_seed(0)
pixels = torch.randn(64, 6)
labels = (pixels[:, 0] + 0.5 * torch.randn(64) > 0).long()
rows = torch.cat([pixels, torch.ones(64, 1)], 1)
biased, plain = nn.Sequential(nn.Linear(6, 2)), nn.Sequential(nn.Linear(7, 2, bias=False))
optimizer = torch.optim.LBFGS(biased.parameters(), max_iter=100)


def closure():
    optimizer.zero_grad()
    value = nn.functional.cross_entropy(biased(pixels), labels) + 0.01 * sum(p.square().sum() for p in biased.parameters())
    value.backward()
    return value


optimizer.step(closure)
with torch.no_grad():
    plain[0].weight.copy_(torch.cat([biased[0].weight, biased[0].bias[:, None]], 1))
assert torch.allclose(plain(rows), biased(pixels), atol=1e-5), "the two networks are not one function"


def attributed(model, images):
    """Return the scores, and the two matrices whose columns are eigenvectors."""

    def loss(parameters, batch):
        logits = torch.func.functional_call(model, parameters, batch[0].reshape(-1, images.shape[1]))
        return nn.functional.cross_entropy(logits, batch[1].reshape(-1))

    def loader(count):
        return DataLoader(TensorDataset(images[:count], labels[:count]), batch_size=count)

    attributor = IFAttributorEKFAC(AttributionTask(loss, model, model.state_dict()), damping=DAMPING)
    attributor.cache(loader(64))
    return attributor.attribute(loader(64), loader(5)).detach(), attributor.cached_q["0"]


found, (inputs, outputs) = attributed(plain, rows)
residuals = (plain(rows).softmax(1) - nn.functional.one_hot(labels, 2)).detach()
gradients = torch.einsum("nc,nd->ncd", residuals, rows)
for axes, covariance in ((inputs, rows.T @ rows / 64), (outputs, residuals.T @ residuals / 64)):
    turned = axes.T @ covariance @ axes
    assert (turned - turned.diag().diag()).abs().max() < 1e-5, "the columns are no eigenvectors"


def scores(turned):
    """Return the scores of gradients along some axes, with the mean of their squares there as eigenvalues."""
    return torch.einsum("ncd,mcd->nm", turned / (turned.square().mean(0) + DAMPING), turned[:5])


expected = scores(outputs.T @ gradients @ inputs)


def error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


by_rows, by_columns = error(found, scores(outputs @ gradients @ inputs.T)), error(found, expected)
assert by_rows < 1e-4, f"changed: scores are those of the rows no longer, off by {by_rows:.1e}"
assert by_columns > 0.1, f"changed: scores are those of eigenvectors to {by_columns:.1e}"
with_bias = error(attributed(biased, pixels)[0], expected)
assert with_bias > 1, f"changed: with a bias they are off by {with_bias:.1e} alone"
print(f"as described: those of the rows to {by_rows:.0e}, off from EK-FAC's by {by_columns:.2f}, with a bias by {with_bias:.1f}")
PY
! grep -qi "bias\|eigen" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
