#!/usr/bin/env bash
# cleanlab 2.9.0 beside NumPy 2.4.6 and scikit-learn 1.9.1, Python 3.11, seen 2026-11-30.
#
# Guess: find_label_issues of cleanlab.multilabel_classification with return_indices_ranked_by="self_confidence" returns its images in the order of
# get_label_quality_scores, worst first, whatever filter_by chose them.
# Seen: with filter_by="low_self_confidence" or "low_normalized_margin" the right images in an order that hardly has to do with the scores
# (Spearman 0.0): their scores are sorted as the images lie in the data, and the places so found are looked up in a list that was sorted by score
# before. Two of the ten worst are among the first ten. Nothing is said. The five other ways to filter are in order, and so is
# find_label_issues for one label an image with the same two.
# So: sort by get_label_quality_scores oneself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install cleanlab==2.9.0 numpy==2.4.6 scikit-learn==1.9.1
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import numpy as np
from cleanlab.filter import find_label_issues as find_of_one_label
from cleanlab.multilabel_classification import get_label_quality_scores
from cleanlab.multilabel_classification.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores as scores_of_one_label

IMAGES, CLASSES = 600, 3
LOW = ("low_self_confidence", "low_normalized_margin")
OTHERS = ("prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given")
drawn = np.random.default_rng(0)
labels = [[label for label in range(CLASSES) if drawn.random() < 0.4] or [0] for _ in range(IMAGES)]
given = np.array([[label in each for label in range(CLASSES)] for each in labels])
chances = 1 / (1 + np.exp(-np.where(given, 2, -2) - drawn.normal(size=given.shape)))
chances = np.where(drawn.random(given.shape) < 0.05, 1 - chances, chances)
scores = get_label_quality_scores(labels, chances)
assert len(set(scores)) == IMAGES, "changed: scores are equal"


def ranked(way):
    return find_label_issues(labels, chances, filter_by=way, return_indices_ranked_by="self_confidence")


def rank_correlation(found):
    return np.corrcoef(np.argsort(np.argsort(scores[found])), np.arange(len(found)))[0, 1]


for way in OTHERS:
    assert (np.diff(scores[ranked(way)]) > 0).all(), f"changed: {way} is out of order"
for way in LOW:
    found = ranked(way)
    worst = np.argsort(scores)[: len(found)]
    assert set(found) == set(worst), f"changed: {way} chooses other images"
    assert abs(rank_correlation(found)) < 0.3, f"changed: {way} is nearer to its order"
    assert len(set(found[:10]) & set(worst[:10])) < 5, f"changed: {way} has more of the ten worst first"
    assert np.array_equal(found, worst[np.argsort(scores[np.sort(worst)])]), f"changed: {way} has another wrong order"
    print(f"{way}: {len(found)} images, Spearman with their scores {rank_correlation(found):.2f}; first ten {np.round(scores[found[:10]], 2)}")
    print(f"ten worst {np.round(scores[worst[:10]], 2)}")

single = np.where(drawn.random(IMAGES) < 0.1, 0, drawn.integers(0, CLASSES, IMAGES))
guessed = drawn.dirichlet(np.ones(CLASSES), IMAGES) + 2 * np.eye(CLASSES)[np.where(drawn.random(IMAGES) < 0.9, single, 1)]
guessed /= guessed.sum(1, keepdims=True)
for way in LOW:
    found = find_of_one_label(single, guessed, filter_by=way, return_indices_ranked_by="self_confidence", n_jobs=1)
    assert len(found) > 10 and (np.diff(scores_of_one_label(single, guessed)[found]) >= 0).all(), f"changed: {way} with one label an image"
print("as described: the right images, not in their order")
PY
! grep -qiE "warn|rank|order" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
