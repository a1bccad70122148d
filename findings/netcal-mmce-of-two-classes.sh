#!/usr/bin/env bash
# netcal 1.4.0 beside torch 2.13.0 and NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: MMCE takes "1-D for binary classification, 2-D for multi class" and is the same number either way, 0 for a model that is sure and right.
# Seen: of 1-D input the confidence is the probability of class 1 also where the model says class 0, so that a sure and right "class 0, since
# P(1) = 0" counts as right with a confidence of 0: 100 % off. Predictions of which all are sure and right have an MMCE of 0.5, and as
# two columns of 0. Of 2,000 drawn by their own probabilities 1-D says 0.21 and two columns 0.01; and it says 0.21, to the last digit, of
# the same predictions the wrong way round, which two columns put at 0.43: turning them round turns the sign of every difference and no more, so
# that a calibrated model and its opposite cannot be told apart. ECE of the same library takes both forms, and for 1-D counts how often
# class 1 is there. Nothing is said.
# So: MMCE().measure(np.stack([1 - p, p], axis=1), labels).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile netcal==1.4.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import numpy as np
from netcal.metrics import ECE, MMCE


def by_hand(chances, labels):
    """Return MMCE of two classes: the confidence is that of the class that is said (Kumar et al. 2018, Laplacian kernel of width 0.4)."""
    confidence = np.maximum(chances, 1 - chances)
    off = ((chances > 0.5) == labels) - confidence
    kernel = np.exp(-np.abs(confidence[:, None] - confidence) / 0.4)
    return float(np.sqrt(off @ kernel @ off) / len(off))


def one_and_two(chances, labels):
    return float(MMCE().measure(chances, labels)), float(MMCE().measure(np.stack([1 - chances, chances], axis=1), labels))


labels = np.repeat([0, 1], 50)
one, two = one_and_two(labels.astype(float), labels)
assert abs(one - 0.5) < 1e-6 and two == 0, f"changed: sure and right {one}, {two}"
assert ECE(10).measure(labels.astype(float), labels) < 1e-6, "changed: ECE of sure and right"

drawn = np.random.default_rng(0)
chances = drawn.random(2_000)
labels = (drawn.random(2_000) < chances).astype(int)
one, two = one_and_two(chances, labels)
turned_one, turned_two = one_and_two(1 - chances, labels)
print(f"by their own chances: 1-D {one:.3f}, two columns {two:.3f}; the wrong way round: 1-D {turned_one:.3f}, two columns {turned_two:.3f}")
assert abs(two - by_hand(chances, labels)) < 1e-6 and abs(turned_two - by_hand(1 - chances, labels)) < 1e-6, "changed: two columns"
assert two < 0.03 and turned_two > 0.4, f"changed: {two}, {turned_two}"
assert abs(one - turned_one) < 1e-9 and one > 0.2, f"changed: 1-D tells them apart, {one} and {turned_one}"
assert ECE(10).measure(chances, labels) < 0.05 and ECE(10).measure(1 - chances, labels) > 0.4, "changed: ECE"
print("as described: 1-D cannot tell a calibrated model from its opposite")
PY
! grep -qiE "mmce|binary|confidence" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
