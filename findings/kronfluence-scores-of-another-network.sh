#!/usr/bin/env bash
# kronfluence 1.0.1 beside torch 2.13.0, Python 3.11, seen 2026-11-28.
#
# Guess: a script that is run again after the network was trained anew, or with other test images, computes new scores; at least it is
# told where the folder holds something else (the library compares arguments, and has a check of the network's weights).
# Seen: factors and scores are found by their names alone. With another network, with other test images and with the training images in
# another order the old scores come back, the same bits, and nothing is said unless a log level is set. The check of the weights is off
# by default (disable_model_save=True), the arguments that are compared know no data. So: overwrite_output_dir=True, or a folder each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install kronfluence==1.0.1 torch==2.13.0 numpy==2.4.6
TQDM_DISABLE=1 venv/bin/python -W ignore - 2>said.txt <<'PY'
import torch
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.task import Task
from torch import nn
from torch.utils.data import TensorDataset


class Classes(Task):
    def compute_train_loss(self, batch, model, sample=False):
        logits, labels = model(batch[0]), batch[1]
        if sample:
            labels = torch.multinomial(logits.detach().softmax(-1), 1).flatten()
        return nn.functional.cross_entropy(logits, labels, reduction="sum")

    def compute_measurement(self, batch, model):
        return nn.functional.cross_entropy(model(batch[0]), batch[1], reduction="sum")


torch.manual_seed(0)
pixels = torch.randn(64, 5)
labels = (pixels[:, 0] > 0).long()
order = torch.arange(63, -1, -1)


def scores(seed, asked=slice(0, 3), rows=slice(None), folder="results"):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 2))
    train, test = TensorDataset(pixels[rows], labels[rows]), TensorDataset(pixels[asked], labels[asked])
    analyzer = Analyzer("mine", prepare_model(network, Classes()), Classes(), cpu=True, disable_tqdm=True, output_dir=folder)
    analyzer.fit_all_factors("ekfac", train, per_device_batch_size=64)
    sizes = {"per_device_query_batch_size": 3, "per_device_train_batch_size": 64}
    analyzer.compute_pairwise_scores("scores", "ekfac", test, train, **sizes)
    return analyzer.load_pairwise_scores("scores")["all_modules"]


first = scores(1)
assert not torch.allclose(scores(2, folder="elsewhere"), first, rtol=0.1), "the two networks have the same scores"
assert torch.equal(scores(2), first), "changed: another network is noticed"
assert torch.equal(scores(1, asked=slice(10, 13)), first), "changed: other test images are noticed"
assert torch.equal(scores(1, rows=order), first), "changed: another order of the training images is noticed"
print("as described: the same bits for another network, other test images, another order of the training images")
PY
! grep -q . said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
