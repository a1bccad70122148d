"""Windows, drawn lines and counts of many points, against loops over all of them."""

import numpy as np
import pytest

from explorer.evaluation.point_grid import NOTHING, STEPS, PointGrid, bins_of, commonest, mean_level

RNG = np.random.default_rng(0)
POINTS = 1000
# Name, and places: everywhere, in a heap, all in one spot, and at the edges of cells and of the plane.
CLOUDS = {
    "everywhere": RNG.integers(0, STEPS, (POINTS, 2)),
    "a heap": np.clip(RNG.normal(STEPS / 2, 900, (POINTS, 2)), 0, STEPS - 1),
    "one spot": np.full((POINTS, 2), 300),
    "edges": RNG.choice([0, 255, 256, 257, STEPS - 1], (POINTS, 2)),
}
clouds = pytest.mark.parametrize("places", [cloud.astype(np.uint16) for cloud in CLOUDS.values()], ids=CLOUDS)
WINDOWS = [(0, 0, STEPS, STEPS), (256, 255, 257, 65_535), (30_000.5, 31_000, 34_000, 33_000.25), (-900, -1, 300, 300)]
STAR = [(STEPS * (0.5 + 0.45 * np.cos(t)), STEPS * (0.5 + 0.45 * np.sin(t))) for t in np.arange(5) * 4 * np.pi / 5]
LINES = [STAR, [(0, 0), (STEPS, 0), (0, STEPS)], [(256, 0), (256, 900), (900, 900), (900, 0)], [(9, 9), (9, 9), (9, 9)]]


def crossed(line, x, y):
    """Whether a ray to the right of a place meets a line an odd number of times, edge by edge (as scatter/geometry.js)."""
    odd = False
    for (x0, y0), (x1, y1) in zip(line, [line[-1], *line[:-1]], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            odd = not odd
    return odd


@clouds
@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_holds_what_a_look_at_all_points_finds(places, window):
    left, bottom, right, top = window
    slow = [row for row, (x, y) in enumerate(places.tolist()) if left <= x <= right and bottom <= y <= top]
    assert sorted(PointGrid.of(places).in_window(window).tolist()) == slow


@clouds
@pytest.mark.parametrize("line", LINES)
def test_a_line_holds_what_a_ray_from_each_point_says(places, line):
    slow = [row for row, (x, y) in enumerate(places.tolist()) if crossed(line, x, y)]
    assert PointGrid.of(places).within(line).tolist() == slow


@clouds
@pytest.mark.parametrize("window", WINDOWS[:3])
def test_counts_and_colours_of_the_parts_are_those_of_a_loop(places, window):
    bins, most = 4, 3
    held = places[PointGrid.of(places).in_window(window)]
    kinds = RNG.integers(0, most, len(held))
    levels = np.where(RNG.random(len(held)) < 0.2, NOTHING, RNG.integers(0, NOTHING, len(held)))
    parts = bins_of(held, window, bins)
    width, height = ((window[side + 2] - window[side]) / bins for side in (0, 1))
    slow = [
        min(int((y - window[1]) / height), bins - 1) * bins + min(int((x - window[0]) / width), bins - 1)
        for x, y in held.tolist()
    ]
    assert parts.tolist() == slow
    for part in range(bins**2):
        here = np.array(slow, dtype=int) == part
        named, known = kinds[here].tolist(), levels[here & (levels != NOTHING)]
        kind = max(range(most), key=named.count) if named else NOTHING
        assert commonest(parts, kinds, bins, most)[part] == kind
        assert mean_level(parts, levels, bins)[part] == (round(known.mean()) if len(known) else NOTHING)


@clouds
@pytest.mark.parametrize("window", WINDOWS)
def test_the_cells_that_a_window_holds_whole_have_no_more_points_than_the_window(places, window):
    grid = PointGrid.of(places)
    left, bottom, right, top = window
    whole = [
        row
        for row, (x, y) in enumerate((places // 256).tolist())
        if 256 * x >= left and 256 * x + 255 <= right and 256 * y >= bottom and 256 * y + 255 <= top
    ]
    assert grid.at_least(window) == len(whole) <= len(grid.in_window(window))
