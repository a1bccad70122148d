"""Close pairs by cells: all of them where each point meets every cell it must, and the share that was found where it may not."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from explorer.evaluation import cells
from explorer.evaluation.cells import Recall, close_to_some, pairs_in_cells, recall_of


def points_with_neighbours(seed, n=900, d=12):
    """Points of length one, of which every second has one nearby, at distances around 0.3."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, d))
    points[1::2] = points[::2] + rng.uniform(0, 0.3, (n // 2, 1)) * rng.normal(size=(n // 2, d))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def slow_pairs(points, bound):
    """Slow twin: every pair, in float64."""
    away = cdist(points.astype(float), points.astype(float))
    return {(int(one), int(other)) for one, other in np.argwhere(np.triu(away <= bound, 1))}


@pytest.mark.parametrize("seed", range(3))
def test_no_pair_is_missed_where_no_cell_is_left_out(seed, monkeypatch):
    monkeypatch.setattr(cells, "CELLS", 1000)
    points = points_with_neighbours(seed)
    pairs, away = pairs_in_cells(points, points, 0.3)
    found = [tuple(pair) for pair in pairs.tolist()]
    assert found == sorted(slow_pairs(points, 0.3))
    np.testing.assert_allclose(away, np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1), atol=1e-6)
    assert len(found) > 200


def test_cells_beyond_the_bound_are_left_out(monkeypatch):
    monkeypatch.setattr(cells, "CELLS", 1000)
    points = points_with_neighbours(0)
    met = cells._met(points, cells._centres(points), 0.1)[1]
    assert (met < 0).mean() > 0.5


def test_what_is_missed_is_counted(monkeypatch):
    monkeypatch.setattr(cells, "CELLS", 1)
    points = points_with_neighbours(1)
    images, close = close_to_some(points, points, 0.3)
    found = {tuple(pair) for pair in pairs_in_cells(points, points, 0.3)[0].tolist()}
    every = {tuple(pair) for pair in close.tolist()}
    recall = recall_of(images, close, np.array(sorted(found)), len(points))
    assert every == slow_pairs(points, 0.3)
    assert recall == Recall(900, len(every), len(every & found))
    assert 0 < recall.found < recall.close


def test_a_part_is_compared_with_all(monkeypatch):
    monkeypatch.setattr(cells, "CHECKED", 90)
    points = points_with_neighbours(2)
    images, close = close_to_some(points, points, 0.3)
    rows = set(np.linspace(0, 899, 90).astype(int).tolist())
    expected = {pair for pair in slow_pairs(points, 0.3) if rows & set(pair)}
    assert images == 90
    assert {tuple(pair) for pair in close.tolist()} == expected
