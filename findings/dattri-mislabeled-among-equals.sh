#!/usr/bin/env bash
# dattri 0.3.0 beside torch 2.13.0 and scikit-learn 1.9.1, Python 3.11, seen 2026-11-30.
#
# Guess: mislabel_detection_auc ("fpr, tpr, thresholds just like" scikit-learn's roc_curve) counts images of equal scores as half found, as an area
# under that curve does: scores that are all the same have 0.5, wherever in the data the wrong labels lie.
# Seen: equal scores stand in the order in which a sort that keeps no order leaves them, and a step is made for each. Of 100 images that all have 0
# the area is 0.76 where the 30 wrong labels lie in front and 0.23 where they lie behind. Self-influences are often equal, for a network that
# is sure of an image has a gradient of exactly 0 in float32: of 300 images that a logistic regression of 400 features has learnt by heart 57 %
# have 0, half of the wrong labels among them, and the area is 0.66, in the opposite order of the images 0.53, where scikit-learn's
# roc_auc_score has 0.56 for both. In float64, where none is 0, both agree to 1e-5. Nothing is said.
# So: sklearn.metrics.roc_auc_score(wrong, scores).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile dattri==0.3.0 torch==2.13.0 numpy==2.4.6 scikit-learn==1.9.1
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import torch
from dattri.metric import mislabel_detection_auc
from sklearn.metrics import roc_auc_score


def areas(scores, wrong):
    """Return dattri's area and scikit-learn's."""
    return float(mislabel_detection_auc(scores, wrong)[0]), float(roc_auc_score(wrong.numpy(), scores.numpy()))


wrong = torch.zeros(100)
wrong[:30] = 1
front, behind = areas(torch.zeros(100), wrong), areas(torch.zeros(100), wrong.flip(0))
print(f"all scores 0: wrong labels in front {front[0]:.2f}, behind {behind[0]:.2f}; by scikit-learn {front[1]:.2f}, {behind[1]:.2f}")
assert front[1] == behind[1] == 0.5 and front[0] > 0.6 and behind[0] < 0.4, f"changed: {front}, {behind}"

IMAGES, WRONG, WIDTH = 300, 60, 400
torch.manual_seed(0)
images = torch.randn(IMAGES, WIDTH, dtype=torch.float64)
labels = (images[:, 0] > 0).long()
images[:, 0] *= 8
labels[:WRONG] = 1 - labels[:WRONG]
weights = torch.zeros(WIDTH, 2, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.Adam([weights], lr=0.3)
for _ in range(40):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(images @ weights, labels).backward()
    optimizer.step()


def self_influence(kind):
    """Return each gradient's squared length."""
    pixels = images.to(kind)
    errors = (pixels @ weights.detach().to(kind)).softmax(1) - torch.nn.functional.one_hot(labels, 2)
    return errors.square().sum(1) * pixels.square().sum(1)


wrong = torch.zeros(IMAGES)
wrong[:WRONG] = 1
scores = self_influence(torch.float32)
front, behind = areas(scores, wrong), areas(scores.flip(0), wrong.flip(0))
print(f"{float((scores == 0).float().mean()):.0%} of self-influences are 0: in front {front[0]:.2f}, behind {behind[0]:.2f}; by scikit-learn {front[1]:.2f}, {behind[1]:.2f}")
assert abs(front[1] - behind[1]) < 1e-9 and abs(front[0] - behind[0]) > 0.05, f"changed: {front}, {behind}"
scores = self_influence(torch.float64)
found, right = areas(scores, wrong)
assert (scores > 0).all() and abs(found - right) < 1e-5, f"changed: without equal ones {found}, {right}"
print("as described: equal scores are ranked by where the images lie")
PY
! grep -qiE "tie|equal|sort" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
