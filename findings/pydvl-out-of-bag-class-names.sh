#!/usr/bin/env bash
# pyDVL 0.10.0 beside scikit-learn 1.9.1 and NumPy 1.26.4 (pyDVL wants NumPy below 2), Python 3.11, seen 2026-11-30.
#
# Guess: DataOOBValuation gives each point the share of the forest's trees that had not seen it and predict its label ("point-wise accuracy for
# classifiers"), so wrong labels come out lowest, whatever the classes are called: 0 and 1, 1 and 2, -1 and 1, cat and dog.
# Seen: only for 0, 1, 2 and so on. The trees inside scikit-learn's forests and bagging predict numbers of classes, not classes, and these are
# compared with the labels as they are. For 1 and 2 a point of class 1 scores where a tree is wrong about it (its value is exactly 1 minus what
# it should be) and one of class 2 never: wrong labels rise from the bottom of the ranking to its top. For -1 and 1 all of class -1 are worth
# 0, for names all points are. Nothing is said.
# So: number the classes from 0 before the forest is fitted, or give a score that looks the prediction up in model.classes_.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install pydvl==0.10.0 scikit-learn==1.9.1 numpy==1.26.4
venv/bin/python - 2>said.txt <<'PY'
import numpy as np
from pydvl.valuation.dataset import Dataset
from pydvl.valuation.methods.data_oob import DataOOBValuation
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

random = np.random.default_rng(0)
points = random.normal(size=(120, 4))
classes = (points[:, 0] + 0.3 * random.normal(size=120) > 0).astype(int)
wrong = random.choice(120, 12, replace=False)
classes[wrong] = 1 - classes[wrong]


def of_library(forest, names):
    labels = np.array(names)[classes]
    forest.fit(points, labels)
    return DataOOBValuation(forest).fit(Dataset(points, labels)).result.values


def by_hand(bagging):
    """Return each point's share of right predictions of the trees whose sample is without it, by classes_."""
    right, asked = np.zeros(120), np.zeros(120)
    for tree, sample in zip(bagging.estimators_, bagging.estimators_samples_):
        unseen = np.setdiff1d(np.arange(120), sample)
        right[unseen] += bagging.classes_[tree.predict(points[unseen]).astype(int)] == np.array([0, 1])[classes[unseen]]
        asked[unseen] += 1
    return right / asked


def found(values, rank):
    return len(set(np.argsort(values)[rank]) & set(wrong.tolist()))


bagging = BaggingClassifier(DecisionTreeClassifier(random_state=0), 100, random_state=0)
plain = of_library(bagging, [0, 1])
np.testing.assert_allclose(plain, by_hand(bagging), atol=1e-12, err_msg="changed: for 0 and 1 it is another share")
for forest in (bagging, RandomForestClassifier(100, random_state=0)):
    plain = of_library(forest, [0, 1])
    shifted, signed = of_library(forest, [1, 2]), of_library(forest, [-1, 1])
    np.testing.assert_allclose(shifted[classes == 0], 1 - plain[classes == 0], atol=1e-12, err_msg="changed: 1 of 1 and 2")
    assert not shifted[classes == 1].any(), "changed: for 1 and 2, points of class 2 are worth something"
    assert not signed[classes == 0].any(), "changed: for -1 and 1, points of class -1 are worth something"
    np.testing.assert_allclose(signed[classes == 1], plain[classes == 1], atol=1e-12, err_msg="changed: 1 of -1 and 1")
    assert not of_library(forest, ["cat", "dog"]).any(), "changed: points with names for classes are worth something"
    lowest, highest = found(plain, slice(12)), found(shifted, slice(-12, None))
    assert lowest >= 6 and highest >= 6 and found(shifted, slice(12)) == 0, f"changed: {lowest} lowest, {highest} highest"
    print(f"{type(forest).__name__}: of 12 wrong labels {lowest} are among the 12 lowest, for 1 and 2 {highest} among the 12 highest")
print("as described: values depend on what the classes are called")
PY
! grep -qiE "label|class" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
