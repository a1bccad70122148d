#!/usr/bin/env bash
# quanda 0.5.0 beside lightning 2.6.6, torch 2.13.0 and NumPy 1.26.4 (by way of captum it wants NumPy below 2), Python 3.11, seen 2026-11-30.
#
# Guess: LinearDatamodelingMetric with a Lightning trainer ("Trainer object used to fit the model on the sampled subsets") trains m networks, each on
# its own half of the images and from the same start; scores are compared with their outputs.
# Seen: one is trained. The same Trainer is used m times, and Lightning counts epochs on from where the last training ended, so that all trainings
# but the first end before their first step. Of ten networks nine have, to the last bit, the weights that were handed over as model ("The
# model used to generate attributions"), saved as ten checkpoints. An image's score is then the rank correlation with ten numbers of
# which nine are equal: what one drawn half says. Exact effects, for which retrainings of each half by hand give 0.9, come out at
# 0.2. "Trainer.fit stopped: max_epochs reached" is printed each time, as it is after a training that went through; nothing else is said.
# So: train the networks of the halves oneself, from fresh weights, and give subset_ids and subset_ckpt_filenames.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile quanda==0.5.0 lightning==2.6.6 torch==2.13.0 numpy==1.26.4 pyarrow==24.0.0 omegaconf==2.4.0
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch

operators = torch.library.Library("torchvision", "FRAGMENT")  # torchvision's own do not load beside a torch without CUDA; none is used here
for name in ("nms", "qnms"):
    operators.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")

import copy
import os
import tempfile

import lightning
from quanda.metrics.ground_truth import LinearDatamodelingMetric
from torch import nn
from torch.utils.data import TensorDataset

IMAGES, HALVES, PENALTY = 40, 10, 0.1
torch.manual_seed(0)
pixels, asked = torch.randn(IMAGES, 4), torch.randn(12, 4)
labels, asked_labels = (pixels[:, 0] + 0.7 * torch.randn(IMAGES) > 0).long(), (asked[:, 0] > 0).long()


class Network(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, 2)

    def forward(self, images):
        return self.last(images)

    def training_step(self, batch, number):
        return nn.functional.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.3, weight_decay=PENALTY)


def margin(network):
    """Return what the metric looks at: the label's logit less the other's."""
    with torch.no_grad():
        logits = network(asked)
    return logits.gather(1, asked_labels[:, None])[:, 0] - logits.gather(1, 1 - asked_labels[:, None])[:, 0]


def trained(network, images):
    """Return a copy that was trained on these images until nothing moves."""
    network = copy.deepcopy(network)
    optimizer = network.configure_optimizers()
    for _ in range(400):
        optimizer.zero_grad()
        network.training_step((pixels[images], labels[images]), 0).backward()
        optimizer.step()
    return network


model = Network()
settings = {"logger": False, "enable_progress_bar": False, "enable_checkpointing": False, "enable_model_summary": False}
trainer = lightning.Trainer(max_epochs=100, accelerator="cpu", **settings)
data = TensorDataset(pixels, labels)
metric = LinearDatamodelingMetric(model=model, train_dataset=data, trainer=trainer, m=HALVES, batch_size=20, cache_dir=tempfile.mkdtemp(dir=os.getcwd()))

moved = [float((metric.load_counterfactual_model(number).last.weight - model.last.weight).norm()) for number in range(HALVES)]
print("how far each network is from the start:", [round(far, 3) for far in moved])
assert moved[0] > 0.1 and not any(moved[1:]), f"changed: {moved}"

everyone = list(range(IMAGES))
whole = margin(trained(model, everyone))
effects = torch.stack([whole - margin(trained(model, everyone[:number] + everyone[number + 1 :])) for number in everyone], dim=1)
metric.update(effects, asked_labels, asked)
found = metric.compute()["score"]
networks = [trained(model, half) for half in metric.subset_ids]
metric.load_counterfactual_model = networks.__getitem__
metric.reset()
metric.update(effects, asked_labels, asked)
right = metric.compute()["score"]
print(f"exact effects of single images: {found:.2f}, with each half trained {right:.2f}")
assert right > 0.7 and abs(found) < 0.35, f"changed: {found}, {right}"
print("as described: one network of ten is trained")
PY
! grep -viE "stopped|GPU|TPU|tip" said.txt | grep -qiE "epoch|already|trained" || { echo "changed: something is said"; cat said.txt; exit 1; }
