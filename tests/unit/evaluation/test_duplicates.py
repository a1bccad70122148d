"""Images that occur twice: planted ones are found, and nothing else is."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from explorer.app.pages.suspects.duplicates import (
    copies_acts,
    duplicate_section,
    duplicates_sentence,
    in_order,
    matches_filter,
    nearness_sentence,
)
from explorer.evaluation import duplicates as module
from explorer.evaluation.cells import Recall
from explorer.evaluation.closeness import DEVIATIONS, close_pairs, threshold, unit
from explorer.evaluation.duplicates import DuplicateSet, ImageSet, alike, distances, duplicates
from explorer.runs.edits import actions, edit_log
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


def all_show_same(pairs, progress=None):
    """The pixels deny nothing: only the features decide."""
    return np.ones(len(pairs))


def only(*named):
    """Of pairs of rows, only these show the same."""
    return lambda pairs, progress=None: np.array([float(tuple(sorted(pair)) in named) for pair in pairs.tolist()])


def split(features, ids, labels, n):
    return ImageSet(features[:n], ids[:n], labels[:n]), ImageSet(features[n:], ids[n:], labels[n:])


def twins(train, test, exact=True, contradicting=False):
    """A set with a distance of 0.25 between the closest and of 0.375 between the farthest, unless they are the same."""
    images = [("train", row) for row in train] + [("test", row) for row in test]
    near, far = (0.0, 0.0) if exact else (0.25, 0.375)
    rows = (np.array(list(side), dtype=np.int64) for side in (train, test))
    return DuplicateSet(*rows, exact, near, contradicting, far, (images[0], images[-1]))


def complete_linkage(points, bound):
    """Slow twin: all pairs of sets are looked at, and the two are joined whose farthest members are closest (Sørensen 1948)."""
    away = cdist(points, points)
    sets = [[row] for row in range(len(points))]
    while len(sets) > 1:
        pairs = [
            (away[np.ix_(one, other)].max(), a, b) for a, one in enumerate(sets) for b, other in enumerate(sets[:a])
        ]
        nearest, a, b = min(pairs)
        if nearest > bound:
            break
        sets[b] += sets.pop(a)
    return {frozenset(rows) for rows in sets}


@pytest.mark.parametrize("chain", [module.CHAIN, 3])
@pytest.mark.parametrize("seed", range(6))
def test_sets_are_those_of_a_slow_twin_and_never_wider_than_the_bound(seed, chain, monkeypatch):
    monkeypatch.setattr(module, "CHAIN", chain)
    rng = np.random.default_rng(seed)
    points = unit(
        (rng.normal(size=(6, 8))[rng.integers(6, size=60)] + 0.2 * rng.normal(size=(60, 8))).astype(np.float32)
    )
    bound = float(np.quantile(cdist(points, points), 0.08))
    numbers = alike(points, close_pairs(points, bound)[0], bound)
    found = {frozenset(np.flatnonzero(numbers == number).tolist()) for number in np.unique(numbers)}
    for rows in found:
        assert cdist(points[list(rows)], points[list(rows)]).max() <= bound + 1e-6
    if chain == module.CHAIN == 4000:
        assert found == complete_linkage(points, bound)
        assert max(map(len, found)) > 2


def test_a_chain_of_close_pairs_is_no_set():
    angles = np.concatenate([0.1 * np.arange(12), 3 + 0.001 * np.arange(3)])
    points = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    numbers = alike(points, close_pairs(points, 0.11)[0], 0.11)
    assert np.bincount(numbers).max() == 3  # neighbours in the chain come in pairs; only the three at 3 are one set
    assert len(set(numbers[-3:].tolist())) == 1


@pytest.mark.parametrize("seed", range(3))
def test_every_close_pair_across_the_sides_stands_in_a_set(seed, monkeypatch):
    steps, n = 0.1 * np.arange(40), 30  # a chain: each is close to its neighbours alone
    order = np.random.default_rng(seed).permutation(40)
    features = np.column_stack([np.cos(steps), np.sin(steps)])[order]
    monkeypatch.setattr(module, "threshold", lambda *_: 0.11)
    sides = split(features, np.arange(40, dtype=np.uint64), np.zeros(40, dtype=int), n)
    sets = duplicates(*sides, all_show_same)[1]
    away = cdist(features, features)
    close = {(int(one), int(test)) for one, test in np.argwhere(away[:n, n:] <= 0.11)}
    assert close == {(int(one), int(test)) for each in sets for one in each.train for test in each.test}
    assert max(one.largest for one in sets) <= 0.11


def test_the_largest_distance_and_its_pair_are_told():
    features, ids, labels, n = clouds()
    features[[3, 7, n + 2]] = features[3] + np.array([[0.0], [0.01], [0.03]]) * np.eye(30)[:1]
    ids[11], features[11] = ids[3], features[3] + 1e-4  # the same file, in a batch of its own
    found = next(
        one
        for one in duplicates(*split(features, ids, labels, n), only((3, 7), (3, n + 2), (7, n + 2)))[1]
        if 3 in one.train
    )
    assert shown(found)[:3] == ([3, 7, 11], [2], False)
    points = unit(features[[3, 7, n + 2]])
    np.testing.assert_allclose(found.largest, np.linalg.norm(points[0] - points[2]), atol=1e-6)
    assert (found.farthest, found.distance) == ((("train", 3), ("test", 2)), 0.0)


def test_distances_are_those_of_all_pairs():
    points = np.random.default_rng(0).normal(size=(9, 4))
    np.testing.assert_allclose(distances(points), pdist(points))


def test_the_search_tells_how_far_it_is():
    told = []
    duplicates(*split(*clouds()), all_show_same, progress=lambda stage, done, total: told.append((done, total)))
    assert told == [(0, 480), (480, 480)]


def shown(one):
    return one.train.tolist(), one.test.tolist(), one.exact, one.contradicting


@pytest.mark.parametrize("seed", range(5))
def test_planted_duplicates_are_found_and_nothing_else(seed):
    features, ids, labels, n = clouds(seed=seed)
    labels[:] = 0
    rng = np.random.default_rng(seed)
    features[7], ids[7] = features[3], ids[3]  # the same file twice
    features[n + 5] = 2 * features[20] + 0.02 * rng.normal(size=30)  # nearly the same, in the test set, and brighter
    features[51] = features[50] + 0.02 * rng.normal(size=30)  # nearly the same, with another label
    labels[51] = 1
    features[n + 9], ids[n + 9] = features[n + 8], ids[n + 8]  # twice among the test images alone
    planted = duplicates(*split(features, ids, labels, n), only((20, n + 5), (50, 51)))[1]
    assert [shown(one) for one in planted] == [
        ([50, 51], [], False, True),
        ([20], [5], False, False),
        ([3, 7], [], True, False),
    ]
    assert [one.across for one in planted] == [False, True, False]
    assert planted[2].distance == 0 < planted[0].distance


def test_images_that_only_the_network_finds_alike_are_no_duplicates():
    features, ids, labels, n = clouds()
    features[[3, 7, 9]] = features[3] + 0.01 * np.eye(30)[:3]
    bound, found, _ = duplicates(*split(features, ids, labels, n), only())
    assert bound > 0
    assert found == []
    (pair,) = duplicates(*split(features, ids, labels, n), only((3, 9)))[1]
    assert shown(pair)[:2] == ([3, 9], [])  # 7 is as close, and shows something else


def test_a_set_holds_no_two_images_that_show_different_things():
    points = unit(np.array([[1, 0.0], [1, 0.01], [1, 0.02]], dtype=np.float32))
    assert len(set(alike(points, np.array([[0, 1], [1, 2], [0, 2]]), 0.1).tolist())) == 1
    assert np.bincount(alike(points, np.array([[0, 1], [1, 2]]), 0.1)).tolist() in ([2, 1], [1, 2])


def test_only_the_closest_pairs_are_looked_at_where_there_are_very_many(monkeypatch):
    features, ids, labels, n = clouds()
    features[[3, 7]], features[[11, 12]] = features[3] + [[0], [0.001]], features[11] + [[0], [0.01]]
    monkeypatch.setattr(module, "MOST_PAIRS", 1)
    (found,) = duplicates(*split(features, ids, labels, n), all_show_same)[1]
    assert shown(found)[0] == [3, 7]


def test_of_few_images_only_exact_ones_are_found():
    features, ids, labels, _ = clouds(12, 4)
    features[1] = features[0] * 1.001
    ids[2] = ids[3]
    bound, found, _ = duplicates(*split(features, ids, labels, 12), only())
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


def test_very_many_images_are_compared_by_cells_and_what_is_missed_is_told(monkeypatch):
    monkeypatch.setattr(module, "MANY", 100)
    features, ids, labels, n = clouds(n=1500, m=100)
    features[[3, 7]] = features[3] + 0.01 * np.eye(30)[:2]
    sides = split(features, ids, labels, n)
    approximate = duplicates(*sides, all_show_same)
    assert ([3, 7], []) in [shown(one)[:2] for one in approximate.sets]
    recall = approximate.recall
    assert recall.found == recall.close >= 1
    assert (approximate.recall.images, approximate.bound) == (1600, duplicates(*sides, only()).bound)
    words = nearness_sentence(Duplicates(*approximate))
    assert (
        f"of {recall.close} close pairs of 1,600 images that were compared with all, {recall.found} were found" in words
    )
    monkeypatch.setattr(module, "MANY", 10_000)
    exact = duplicates(*sides, all_show_same)
    assert [shown(one) for one in approximate.sets] == [shown(one) for one in exact.sets]
    assert exact.recall is None
    assert "may be missing" not in nearness_sentence(Duplicates(*exact))


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
    planted = twins([1, 2], [3], exact=False, contradicting=True)
    monkeypatch.setattr(kept, "duplicates", lambda *_: (0.5, [planted], Recall(40, 3, 2)))
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    for found in (find_duplicates(run), kept.load_duplicates(run)):
        assert [shown(one) for one in found.sets] == [([1, 2], [3], False, True)]
        assert (found.bound, found.sets[0].distance, found.recall) == (0.5, 0.25, Recall(40, 3, 2))
        assert (found.sets[0].largest, found.sets[0].farthest) == (0.375, (("train", 1), ("test", 3)))


def test_a_set_says_what_is_wrong_with_it(run):
    one = twins([0, 1, 2, 4], [5], exact=False, contradicting=True)
    drawn = duplicate_section(run, one)
    assert drawn.title == "✗ Nearly the same"
    words = "Labels differ, also in the test set, the first two are 0.38 apart, no two are farther, 1 more."
    assert drawn.text == words
    assert [tile.lines[1] for tile in drawn.tiles] == ["training 0", "test 5", "training 1", "training 2"]
    same = duplicate_section(run, twins([0, 1], []))
    assert (same.title, same.text) == ("Exactly the same", "")
    assert [matches_filter(one, show) for show in ("all", "labels", "across", "exact")] == [True, True, True, False]
    sentence = duplicates_sentence(Duplicates(0.5, [one]))
    assert "1 set of images that show the same picture, none of them exactly." in sentence
    assert "at most 0.50 apart" in nearness_sentence(Duplicates(0.5, [one]))
    assert "only exactly equal files were sought" in nearness_sentence(Duplicates(0.0, []))


def test_test_copies_are_shown_however_many_training_copies_there_are(run):
    one = replace(twins(range(20), [3, 4, 5], exact=False), farthest=(("train", 7), ("train", 9)))
    tiles = duplicate_section(run, one).tiles
    assert [tile.lines[1] for tile in tiles] == ["training 7", "training 9", "test 3", "test 4", "test 5"]


@pytest.mark.usefixtures("alone", "unedited")
def test_the_copies_are_excluded_and_one_is_kept(run):
    one, two, three = np.flatnonzero(run.train_labels == 0)[:3].tolist()

    def buttons(train, test=(), contradicting=False):
        return copies_acts(run, twins(train, test, contradicting=contradicting))["buttons"]

    (button,) = buttons([one, two, three])
    assert button["label"] == f"Exclude the 2 copies, keep training image {one}"
    assert (button["action"], button["rows"]) == ("exclude", [two, three])
    actions.act(run, "keep", [two])
    (button,) = buttons([one, two, three])
    assert button["label"] == f"Exclude the 2 copies, keep training image {two}"
    actions.act(run, button["action"], button["rows"])
    (button,) = buttons([one, two, three])
    assert button["on"]
    state = edit_log.state(run.data_digest)
    assert state.kept == {run.picture_row("train", two)}
    assert state.excluded == {run.picture_row("train", row) for row in (one, three)}
    (leak,) = buttons([three], [0])
    assert leak["label"] == f"Exclude training image {three}: then the model has never seen the test image"
    cat, dog = (int(np.flatnonzero(run.train_labels == label)[-1]) for label in (0, 1))
    assert {button["label"] for button in buttons([cat, dog], contradicting=True)} == {
        f"Exclude the copy, keep training image {cat} (cat)",
        f"Exclude the copy, keep training image {dog} (dog)",
    }


def test_sets_in_another_order():
    sets = [twins([5, 6], []), twins([1, 2, 3], [], exact=False), replace(twins([4, 7], []), largest=0.1)]
    for order, places in {
        "near": [0, 2, 1],
        "far": [1, 2, 0],
        "many": [1, 0, 2],
        "number": [1, 2, 0],
        "kind": [0, 1, 2],
    }.items():
        assert in_order(sets, order) == [sets[place] for place in places]


def page():
    from explorer.app.components.current_case.current_case import current_run
    from explorer.app.pages.suspects.duplicates import draw_duplicates

    draw_duplicates(current_run())


def test_the_view_says_that_there_are_none():
    assert "No training image occurs twice" in words_of(drawn(page))
