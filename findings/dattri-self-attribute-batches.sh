#!/usr/bin/env bash
# dattri 0.3.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: self_attribute(train_dataloader) gives each training image's score on itself, "with the shape of (num_train_samples,)", whatever the
# loader's batch_size: attribute() does, and its diagonal is the same thing.
# Seen: only in one batch of all images. Each batch's scores are added to the whole array instead of being put in their place. Batches of 1,
# which is what DataLoader(dataset) makes, fit everywhere: all images get one and the same number, the sum of all self-influences, without a
# word, so ranked by it images keep the order they came in. Any other size raises "must match the size". So it is for the explicit inverse
# and conjugate gradients, and for all that share the base class.
# So: one batch, or the diagonal of attribute().
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
pixels = torch.randn(12, 4)
labels = (pixels[:, 0] > 0).long()
model = nn.Linear(4, 2)


def loss(parameters, batch):
    logits = torch.func.functional_call(model, parameters, batch[0].reshape(-1, 4))
    return nn.functional.cross_entropy(logits, batch[1].reshape(-1))


whole = DataLoader(TensorDataset(pixels, labels), batch_size=12)
for kind in (IFAttributorExplicit, IFAttributorCG):
    attributor = kind(AttributionTask(loss, model, model.state_dict()), regularization=0.1)
    attributor.cache(whole)
    own = attributor.attribute(whole, whole).detach().diagonal()
    assert own.std() > 0.1 * own.mean(), "the images have about the same self-influence"
    assert torch.allclose(attributor.self_attribute(whole).detach(), own, rtol=1e-4), f"changed: {kind.__name__} in one batch"
    single = attributor.self_attribute(DataLoader(TensorDataset(pixels, labels))).detach()
    assert torch.allclose(single, own.sum().expand(12), rtol=1e-3), f"changed: {kind.__name__} in batches of 1: {single}"
    try:
        attributor.self_attribute(DataLoader(TensorDataset(pixels, labels), batch_size=4))
    except RuntimeError as error:
        assert "must match the size" in str(error), f"changed: {error}"
    else:
        raise SystemExit(f"changed: {kind.__name__} takes batches of 4")
    print(f"{kind.__name__}: in one batch {float(own.min()):.3f} to {float(own.max()):.3f}, in batches of 1 all {float(single[0]):.3f}")
print("as described: in batches of 1 every image has the sum of all self-influences")
PY
! grep -qi "batch\|self" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
