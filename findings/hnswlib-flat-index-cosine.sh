#!/usr/bin/env bash
# hnswlib 0.8.0 beside NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: BFIndex, the exact search that hnswlib's approximate one is measured against, gives with space="cosine" the 1 - cos that Index gives:
# between 0 and 2, and 0 for a row asked about itself.
# Seen: rows are divided by their length where they are added, and asked ones are not. A distance is 1 - |row| cos, its size decided by the length
# of the row that asks: of features of 64 numbers a row is at -8 from itself, and all ten neighbours are below 0. The order of one
# row's neighbours is right, so the usual check, how many neighbours agree, shows nothing; but distances of two rows cannot be compared, and a limit
# for near copies ("below 0.1") that finds 30 pairs by Index finds 6,800 by BFIndex, with long rows close to everything. Nothing is said.
# So: divide by the length before both, or ask only Index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install hnswlib==0.8.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import hnswlib
import numpy as np

ROWS, WIDTH, NEIGHBOURS, LIMIT = 1_000, 64, 10, 0.1
drawn = np.random.default_rng(0)
rows = (drawn.normal(size=(ROWS, WIDTH)) + 0.5).astype(np.float32)
rows[:30] = rows[30:60] + 0.05 * drawn.normal(size=(30, WIDTH))  # near copies
lengths = np.linalg.norm(rows, axis=1)
angles = 1 - (rows / lengths[:, None]) @ (rows / lengths[:, None]).T


def asked(kind, rows, **more):
    index = kind(space="cosine", dim=WIDTH)
    index.init_index(max_elements=ROWS, **more)
    index.add_items(rows)
    if more:
        index.set_ef(ROWS)
    return index.knn_query(rows, k=NEIGHBOURS)


def copies(places, distances):
    return {(min(a, b), max(a, b)) for a, row, far in zip(range(ROWS), places, distances) for b, d in zip(row.tolist(), far) if a != b and d < LIMIT}


flat, flat_far = asked(hnswlib.BFIndex, rows)
graph, graph_far = asked(hnswlib.Index, rows, M=32, ef_construction=400)
assert np.array_equal(flat, graph), "changed: other neighbours"
assert np.abs(graph_far - np.take_along_axis(angles, graph.astype(int), 1)).max() < 1e-5, "changed: Index is not 1 - cos"
wanted = 1 - lengths[:, None] * (1 - np.take_along_axis(angles, flat.astype(int), 1))
assert np.abs(flat_far - wanted).max() < 1e-4, "changed: BFIndex is not 1 - |row| cos"
below, found, right = float((flat_far < 0).mean()), len(copies(flat, flat_far)), len(copies(graph, graph_far))
print(f"rows are at {flat_far[:, 0].mean():.1f} from themselves, {below:.0%} of distances below 0; below {LIMIT} {found} pairs, by Index {right}")
assert right == 30 and found > 1_000 and below > 0.8, f"changed: {found}, {right}, {below}"
shortened, shortened_far = asked(hnswlib.BFIndex, rows / lengths[:, None])
assert np.array_equal(shortened, graph) and np.abs(shortened_far - graph_far).max() < 1e-5, "changed: of rows of length 1"
print("as described: asked rows are not divided by their length")
PY
! grep -qiE "cosine|norm|length" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
