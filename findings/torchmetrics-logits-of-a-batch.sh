#!/usr/bin/env bash
# torchmetrics 1.9.0 beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: a metric that is given logits ("if preds has values outside [0,1] range we consider the input to be logits and will auto apply sigmoid")
# is one number of all images, however they are cut into batches, as it is for probabilities.
# Seen: what the numbers are is decided batch by batch. A batch whose logits all happen to lie between 0 and 1 is taken for probabilities: a logit
# of 0.3, which is 57 %, is 30 % there, and class 0. Image by image, as where single images are looked at, that is every image between 0 and 1: of
# 4,000 logits of a calibrated network AUROC falls from 0.81 to 0.78, the calibration error goes from 0.015 to 0.055, and 13 % of
# the images change class, accuracy 71 instead of 73 %; in pairs a third of that. BinaryAccuracy, BinaryAUROC, BinaryAveragePrecision and
# BinaryCalibrationError alike. Nothing is said. From probabilities all are the same for every batch_size.
# So: hand over logits.sigmoid().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile torchmetrics==1.9.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from torchmetrics.classification import BinaryAccuracy, BinaryAUROC, BinaryAveragePrecision, BinaryCalibrationError

IMAGES = 4_000
torch.manual_seed(0)
logits = 1.5 * torch.randn(IMAGES)
labels = (torch.rand(IMAGES) < logits.sigmoid()).long()


def measured(kind, given, size):
    metric = kind()
    for numbers, wanted in zip(given.split(size), labels.split(size)):
        metric.update(numbers, wanted)
    return float(metric.compute())


inside = (logits > 0) & (logits < 1)
changed = float((inside & (logits < 0.5)).float().mean())
mixed = torch.where(inside, logits, logits.sigmoid())
print(f"{float(inside.float().mean()):.0%} of logits lie between 0 and 1, {changed:.0%} of images change class")
for kind, least in ((BinaryAccuracy, 0.01), (BinaryAUROC, 0.02), (BinaryAveragePrecision, 0.02), (BinaryCalibrationError, 0.03)):
    whole, pairs, single = (measured(kind, logits, size) for size in (IMAGES, 2, 1))
    print(f"{kind.__name__}: {whole:.3f} in one batch, {pairs:.3f} in pairs, {single:.3f} image by image")
    assert abs(single - whole) > least and abs(pairs - whole) > least / 6, f"changed: {kind.__name__} {whole}, {pairs}, {single}"
    assert abs(single - measured(kind, mixed, IMAGES)) < 1e-5, f"changed: {kind.__name__} image by image"
    for size in (IMAGES, 2, 1):
        assert abs(measured(kind, logits.sigmoid(), size) - whole) < 1e-5, f"changed: {kind.__name__} of probabilities"
print("as described: logits between 0 and 1 are probabilities")
PY
! grep -qiE "logit|probabilit|sigmoid" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
