"""Many images on a map: a window's answer against a look at all of them, lines, hidden classes, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.app.components.scatter import crowd as crowds
from explorer.app.components.scatter import scatter
from explorer.app.components.scatter.choosing import chosen_of_many
from explorer.app.components.scatter.crowd import Crowd, Look, look_of, packed_answer
from explorer.app.components.scatter.scatter import Cloud, Shade, with_chosen
from explorer.core.errors import ExplorerError
from explorer.evaluation.point_grid import STEPS, PointGrid
from explorer.runs import selections
from explorer.runs.selections import Selection

TRAIN, TEST, CLASSES = 900, 300, 4
WHOLE = (0.0, 0.0, STEPS - 1.0, STEPS - 1.0)
MIDDLE = (20_000.0, 20_000.0, 40_000.0, 40_000.0)


@pytest.fixture
def crowd(monkeypatch):
    """Points in a browser that is given 300 at most, and counts of 8 × 8 parts."""
    monkeypatch.setattr(crowds, "MOST", 300)
    monkeypatch.setattr(crowds, "BINS", 8)
    rng = np.random.default_rng(0)
    count = TRAIN + TEST
    labels, predicted, codes = rng.integers(0, CLASSES, (3, count)).astype(np.uint16)
    sure, values = rng.random((2, count)).astype(np.float32)
    facts = {"labels": labels, "predicted": predicted, "sure": sure, "values": values}
    places = rng.integers(0, STEPS, (count, 2)).astype(np.uint16)
    return Crowd(PointGrid.of(places), codes, CLASSES, {"train": TRAIN, "test": TEST}, facts)


def header(content):
    return np.frombuffer(content[:16], "<u4").tolist(), np.frombuffer(content[24:40], "<f4") * (STEPS - 1)


def counts_of(content):
    """Counts, shades and shares of chosen images of 8 × 8 parts."""
    parts = np.frombuffer(content[40 : 40 + 256], "<u4")
    return parts, *np.split(np.frombuffer(content[40 + 256 :], np.uint8), 2)


def part_by_part(crowd):
    """The points in each of 8 × 8 parts of the whole, found one after the other."""
    parts = [[] for _ in range(64)]
    for row, (x, y) in enumerate(crowd.grid.places.tolist()):
        parts[min(7, int(8 * y / (STEPS - 1))) * 8 + min(7, int(8 * x / (STEPS - 1)))].append(row)
    return parts


def test_of_too_many_points_a_browser_gets_counts_and_the_commonest_class_of_each_part(crowd):
    content = packed_answer(crowd, Look(WHOLE))
    assert header(content)[0] == [crowds.DENSITY, TRAIN + TEST, 8, 0]
    counts, shades, chosen = counts_of(content)
    slow = part_by_part(crowd)
    assert counts.tolist() == [len(rows) for rows in slow]
    assert shades.tolist() == [np.bincount(crowd.codes[rows]).argmax() for rows in slow]
    assert set(chosen.tolist()) == {255}


def test_classes_without_a_colour_count_together_and_hidden_ones_not(crowd):
    slots = np.array([1, 2, 0, 2])  # of classes 2 and 0 with a colour, and all others
    content = packed_answer(crowd, Look(WHOLE, named=(2, 0), hidden=(0,)))
    counts, shades, _ = counts_of(content)
    slow = [[row for row in rows if crowd.codes[row] != 2] for rows in part_by_part(crowd)]
    assert counts.tolist() == [len(rows) for rows in slow]
    assert shades.tolist() == [np.bincount(slots[crowd.codes[rows]]).argmax() for rows in slow]


def test_the_share_of_chosen_images_is_that_of_a_selection(crowd):
    key = selections.save_sides("a" * 16, {"train": range(50), "test": range(20)})
    _, _, chosen = counts_of(packed_answer(crowd, Look(WHOLE, selection=key)))
    mask = np.isin(np.arange(TRAIN + TEST), [*range(50), *range(TRAIN, TRAIN + 20)])
    assert chosen.tolist() == [np.ceil(255 * mask[rows].mean()) for rows in part_by_part(crowd)]


def test_of_few_points_a_browser_gets_each_with_what_is_known_of_it(crowd):
    content = packed_answer(crowd, Look(MIDDLE))
    (kind, count, _, valued), window = header(content)
    x, y = crowd.grid.places.T.astype(float)
    left, bottom, right, top = window
    rows = np.flatnonzero((x >= left - 0.1) & (x <= right + 0.1) & (y >= bottom - 0.1) & (y <= top + 0.1))
    assert (kind, count, valued) == (crowds.POINTS, len(rows), 1)
    assert left < MIDDLE[0]
    np.testing.assert_array_equal(np.frombuffer(content[40:], "<u4", count), rows)
    sure, values = np.split(np.frombuffer(content[40 + 4 * count :], "<f4", 2 * count), 2)
    np.testing.assert_array_equal(sure, crowd.facts["sure"][rows])
    np.testing.assert_array_equal(values, crowd.facts["values"][rows])
    numbers = np.frombuffer(content[40 + 12 * count :], "<u2", 5 * count)
    known = [crowd.codes, crowd.facts["labels"], crowd.facts["predicted"]]
    np.testing.assert_array_equal(numbers[: 2 * count].reshape(-1, 2), crowd.grid.places[rows])
    np.testing.assert_array_equal(numbers[2 * count :].reshape(3, -1), [column[rows] for column in known])


def test_a_margin_that_holds_too_many_points_is_left_out(crowd, monkeypatch):
    monkeypatch.setattr(crowds, "MOST", len(crowd.grid.in_window(MIDDLE)))
    (kind, count, *_), window = header(packed_answer(crowd, Look(MIDDLE)))
    assert (kind, count) == (crowds.POINTS, crowds.MOST)
    np.testing.assert_allclose(window, MIDDLE, atol=0.02)


@pytest.fixture
def block(crowd, monkeypatch):
    """The block of such a crowd, as a page sends it."""
    monkeypatch.setattr(scatter, "MANY", 1000)
    labels = {"train": crowd.codes[:TRAIN], "test": crowd.codes[TRAIN:]}
    run = SimpleNamespace(id="b" * 16, class_names=[*"abcd"], labels=labels.get)
    run.probabilities = lambda side: np.eye(CLASSES)[labels[side]]
    cloud = Cloud(crowd.grid.places / (STEPS - 1), crowd.sides, "a map", "here")
    return scatter.scatter(run, cloud, Shade("label", crowd.codes, run.class_names))


def test_a_block_of_many_images_has_no_number_of_any_and_a_line_means_rows_of_both_sides(crowd, block):
    assert (block["places"], block["labels"], block["images"]) == ("", "", TRAIN + TEST)
    line = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
    chosen = chosen_of_many({"line": line, "hidden": "1,3"}, block)
    x, y = crowd.grid.places.T / (STEPS - 1)
    near = (x > 0.2) & (x < 0.8) & (y > 0.2) & (y < 0.8) & np.isin(crowd.codes, [0, 2])
    np.testing.assert_array_equal(chosen["train"], np.flatnonzero(near[:TRAIN]))
    np.testing.assert_array_equal(chosen["test"], np.flatnonzero(near[TRAIN:]))
    one = chosen_of_many({"row": TRAIN + 7}, block)
    assert {side: rows.tolist() for side, rows in one.items()} == {"train": [], "test": [7]}
    assert not any(map(len, chosen_of_many({"line": []}, block).values()))


def test_what_is_chosen_of_many_travels_as_its_key(block, monkeypatch):
    monkeypatch.setattr(scatter.urls, "param", {"selection": "c" * 16}.get)
    marked = with_chosen(block, Selection("b" * 16, np.arange(3), np.arange(2)))
    assert (marked["selected"], marked["found"], marked["chosen"]) == ("c" * 16, 5, "")
    assert with_chosen(block, None)["selected"] == ""


REFUSED = {
    "a class that is none": ({"named": "0,4"}, "numbers go from 0 to 3"),
    "words for classes": ({"hidden": "cat"}, "must be numbers with commas"),
    "a window of three sides": ({"window": "0,0,1"}, "cannot be read; reload"),
}


@pytest.mark.parametrize(("state", "words"), REFUSED.values(), ids=REFUSED)
def test_an_address_that_cannot_be_read_is_refused_with_what_is_allowed(state, words):
    with pytest.raises(ExplorerError, match=words):
        look_of(state, CLASSES)


@pytest.mark.parametrize("given", ["around", [[0.5]], [[0.1, float("nan")]] * 3, [[0, 0]] * 10_001])
def test_a_line_that_cannot_be_read_is_refused(given):
    with pytest.raises(ExplorerError, match=r"[Dd]raw"):
        crowds.line_of(given)


def test_a_map_that_is_no_longer_kept_says_what_to_do():
    answered = crowds.answer(SimpleNamespace(path_params={"token": "0" * 16}, query_params={}))
    assert (answered.status_code, b"open the page again" in answered.body) == (404, True)
