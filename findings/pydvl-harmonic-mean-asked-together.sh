#!/usr/bin/env bash
# pyDVL 0.10.0 beside torch 2.13.0 and NumPy 1.26.4 (pyDVL wants NumPy below 2), Python 3.11, seen 2026-11-30.
#
# Guess: InverseHarmonicMeanInfluence (DataInf) multiplies each gradient by the mean over all training data of (g g' + regularization)^-1, "averaged
# over the batches provided by the data loader"; so an image's influence depends neither on who else is asked at the same time, nor on batch_size.
# Seen: on both. The mean over batches is weighted by how many rows were multiplied, which is not how many images a batch has, and the first batch
# is weighted with 1 and counted like the others. Of k rows at once the first batch therefore counts for 1/k of a batch. With all data in one
# batch influence_factors of 6 images are a sixth of what each has alone, and influences are divided by the larger side: of 6 on 40 training
# images by 40, on five of these by 6, so that the same pair has other numbers in each call and a table put together of calls of different
# size is in no order. In batches of 20 they are about half of what they should be, of 10 three quarters. One by one, in one batch, all is
# right to 1e-5. Nothing is said.
# So: all training data in one batch, and influence_factors times the number of images asked.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile "pydvl[influence]==0.10.0" torch==2.13.0 numpy==1.26.4
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from pydvl.influence.torch import CgInfluence, InverseHarmonicMeanInfluence
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PENALTY, COUNT, ASKED = 0.1, 40, 6
torch.manual_seed(0)
pixels, labels = torch.randn(COUNT, 5, dtype=torch.float64), torch.arange(COUNT) % 3
asked = torch.randn(ASKED, 5, dtype=torch.float64), torch.arange(ASKED) % 3
model = nn.Linear(5, 3, bias=False).double()


def gradients(images, labels):
    off = model(images).softmax(1).detach() - nn.functional.one_hot(labels, 3)
    return torch.einsum("nc,nd->ncd", off, images).flatten(1)


of_train, of_asked = gradients(pixels, labels), gradients(*asked)
unit = torch.eye(15, dtype=torch.float64)
inverses = torch.stack([torch.linalg.inv(torch.outer(each, each) + PENALTY * unit) for each in of_train])
wanted_factors = of_asked @ inverses.mean(0)
wanted = wanted_factors @ of_train.T


def error(found, wanted):
    return float((found - wanted).abs().max() / wanted.abs().max())


def fitted(size, kind=InverseHarmonicMeanInfluence, **given):
    loader = DataLoader(TensorDataset(pixels, labels), batch_size=size)
    return kind(model, nn.functional.cross_entropy, regularization=PENALTY, **given).fit(loader)


def averaged(size, rows):
    """Return the factors as the library averages them: (first batch + rows * all others) / (rows * number of batches)."""
    means = torch.stack([each.mean(0) for each in inverses.split(size)])
    return rows @ (means[0] + len(rows) * means[1:].sum(0)) / (len(rows) * len(means))


whole = fitted(COUNT)
alone = torch.cat([whole.influence_factors(asked[0][[row]], asked[1][[row]]) for row in range(ASKED)])
assert error(alone, wanted_factors) < 1e-5, f"changed: factors one by one are off by {error(alone, wanted_factors)}"
together = whole.influence_factors(*asked)
assert error(together * ASKED, wanted_factors) < 1e-5, "changed: factors of six at once"
for train in (1, 5, COUNT):
    found = whole.influences(*asked, pixels[:train], labels[:train])
    assert error(found * max(train, ASKED), wanted[:, :train]) < 1e-5, f"changed: influences on {train} at once"
assert error(whole.influences(*(each[:1] for each in (*asked, pixels, labels))), wanted[:1, :1]) < 1e-5, "changed: one on one"
print(f"one batch: six factors at once are 1/{ASKED} of each alone; influences on {COUNT} images 1/{COUNT} of one on one")

for size, least, most in ((20, 0.4, 0.6), (10, 0.2, 0.4)):
    found = fitted(size).influence_factors(*asked)
    assert error(found, averaged(size, of_asked)) < 1e-5, f"changed: the average over batches of {size}"
    off = error(found, wanted_factors)
    print(f"batches of {size}: factors of six at once are off by {off:.0%} of the largest")
    assert least < off < most, f"changed: batches of {size} are off by {off}"
exact = {"rtol": 1e-9, "atol": 1e-12}
found = [fitted(size, CgInfluence, **exact).influences(*asked, pixels[:train], labels[:train]) for size, train in ((40, 5), (20, 40))]
assert error(found[0], found[1][:, :5]) < 1e-5, "changed: CgInfluence depends on who is asked together"
print("as described: divided by how many are asked together")
PY
! grep -qiE "harmonic|average|batch" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
