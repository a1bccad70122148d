"""Two runs compared: intervals against their papers' formulas in loops, predictions fixed and broken, refusals."""

from dataclasses import replace
from itertools import product
from math import sqrt

import numpy as np
import pytest
from scipy.optimize import brentq

from explorer.core.errors import ExplorerError
from explorer.evaluation.comparison import accuracy_change, paired_difference, wilson
from explorer.models.head import fit
from explorer.runs.results.comparison import compare_runs, debugged
from explorer.runs.results.explanation import explain
from explorer.runs.results.removal_trials import verify
from explorer.runs.run import Run

Z = 1.959963984540054


def score_ends(right, of):
    """The two shares p at which |p̂ − p| is z standard errors of p: the score interval by its definition (Wilson 1927)."""

    def off(p):
        return (right / of - p) ** 2 - Z**2 * p * (1 - p) / of

    inside = min(max(right / of, 1e-9), 1 - 1e-9)  # at a share of 0 or 1 that share itself is a second solution
    low = 0.0 if right == 0 else brentq(off, 0.0, inside, xtol=1e-14)
    high = 1.0 if right == of else brentq(off, inside, 1.0, xtol=1e-14)
    return low, high


def newcombe(a, b, c, d):
    """Newcombe 1998, Statistics in Medicine 17, 2635-2650, method 10, for the table (a b; c d) of pairs: (b − c)/n."""
    n = a + b + c + d
    (l1, u1), (l2, u2) = score_ends(a + b, n), score_ends(a + c, n)
    p1, p2 = (a + b) / n, (a + c) / n
    marginals = (a + b) * (c + d) * (a + c) * (b + d)
    if marginals == 0:
        phi = 0.0
    else:
        top = a * d - b * c
        if top > n / 2:
            top = top - n / 2
        elif top >= 0:
            top = 0.0
        phi = top / sqrt(marginals)
    delta = sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    epsilon = sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    return p1 - p2 - delta, p1 - p2 + epsilon


def pairs(a, b, c, d):
    """Before and after of a table: right in both, fixed, broken, wrong in both."""
    before = np.repeat([True, False, True, False], [a, b, c, d])
    after = np.repeat([True, True, False, False], [a, b, c, d])
    return before, after


TABLES = [
    (36, 12, 2, 0),  # nobody is wrong twice
    (20, 0, 0, 5),  # nothing changed
    (0, 7, 0, 0),  # everything was mended
    (0, 0, 3, 0),  # everything was broken
    (5, 0, 0, 0),  # all were right and stayed so
    (2, 30, 28, 3),  # the pairs disagree: φ < 0
    (800, 90, 40, 70),  # as real runs do
]


@pytest.mark.parametrize(("right", "of"), [(0, 9), (9, 9), (1, 1), (7, 10), (882, 1000)])
def test_a_share_has_wilsons_interval(right, of):
    found = wilson(right, of)
    np.testing.assert_allclose((found.low, found.high), score_ends(right, of), atol=1e-12)
    assert found.low <= found.value == right / of <= found.high


@pytest.mark.parametrize("table", TABLES)
def test_a_difference_of_pairs_has_newcombes_interval(table):
    found = paired_difference(*pairs(*table))
    np.testing.assert_allclose((found.low, found.high), newcombe(*table), atol=1e-12)
    np.testing.assert_allclose(found.value, (table[1] - table[2]) / sum(table), atol=1e-15)
    assert -1 <= found.low <= found.value <= found.high <= 1


def test_the_interval_of_pairs_covers_the_truth_as_often_as_it_says():
    rng, shares, covered = np.random.default_rng(0), np.array([0.7, 0.12, 0.06, 0.12]), 0
    for table in rng.multinomial(200, shares, size=2_000):
        found = paired_difference(*pairs(*table))
        covered += found.low <= shares[1] - shares[2] <= found.high
    assert 0.935 <= covered / 2_000 <= 0.975


def test_fixed_and_broken_are_counted_one_by_one():
    rng = np.random.default_rng(1)
    before, after = rng.random((2, 50)) < 0.6
    found, counted = accuracy_change(before, after), dict.fromkeys(product((True, False), repeat=2), 0)
    for pair in zip(before.tolist(), after.tolist(), strict=True):
        counted[pair] += 1
    assert (found.fixed, found.broken, found.of) == (counted[False, True], counted[True, False], 50)
    np.testing.assert_allclose(found.before.value * 50, counted[True, True] + counted[True, False])


def with_other_labels(run: Run, rows) -> Run:
    """The run fitted again with the labels of some rows turned around, without a file on disk."""
    labels = run.train_labels.copy()
    labels[rows] = 1 - labels[rows]
    after = Run(run.folder, replace(run.manifest, run_id="after"))
    after.__dict__["head"] = fit(run.head.train_features, labels, 2, run.head.l2)
    return after


def test_two_runs_are_compared_image_by_image(run):
    after = with_other_labels(run, np.flatnonzero(run.train_labels == 0)[:120])
    found = compare_runs(run, after)
    fixed, broken = set(), set()
    for row, label in enumerate(run.test_labels.tolist()):
        then, now = (int(each.head.logits(each.test_features[[row]])[0].argmax()) for each in (run, after))
        if then != label == now:
            fixed.add(row)
        if then == label != now:
            broken.add(row)
        loss = [-np.log(each.test_probabilities[row, label]) for each in (run, after)]
        np.testing.assert_allclose(found.loss_change[row], loss[1] - loss[0], atol=1e-9)
    assert broken
    assert (set(found.fixed.tolist()), set(found.broken.tolist())) == (fixed, broken)
    assert (np.diff(found.loss_change[found.broken]) <= 0).all()
    cats = np.flatnonzero(run.test_labels == 0)
    np.testing.assert_allclose(found.classes["cat"].after.value, np.mean(after.predicted[cats] == 0))
    assert found.classes["cat"].of + found.classes["dog"].of == found.overall.of == len(run.test_labels)


def test_a_run_beside_itself_has_changed_nothing(run):
    found = compare_runs(run, run)
    assert len(found.fixed) == len(found.broken) == 0
    np.testing.assert_array_equal(found.loss_change, 0)
    assert found.overall.difference.low < 0 < found.overall.difference.high


def test_runs_with_other_test_images_are_refused(run):
    other = replace(run)
    other.__dict__["arrays"] = run.arrays | {"test_ids": run.arrays["test_ids"][::-1]}
    with pytest.raises(ExplorerError, match=r"not measured on the same test images.*choose two runs of one data set"):
        compare_runs(run, other)


def test_the_images_that_were_put_to_the_test_come_first(run):
    for index in (11, 4):
        verify(run, index, [explain(run, index, top=1).helpful[0].train_index])
    assert debugged([run.id])[:2] == [4, 11]
    assert debugged([]) == debugged(["nobody"]) == []
