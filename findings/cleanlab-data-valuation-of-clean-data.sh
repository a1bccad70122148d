#!/usr/bin/env bash
# cleanlab 2.9.0 beside NumPy 2.4.6 and scikit-learn 1.9.1, Python 3.11, seen 2026-11-30.
#
# Guess: data_shapley_knn and Datalab's "data_valuation" are KNN-Shapley moved into [0, 1] ("approximate", without the paper's error bound): of
# images whose neighbours have their label most are above 0.5 ("scores below 0.5 indicate data points estimated to negatively impact model
# performance"), and values add up to about the accuracy of the k nearest neighbours, as Shapley values do.
# Seen: neither. All values are counted from the k-th neighbour, which is put at 0: a neighbour gets 1/k where it agrees and the k-th does not,
# -1/k the other way round, and 0 where both agree, which is nearly all there is in clean data. Of scikit-learn's digits as they are, k = 10, six
# of ten images are exactly 0.5, worth nothing; values add up to 0.06 where exact ones, and the accuracy, come to 0.93; their order has
# nothing to do with that of exact values (Spearman 0.01); 7 % are flagged, by exact values 0.5 %. And k decides: for k = 5 and 20 Spearman of
# the same images is 0.2. With a quarter of the labels wrong it is 0.7 beside exact values, and nine of ten of the lowest are wrong.
# So: use it to find wrong labels; take the value of right images from the exact recursion, which needs all neighbours and is as short.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile cleanlab==2.9.0 numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import numpy as np
from cleanlab.data_valuation import data_shapley_knn
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from sklearn.metrics.pairwise import cosine_distances

IMAGES = 600
features, digits = load_digits(return_X_y=True)
features, digits = features[:IMAGES], digits[:IMAGES]
distances = cosine_distances(features)
np.fill_diagonal(distances, np.inf)
NEAREST = np.argsort(distances, axis=1, kind="stable")[:, :-1]


def exact(labels, k):
    """Return exact KNN-Shapley values (Jia et al. 2019, theorem 1), each image asked of all others, as the library does."""
    count = IMAGES - 1
    agrees = (labels[NEAREST] == labels[:, None]).astype(float)
    steps = (agrees[:, :-1] - agrees[:, 1:]) / k * np.minimum(k, np.arange(1, count)) / np.arange(1, count)
    last = agrees[:, -1:] / count
    values = np.hstack([last + np.cumsum(steps[:, ::-1], axis=1)[:, ::-1], last])
    found = np.zeros((IMAGES, IMAGES))
    np.put_along_axis(found, NEAREST, values, axis=1)
    return found.mean(axis=0), float(agrees[:, :k].mean())


def from_last(labels, k):
    """Return the mean over those asked of (agrees - the k-th agrees) / k, 0 for all but the k nearest."""
    agrees = (labels[NEAREST[:, :k]] == labels[:, None]).astype(float)
    found = np.zeros((IMAGES, IMAGES))
    np.put_along_axis(found, NEAREST[:, :k], (agrees - agrees[:, -1:]) / k, axis=1)
    return found.mean(axis=0)


def values(labels, k=10):
    found = 2 * data_shapley_knn(labels, features=features, k=k) - 1
    assert np.abs(found - from_last(labels, k)).max() < 1e-9, f"changed: not counted from neighbour {k}"
    return found


found, (wanted, accuracy) = values(digits), exact(digits, 10)
assert abs(wanted.sum() - accuracy) < 0.01, f"exact values add up to {wanted.sum()}, accuracy is {accuracy}"
nothing, flagged, right = (float(share.mean()) for share in (found == 0, found < 0, wanted < 0))
alike, of_k = (float(spearmanr(*pair)[0]) for pair in ((found, wanted), (values(digits, 5), values(digits, 20))))
told = f"exactly 0.5: {nothing:.0%}; sum {found.sum():.2f}, exact {wanted.sum():.2f}, accuracy {accuracy:.2f}; Spearman {alike:.2f}; "
told += f"flagged {flagged:.1%}, by exact values {right:.1%}; k = 5 and 20 Spearman {of_k:.2f}"
print(told)
assert nothing > 0.5 and found.sum() < 0.1 and wanted.sum() > 0.9 and alike < 0.2, f"changed: {told}"
assert flagged > 5 * right and of_k < 0.4, f"changed: {told}"

drawn = np.random.default_rng(0)
wrong = drawn.random(IMAGES) < 0.3
noisy = np.where(wrong, (digits + drawn.integers(1, 10, IMAGES)) % 10, digits)
found, (wanted, _) = values(noisy), exact(noisy, 10)
alike, worst = float(spearmanr(found, wanted)[0]), float(wrong[np.argsort(found)[: wrong.sum()]].mean())
print(f"with {wrong.mean():.0%} wrong labels: Spearman {alike:.2f}, {worst:.0%} of as many lowest are wrong")
assert alike > 0.6 and worst > 0.85, f"changed: {alike}, {worst}"
print("as described: clean data are worth nothing")
PY
! grep -qiE "shapley|valuation|neighbo" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
