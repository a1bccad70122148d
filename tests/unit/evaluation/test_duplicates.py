"""Images that occur twice: planted ones are found, and nothing else is."""

import json

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from explorer.app.pages.suspects.duplicates import (
    duplicate_section,
    duplicates_sentence,
    matches_filter,
    nearness_sentence,
)
from explorer.evaluation.duplicates import DEVIATIONS, DuplicateSet, ImageSet, close_pairs, duplicates, threshold, unit
from explorer.runs.results import duplicates as kept
from explorer.runs.results.duplicates import Duplicates, find_duplicates
from tests.support.views import drawn
from tests.support.views import shown as words_of


def clouds(n=400, m=80, d=30, seed=0):
    """Both sides of a set of unrelated images, each with an id of its own."""
    rng = np.random.default_rng(seed)
    features, labels = rng.normal(size=(n + m, d)), rng.integers(2, size=n + m)
    ids = np.arange(n + m, dtype=np.uint64)
    return features, ids, labels, n


def split(features, ids, labels, n):
    return ImageSet(features[:n], ids[:n], labels[:n]), ImageSet(features[n:], ids[n:], labels[n:])


def shown(one):
    return one.train.tolist(), one.test.tolist(), one.exact, one.contradicting


@pytest.mark.parametrize("seed", range(5))
def test_planted_duplicates_are_found_and_hardly_anything_else(seed):
    features, ids, labels, n = clouds(seed=seed)
    labels[:] = 0
    rng = np.random.default_rng(seed)
    features[7], ids[7] = features[3], ids[3]  # the same file twice
    features[n + 5] = 2 * features[20] + 0.02 * rng.normal(size=30)  # nearly the same, in the test set, and brighter
    features[51] = features[50] + 0.02 * rng.normal(size=30)  # nearly the same, with another label
    labels[51] = 1
    features[n + 9], ids[n + 9] = features[n + 8], ids[n + 8]  # twice among the test images alone
    bound, found = duplicates(*split(features, ids, labels, n))
    planted = [one for one in found if one.distance < bound / 2]
    assert [shown(one) for one in planted] == [
        ([50, 51], [], False, True),
        ([20], [5], False, False),
        ([3, 7], [], True, False),
    ]
    assert [one.across for one in planted] == [False, True, False]
    assert planted[2].distance == 0 < planted[0].distance
    assert len(found) <= len(planted) + 1  # the closest of 480 unrelated images may lie in the tail


@pytest.mark.parametrize("seed", range(5))
def test_among_unrelated_images_hardly_any_are_found(seed):
    bound, found = duplicates(*split(*clouds(seed=seed)))
    assert bound > 0
    assert len(found) <= 1


def test_of_few_images_only_exact_ones_are_found():
    features, ids, labels, _ = clouds(12, 4)
    features[1] = features[0] * 1.001
    ids[2] = ids[3]
    bound, found = duplicates(*split(features, ids, labels, 12))
    assert bound == 0
    assert [one.train.tolist() for one in found] == [[2, 3]]


def test_close_pairs_are_those_of_all_distances():
    rng = np.random.default_rng(0)
    points = unit(rng.normal(size=(1500, 90)).astype(np.float32))
    for row in range(0, 600, 2):  # pairs at all distances around the bound
        points[row + 1] = unit((points[[row]] + rng.uniform(0, 0.3) * rng.normal(size=(1, 90))).astype(np.float32))
    pairs, distances = close_pairs(points, 0.9)
    exact = cdist(points.astype(float), points.astype(float))
    expected = np.argwhere(np.triu(exact <= 0.9, 1))
    assert len(expected) > 50
    np.testing.assert_array_equal(np.array(sorted(pairs.tolist())), expected)
    np.testing.assert_allclose(distances, exact[pairs[:, 0], pairs[:, 1]], atol=1e-6)


def test_the_threshold_is_so_many_deviations_below_the_usual_neighbour():
    features, ids, _, _ = clouds(300, 0)
    points = unit(features)
    away = np.linalg.norm(points[:, None] - points[None, :], axis=2) + 9 * np.eye(300)
    logs = np.log(away.min(axis=1))
    deviation = 1.4826 * np.median(np.abs(logs - np.median(logs)))
    expected = np.exp(np.median(logs) - DEVIATIONS * deviation)
    np.testing.assert_allclose(threshold(points.astype(np.float32), ids), expected, rtol=1e-4)


def test_a_row_of_zeros_keeps_its_length():
    np.testing.assert_array_equal(unit(np.array([[0.0, 0.0], [3.0, 4.0]])), [[0.0, 0.0], [0.6, 0.8]])


def test_drawn_pictures_have_none_and_the_second_look_reads_the_file(run, explorer, printed, monkeypatch):
    first = find_duplicates(run)
    monkeypatch.setattr(kept, "duplicates", None)
    again = find_duplicates(run)
    assert (again.bound, again.sets) == (first.bound, first.sets) == (first.bound, [])
    answer = json.loads(printed("duplicates", "--run", "default", "--json"))
    assert answer == {"bound": first.bound, "sets": []}
    assert explorer("duplicates", "--run", "default").stdout == "No image occurs twice.\n"


def test_kept_sets_are_those_that_were_found(run, monkeypatch, tmp_path):
    planted = DuplicateSet(np.array([1, 2]), np.array([3]), False, 0.25, True)
    monkeypatch.setattr(kept, "duplicates", lambda train, test: (0.5, [planted]))
    monkeypatch.setattr(kept.home, "root", lambda: tmp_path)
    for found in (find_duplicates(run), kept.load_duplicates(run)):
        assert [shown(one) for one in found.sets] == [([1, 2], [3], False, True)]
        assert (found.bound, found.sets[0].distance) == (0.5, 0.25)


def test_a_set_says_what_is_wrong_with_it(run):
    one = DuplicateSet(np.array([0, 1, 2, 3]), np.array([5]), False, 0.25, True)
    drawn = duplicate_section(run, one)
    assert drawn.title == "✗ Nearly the same"
    assert drawn.text == "Labels differ, also in the test set, 0.25 apart, 1 more."
    assert [tile.lines[1] for tile in drawn.tiles] == ["training"] * 4
    same = duplicate_section(run, DuplicateSet(np.array([0, 1]), np.array([], dtype=int), True, 0.0, False))
    assert (same.title, same.text) == ("Exactly the same", "")
    assert [matches_filter(one, show) for show in ("all", "labels", "across", "exact")] == [True, True, True, False]
    assert "1 set of images that show the same, none of them exactly" in duplicates_sentence(Duplicates(0.5, [one]))
    assert "at most 0.50 apart" in nearness_sentence(Duplicates(0.5, [one]))
    assert "only exactly equal files were sought" in nearness_sentence(Duplicates(0.0, []))


def page():
    from explorer.app.components.current_case.current_case import current_run
    from explorer.app.pages.suspects.duplicates import draw_duplicates

    draw_duplicates(current_run())


def test_the_view_says_that_there_are_none():
    assert "No training image occurs twice" in words_of(drawn(page))
