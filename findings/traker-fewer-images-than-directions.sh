#!/usr/bin/env bash
# traker 0.3.2 beside torch 2.13.0 and NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: TRAKer with its own defaults (2,048 directions, no ridge) gives scores for a few hundred training images too: those of the
# pseudo-inverse of ΦᵀΦ, whose rank is the number of images, or it refuses, as nothing of that rank has an inverse.
# Seen: neither. torch.linalg.inv gets the matrix in float32, whose rounding makes it invertible, and the scores are those of the rounding: for
# 300 images two seeds of the projection agree no more than drawn numbers do (mean Spearman below 0.1), nor does either with the
# scores of all parameters, and an image asked about itself is seldom its own highest. No NaN, no error, no warning. So with
# use_half_precision=False; and scores of 300 directions for 300 images are no better, but that each image is mostly its own highest.
# With lambda_reg=10 the same directions agree with the scores of all parameters (mean Spearman 0.74) and by 0.59 with one another, and of 40
# images 35 are their own highest; with 0.01 they are still noise. The ridge is added to ΦᵀΦ as it is, so what is enough depends on the gradients:
# 10 is 23 % of the mean of its diagonal here.
# So: lambda_reg above 0, or many more images than directions; and two seeds of the projection as a check.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install traker==0.3.2 torch==2.13.0 numpy==2.4.6 scipy==1.17.1
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import tempfile

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import nn
from torch.func import functional_call, grad, vmap
from trak import TRAKer

IMAGES, PIXELS, CLASSES, ASKED = 300, 40, 3, 40
torch.manual_seed(0)
pixels = torch.randn(IMAGES, PIXELS)
labels = (pixels @ torch.randn(PIXELS, CLASSES) + 2 * torch.randn(IMAGES, CLASSES)).argmax(1)
model = nn.Sequential(nn.Linear(PIXELS, 64), nn.ReLU(), nn.Linear(64, CLASSES))
optimizer = torch.optim.Adam(model.parameters(), 0.01, weight_decay=1e-3)
for _ in range(100):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(pixels), labels).backward()
    optimizer.step()
model.eval()


def margin(parameters, image, label):
    logits, own = functional_call(model, parameters, image[None])[0], torch.arange(CLASSES) == label
    return (logits * own).sum() - logits.masked_fill(own, -torch.inf).logsumexp(0)


def by_hand():
    """Return the scores of all parameters, (n_train, n_test), by a kernel of gradients with a ridge of a thousandth of its mean diagonal,
    and the mean diagonal of the library's matrix.
    """
    parameters = {name: each.detach() for name, each in model.named_parameters()}
    gradients = vmap(grad(margin), (None, 0, 0))(parameters, pixels, labels)
    gradients = torch.cat([each.flatten(1) for each in gradients.values()], 1).double()
    kernel = gradients @ gradients.T
    ridge = 1e-3 * kernel.diag().mean() * torch.eye(IMAGES)
    missing = 1 - model(pixels).softmax(1)[range(IMAGES), labels].detach()
    scores = missing[:, None] * torch.linalg.solve(kernel + ridge, kernel[:, :ASKED])
    return scores.numpy(), float(kernel.diag().sum() / gradients.shape[1])


def of_library(**given):
    with tempfile.TemporaryDirectory() as folder:
        library = TRAKer(model, "image_classification", IMAGES, save_dir=folder, device="cpu", logging_level=30, **given)
        library.load_checkpoint(model.state_dict(), model_id=0)
        library.featurize((pixels, labels), num_samples=IMAGES)
        library.finalize_features()
        library.start_scoring_checkpoint("asked", model.state_dict(), model_id=0, num_targets=ASKED)
        library.score((pixels[:ASKED], labels[:ASKED]), num_samples=ASKED)
        found = np.array(library.finalize_scores("asked"), dtype=float)
    assert np.isfinite(found).all(), "changed: scores that are not finite"
    return found


def agreement(one, other):
    """Return the mean over the asked images of Spearman's correlation of their scores."""
    return np.mean([spearmanr(one[:, asked], other[:, asked])[0] for asked in range(ASKED)])


def own_highest(found):
    return int((found.argmax(0) == np.arange(ASKED)).sum())


wanted, diagonal = by_hand()
for given in ({}, {"proj_dim": IMAGES}, {"use_half_precision": False}):
    one, other = (of_library(projector_seed=seed, **given) for seed in (0, 7))
    told = f"{given or 'defaults'}: two seeds agree by {agreement(one, other):.2f}, one with all parameters by {agreement(one, wanted):.2f}"
    print(f"{told}, {own_highest(one)} of {ASKED} are their own highest")
    assert abs(agreement(one, other)) < 0.1, f"changed: {told}"
    assert abs(agreement(one, wanted)) < 0.1, f"changed: {told}"
    assert "proj_dim" in given or own_highest(one) < ASKED / 4, f"changed: {own_highest(one)} are their own highest"
for ridge in (0.01, 10):
    one, other = (of_library(projector_seed=seed, lambda_reg=ridge) for seed in (0, 7))
    told = f"with a ridge of {ridge}: {agreement(one, other):.2f}, {agreement(one, wanted):.2f}, {own_highest(one)} of {ASKED}"
    print(told)
    if ridge == 10:
        assert agreement(one, other) > 0.5 and agreement(one, wanted) > 0.65 and own_highest(one) > 0.75 * ASKED, f"changed: {told}"
    else:
        assert abs(agreement(one, wanted)) < 0.1, f"changed: {told}"
print(f"as described; a ridge of 10 is {10 / diagonal:.2g} of the mean diagonal")
PY
! grep -qiE "warn|singular|rank|ill-cond|directions" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
