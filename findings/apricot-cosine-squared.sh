#!/usr/bin/env bash
# apricot-select 0.6.1 beside NumPy 2.4.6 and scikit-learn 1.9.1, Python 3.11, seen 2026-11-30.
#
# Guess: FacilityLocationSelection with metric="cosine" ("any of the metrics implemented in sklearn", turned into similarities) takes 1 less that
# distance, which is the cosine: what looks the other way is far away and needs an image of its own.
# Seen: the cosine is squared (and so is a correlation), so that the opposite of an image stands for it as well as the image itself: of
# six groups of features in three pairs of opposites, three chosen ones leave nothing to gain, and each later one gains less than 0.03 of 120, so
# that half of the groups are left to chance; by the cosine itself the first six are one of each. Of the first six of 40 drawn rows two
# are those by the cosine. Nothing is said.
# So: metric="precomputed" and a matrix of one's own, cosines below 0 as 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile apricot-select==0.6.1 numpy==2.4.6 scikit-learn==1.9.1
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import numpy as np
from apricot import FacilityLocationSelection
from sklearn.metrics.pairwise import cosine_similarity

CHOSEN = 6
drawn = np.random.default_rng(0)


def chosen(given, **more):
    selection = FacilityLocationSelection(CHOSEN, **more).fit(given)
    return selection.ranking.tolist(), selection.gains


def by_hand(similarities):
    """Return the rows that greedily raise the sum over all rows of the largest similarity to a chosen one."""
    rows, best, gains = [], np.zeros(len(similarities)), []
    for _ in range(CHOSEN):
        sums = np.maximum(similarities, best).sum(1)
        rows.append(int(sums.argmax()))
        gains.append(sums.max() - best.sum())
        best = np.maximum(similarities[rows[-1]], best)
    return rows, np.array(gains)


middles = np.concatenate([np.eye(3), -np.eye(3)])
groups = np.repeat(np.arange(6), 20)
features = middles[groups] * 5 + 0.05 * drawn.normal(size=(120, 3))
rows, gains = chosen(features, metric="cosine")
cosines = cosine_similarity(features)
squares, of_squares = by_hand(cosines**2)
right, of_right = by_hand(cosines)
print(f"groups of the chosen {groups[rows]}, gains {gains.round(3)}; by the cosine {groups[right]}, {of_right.round(1)}")
assert rows == squares and np.allclose(gains, of_squares), "changed: not the squared cosine"
assert len(set(groups[rows[:3]] % 3)) == 3 and gains[3:].max() < 0.1, f"changed: {gains}"
assert len(set(groups[right])) == 6 and of_right[5] > 19, "by the cosine not one of each"
assert chosen(np.maximum(cosines, 0), metric="precomputed")[0] == by_hand(np.maximum(cosines, 0))[0], "changed: precomputed"

features = drawn.normal(size=(40, 3))
shared = set(chosen(features, metric="cosine")[0]) & set(by_hand(cosine_similarity(features))[0])
print(f"of 40 drawn rows {len(shared)} of {CHOSEN} are those by the cosine")
assert len(shared) <= 2, f"changed: {shared}"
print("as described: cosines are squared")
PY
! grep -qiE "cosine|square|distance|metric" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
