#!/usr/bin/env bash
# numkong 7.8.6 beside NumPy 2.4.6, Python 3.11, seen 2026-11-29.
#
# Guess: products and distances of integers are exact, as its "widened accumulation, not same-dtype" says: cdist gives float64, which holds
# every such sum of a picture's values.
# Seen: the sum is kept in 32 bits and wraps round before it becomes a float64. For uint8 pictures of 224 x 224 pixels in three colours that
# are bright (values from 200), dot() is less than half of what it is, the squared distance to dark ones a third, and the angle between any
# two of them, a picture and itself included, is NaN. Nothing is said. int8 wraps at 2^31: 200,000 products of 127 and -128 are positive.
# Pictures of 32 x 32 pixels, and int8 of up to 131,071 values, cannot get there and are exact (this program's rows are far shorter).
# So: give whole pictures as float32, which is summed in float64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install numkong==7.8.6 numpy==2.4.6
venv/bin/python -W always - 2>said.txt <<'PY'
import numkong
import numpy as np

generator = np.random.default_rng(0)


def pictures(side, lowest):
    return generator.integers(lowest, lowest + 56, (3, 3 * side * side)).astype(np.uint8)


def products(first, second):
    return first.astype(np.int64) @ second.astype(np.int64).T


def squares(first, second):
    return np.array([[int((np.subtract(a, b, dtype=np.int64) ** 2).sum()) for b in second] for a in first])


def of(kind, first, second):
    return np.asarray(numkong.cdist(first, second, kind))


bright, dark = pictures(32, 200), pictures(32, 0)
assert np.array_equal(of("dot", bright, bright), products(bright, bright)), "changed: small pictures are not exact"
assert np.array_equal(of("sqeuclidean", bright, dark), squares(bright, dark)), "changed: small pictures are not exact"

bright, dark = pictures(224, 200), pictures(224, 0)
dots, distances, angles = of("dot", bright, bright), of("sqeuclidean", bright, dark), of("angular", bright, bright)
assert dots.dtype == distances.dtype == np.float64, "changed: other kinds of numbers come back"
assert np.array_equal(dots, products(bright, bright) % 2**32), "changed: dot() does not wrap at 2^32"
assert dots.max() < 0.5 * products(bright, bright).min(), "changed: dot() is not less than half"
assert np.array_equal(distances, squares(bright, dark) % 2**32), "changed: sqeuclidean() does not wrap at 2^32"
assert np.isnan(angles).all(), f"changed: angles are {angles}"

exact = of("dot", bright.astype(np.float32), bright.astype(np.float32))
assert np.allclose(exact, products(bright, bright), rtol=1e-12), "changed: float32 is not summed in float64"
high, low = np.full((1, 200_000), 127, np.int8), np.full((1, 200_000), -128, np.int8)
assert products(high, low)[0, 0] < 0 < of("dot", high, low)[0, 0], "changed: int8 does not wrap"
assert np.array_equal(of("dot", high[:, :131_071], low[:, :131_071]), products(high[:, :131_071], low[:, :131_071])), "changed: int8 wraps earlier"
print("as described: sums of bright pictures wrap at 2^32, angles are NaN")
PY
! grep -q . said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
