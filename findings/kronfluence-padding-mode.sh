#!/usr/bin/env bash
# kronfluence 1.0.1 beside torch 2.13.0, Python 3.11, seen 2026-11-29.
#
# Guess: a Conv2d with padding_mode="reflect", "replicate" or "circular" is attributed like any other, or refused as Conv1d is passed over;
# and a bias that is frozen (requires_grad=False, as in fine-tuning) has no part in the scores.
# Seen: neither. The patches of which a layer's gradient is made are padded with zeros whatever the layer does, so its gradients are those of
# another network: with strategy="identity", where a score of a layer is a product of two gradients, scores differ from autograd's by up to a
# quarter of the largest one (1e-7 for padding with zeros), and nothing is said. A frozen bias is counted as if it were trained. Of a
# convolution with groups (depthwise, as in MobileNetV2) the groups' inputs are averaged before gradients are made of them: off by a tenth.
# So: put the padding into a module of its own (nn.ReflectionPad2d before a Conv2d without padding), which is right; and freeze weight and
# bias of a layer together, or neither; leave layers with groups out (Task.get_influence_tracked_modules).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install kronfluence==1.0.1 torch==2.13.0 numpy==2.4.6
TQDM_DISABLE=1 venv/bin/python -W ignore - 2>said.txt <<'PY'
import tempfile

import torch
from kronfluence.analyzer import Analyzer, prepare_model
from kronfluence.arguments import FactorArguments, ScoreArguments
from kronfluence.task import Task
from torch import nn
from torch.utils.data import TensorDataset


class Classes(Task):
    def compute_train_loss(self, batch, model, sample=False):
        return nn.functional.cross_entropy(model(batch[0]), batch[1], reduction="sum")

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)


def network(*first):
    return nn.Sequential(*first, nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))


def difference(model, layer):
    """Of the scores of a layer and the products of its gradients by autograd, the largest, over the largest product."""
    trained = [parameter for parameter in model[layer].parameters() if parameter.requires_grad]

    def gradients(images, labels):
        losses = (nn.functional.cross_entropy(model(each[None]), label[None]) for each, label in zip(images, labels))
        return torch.stack([torch.cat([part.flatten() for part in torch.autograd.grad(loss, trained)]) for loss in losses])

    expected = gradients(asked, labels[:3]) @ gradients(pixels, labels).T
    train, test = TensorDataset(pixels, labels), TensorDataset(asked, labels[:3])
    with tempfile.TemporaryDirectory() as place:
        analyzer = Analyzer("mine", prepare_model(model, Classes()), Classes(), cpu=True, disable_tqdm=True, output_dir=place)
        analyzer.fit_all_factors("plain", train, per_device_batch_size=11, factor_args=FactorArguments(strategy="identity"))
        sizes = {"per_device_query_batch_size": 3, "per_device_train_batch_size": 11}
        given = {"score_args": ScoreArguments(compute_per_module_scores=True)}
        analyzer.compute_pairwise_scores("scores", "plain", test, train, **sizes, **given)
        found = analyzer.load_pairwise_scores("scores")[str(layer)]
    return float((found - expected).abs().max() / expected.abs().max())


torch.manual_seed(0)
pixels, labels = torch.randn(11, 4, 6, 6), torch.arange(11) % 2
asked = pixels[:3] + 0.1
for mode in ("zeros", "reflect", "replicate", "circular"):
    torch.manual_seed(0)
    seen = difference(network(nn.Conv2d(4, 8, 3, padding=1, padding_mode=mode)), 0)
    assert seen < 1e-5 if mode == "zeros" else seen > 0.1, f"changed: {mode} differs by {seen}"
for groups in (2, 4):
    torch.manual_seed(0)
    seen = difference(network(nn.Conv2d(4, 8, 3, padding=1, groups=groups)), 0)
    assert seen > 0.05, f"changed: with {groups} groups they differ by {seen}"
apart = difference(network(nn.ReflectionPad2d(1), nn.Conv2d(4, 8, 3)), 1)
assert apart < 1e-5, f"changed: with the padding in a module of its own they differ by {apart}"
frozen = network(nn.Conv2d(4, 8, 3, padding=1))
frozen[0].bias.requires_grad_(False)
assert difference(frozen, 0) > 0.01, "changed: a frozen bias is left out"
print("as described: padding is taken to be zeros, groups are averaged, a frozen bias is counted, without a word")
PY
! grep -q "pad\|bias\|group" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
