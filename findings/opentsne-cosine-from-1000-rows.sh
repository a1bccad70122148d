#!/usr/bin/env bash
# openTSNE 1.0.4 beside NumPy 2.4.6 and scikit-learn 1.9.1, Python 3.11, seen 2026-11-30.
#
# Guess: metric="cosine" is 1 - cos whichever way neighbours are sought; from 1,000 rows on, where "auto" goes from the exact search to Annoy,
# only a neighbour may be missed. metric="dot", which is on the list of metrics, gives the largest products the largest affinities.
# Seen: neither. Annoy's angular distance is sqrt(2 - 2 cos), and goes into the same Gaussian as 1 - cos does: the square of the one is twice the
# other, not its square. With the same neighbours, all found, an eighth of all affinity lies elsewhere, and single ones are off by 95 % of
# the largest. So one row more, 1,000 instead of 999, is another kind of map, and a map of the 800 images of one side cannot be held
# against one of 5,000.
# With "dot" products are taken for distances: of a row's neighbours the one with the largest product gets the least, and most rows are
# among their own neighbours. Nothing is said.
# So: metric="euclidean" on rows divided by their length, which is Annoy's cosine to the last digit whatever the number of rows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile openTSNE==1.0.4 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import numpy as np
from openTSNE.affinity import PerplexityBasedNN

ROWS = 1_000
drawn = np.random.default_rng(0)
features = drawn.normal(size=(ROWS, 6)) * drawn.uniform(0.5, 2, size=(ROWS, 1))
directions = features / np.linalg.norm(features, axis=1, keepdims=True)


def affinities(rows, metric, method="auto", symmetrize=True):
    return PerplexityBasedNN(rows, perplexity=30, metric=metric, method=method, symmetrize=symmetrize, random_state=0).P.toarray()


def error(found, wanted):
    return float(np.abs(found - wanted).max() / wanted.max())


exact, annoy = (affinities(features, "cosine", method) for method in ("exact", "annoy"))
chords = affinities(directions, "euclidean", "exact")
assert np.array_equal(exact > 0, annoy > 0), "changed: other neighbours"
assert error(annoy, chords) < 1e-4, "changed: Annoy's cosine is not the distance of directions"
elsewhere, largest = float(np.abs(exact - annoy).sum()) / 2, error(annoy, exact)
print(f"of {ROWS} rows with the same neighbours {elsewhere:.0%} of all affinity lies elsewhere; the largest difference is {largest:.0%} of the largest")
assert elsewhere > 0.08 and largest > 0.4, f"changed: {elsewhere}, {largest}"

assert np.array_equal(affinities(features, "cosine"), annoy), "changed: auto of 1,000 rows"
fewer = affinities(features[:-1], "cosine")
assert np.array_equal(fewer, affinities(features[:-1], "cosine", "exact")), "changed: auto of 999 rows"
assert error(fewer, affinities(directions[:-1], "euclidean", "exact")) > 0.4, "changed: 999 rows are of the same kind as 1,000"

products = features @ features.T
found = affinities(features, "dot", symmetrize=False)
own = float((np.diag(found) > 0).mean())
np.fill_diagonal(found, 0)
turned = [np.corrcoef(row[row > 0], product[row > 0])[0, 1] for row, product in zip(found, products)]
least = np.mean([row[row > 0].min() == row[np.where(row > 0, product, -np.inf).argmax()] for row, product in zip(found, products)])
print(f"dot: {own:.0%} of rows among their own neighbours; the nearest gets the least in {least:.0%}; correlation {np.max(turned):.2f} at most")
assert own > 0.5 and least > 0.9 and max(turned) < -0.3, f"changed: dot {own}, {least}, {max(turned)}"
print("as described: another kind of affinity from 1,000 rows on")
PY
! grep -qiE "cosine|angular|dot|distance" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
