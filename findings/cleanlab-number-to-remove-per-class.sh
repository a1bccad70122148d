#!/usr/bin/env bash
# cleanlab 2.9.0 beside NumPy 2.4.6 and scikit-learn 1.9.1, Python 3.11, seen 2026-11-30.
#
# Guess: find_label_issues with num_to_remove_per_class=[5, 0, 1] returns, as its documentation says in these words, the 5 most likely mislabeled
# examples in class 0 and the most likely mislabeled example in class 2; with its default filter_by="prune_by_noise_rate" one more or one less in
# a class, "due to rounding error", which it also says.
# Seen: with prune_by_noise_rate the numbers are of the classes that the model guesses, not of those that are given: [5, 0, 1] returns
# 5 images of class 1, one of class 0 and none of class 2, since it is class 0's images that are called class 1. Of [0, 20, 0], class 1's twenty
# most likely errors, none of class 1 comes back, but twelve of class 2. filter_by="both" keeps what both readings share: of [0, 20, 0] nothing.
# Where all classes have the same number it cannot be seen. filter_by="prune_by_class" does as documented.
# So: filter_by="prune_by_class" whenever num_to_remove_per_class is given.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install cleanlab==2.9.0 numpy==2.4.6 scikit-learn==1.9.1
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import numpy as np
from cleanlab.filter import find_label_issues

IMAGES, CLASSES = 600, 3
drawn = np.random.default_rng(0)
true = drawn.integers(0, CLASSES, IMAGES)
given = true.copy()
for source, called, number in ((0, 1, 40), (2, 0, 15), (1, 2, 10)):
    given[drawn.choice(np.flatnonzero(true == source), number, replace=False)] = called
logits = drawn.normal(size=(IMAGES, CLASSES)) + 3 * np.eye(CLASSES)[true]
chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
own = chances[np.arange(IMAGES), given]


def numbers(wanted, way):
    """Return how many are returned of each given class and of each guessed class, and which."""
    found = find_label_issues(given, chances, filter_by=way, num_to_remove_per_class=wanted, n_jobs=1)
    of_given, of_guessed = (np.bincount(each[found], minlength=CLASSES).tolist() for each in (given, chances.argmax(1)))
    return of_given, of_guessed, found


for wanted in ([5, 0, 1], [10, 2, 5], [0, 20, 0], [5, 5, 5]):
    right, _, found = numbers(wanted, "prune_by_class")
    assert right == wanted, f"changed: prune_by_class returns {right} for {wanted}"
    for label, number in enumerate(wanted):
        lowest = np.flatnonzero(given == label)[np.argsort(own[given == label])[:number]]
        assert set(lowest) == set(np.flatnonzero(found & (given == label))), "changed: prune_by_class does not return the lowest"
    of_given, of_guessed, _ = numbers(wanted, "prune_by_noise_rate")
    print(f"{wanted} by noise rate: {of_given} of the given classes, {of_guessed} of the guessed ones")
    if wanted == [5, 5, 5]:
        assert of_given == wanted, "changed: the same number of each class"
    else:
        assert max(abs(np.subtract(of_given, wanted))) > 1, f"changed: {of_given} for {wanted} is rounding"
        assert wanted == [0, 20, 0] or of_guessed == wanted, f"changed: {of_guessed} of the guessed classes for {wanted}"
assert numbers([5, 0, 1], "prune_by_noise_rate")[0] == [1, 5, 0], "changed: the documentation's own example"
assert numbers([0, 20, 0], "prune_by_noise_rate")[0] == [0, 0, 12], "changed: twenty of class 1"
assert numbers([0, 20, 0], "both")[0] == [0, 0, 0], "changed: both"
print("as described: the default counts classes that are guessed")
PY
! grep -qiE "warn|class|remove" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
