"""Who harms a whole set of test images, and what a set of training images does together."""

import numpy as np
import pytest

from explorer.app.pages.predictions import filters
from explorer.app.pages.suspects import error_causes as view
from explorer.attribution import Curvature, Scorer, estimator
from explorer.core.errors import ExplorerError
from explorer.evaluation.group_influence import (
    class_means,
    class_scores,
    group_effect,
    joint_logit_changes,
    joint_probabilities,
    joint_step,
    removable,
    set_influence,
)
from explorer.models.head import fit
from explorer.runs import selections
from tests.support import naive
from tests.support.problems import PROBLEMS, Problem
from tests.support.views import drawn, shown

cases = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: f"{problem.name}: {problem.reason}")


def scored(problem, m=6):
    """A newton scorer on a problem and some of its tests."""
    scorer = Scorer(Curvature(fit(*problem.draw(), problem.classes, problem.l2)), estimator("newton"))
    return scorer, scorer.tests(*problem.tests(m))


def twin(problem, m=6):
    """All newton scores ``(n, m)``, one test image after the other, by the slow twin."""
    features, labels = problem.draw()
    weights = naive.fit(features, labels, problem.classes, problem.l2)
    pairs = zip(*problem.tests(m), strict=True)
    return np.stack([naive.newton_scores(features, labels, weights, problem.l2, h, y) for h, y in pairs], axis=1)


# Influence on many test images and of many training images


@cases
def test_totals_and_consensus_are_the_slow_twins(problem):
    scores = twin(problem)
    found = set_influence(*scored(problem))
    np.testing.assert_allclose(found.total, scores.sum(axis=1), atol=1e-8)
    harmed = np.zeros(problem.n, dtype=int)
    for column in scores.T:
        for row in sorted(range(problem.n), key=lambda row: column[row])[: found.leading]:
            harmed[row] += column[row] < 0
    # Two equal images that share the last place may both count.
    assert (np.abs(found.harmed - harmed) <= (2 if problem.name == "twins" else 0)).all()


@cases
def test_a_few_rows_together_change_logits_as_the_joint_step_does(problem):
    scorer, tests = scored(problem, m=1)
    head, picture, target = scorer.head, tests.features[0], int(tests.targets[0])
    groups = [np.array([4, 1]), np.arange(3)]
    changes = joint_logit_changes(scorer.curvature, groups, picture)
    shares = joint_probabilities(scorer.curvature, groups, picture, target)
    for rows, change, share in zip(groups, changes, shares, strict=True):
        after = joint_step(scorer.curvature, rows) @ picture
        np.testing.assert_allclose(head.basis @ change, after - head.weights @ picture, atol=1e-8)
        assert share == pytest.approx(np.exp(after[target]) / np.exp(after).sum(), abs=1e-8)


@cases
def test_one_row_together_is_what_newton_says_of_it(problem):
    scorer, tests = scored(problem, m=1)
    alone = scorer.logit_changes(tests, np.array([2]))[0, 0]
    (change,) = joint_logit_changes(scorer.curvature, [np.array([2])], tests.features[0])
    np.testing.assert_allclose(change, alone, atol=1e-10)


def test_ranked_culprits_harm_on_the_whole_and_consensus_goes_before_size():
    found = set_influence(*scored(Problem("cell", "many tests", n=300), m=25))
    total, consensus = found.ranked("total"), found.ranked("consensus")
    assert (found.total[total] < 0).all()
    np.testing.assert_array_equal(found.total[total], np.sort(found.total[found.total < 0]))
    keys = [(-found.harmed[row], found.total[row]) for row in consensus]
    assert keys == sorted(keys)
    assert found.harmed[consensus].min() > 0


@cases
def test_the_effect_of_a_set_is_the_twins_sum_beside_an_independent_refit(problem):
    (features, labels), (seen, targets) = problem.draw(), problem.tests(6)
    rows = np.array([2, 5, 7])
    found = group_effect(*scored(problem), np.array([5, 2, 7, 5]))
    np.testing.assert_allclose(found.predicted, twin(problem)[rows].sum(axis=0), atol=1e-8)
    keep = np.ones(problem.n)
    keep[rows] = 0
    heads = [naive.fit(features, labels, problem.classes, problem.l2, weights) for weights in (keep, None)]
    losses = np.array([[naive.loss(head, h, y) for h, y in zip(seen, targets, strict=True)] for head in heads])
    np.testing.assert_allclose(found.measured, losses[0] - losses[1], atol=1e-7)


@pytest.mark.parametrize("method", ["newton", "influence", "influence-cg"])
@pytest.mark.parametrize("classes", [2, 3])
def test_sums_are_those_of_the_single_scores_for_every_way_to_compute_them(method, classes):
    problem = Problem("sums", "several groups and classes", classes=classes, n=60)
    scorer = Scorer(scored(problem)[0].curvature, estimator(method))
    tests, members = scorer.tests(*problem.tests(40)), [np.array([1, 4, 9]), np.arange(30)]
    scores = np.stack([scorer.exact(tests, np.array([row]))[0] for row in range(60)])
    found = class_scores(scorer, tests, members, classes + 1)
    for group, row in zip(members, found, strict=True):
        alone = scores[group].sum(axis=0)
        np.testing.assert_allclose(group_effect(scorer, tests, group).predicted, alone, atol=1e-5 * np.abs(alone).max())
        expected = [alone[tests.targets == label].mean() for label in range(classes)]
        np.testing.assert_allclose(row[:-1], expected, atol=1e-5 * np.abs(expected).max())
        assert row[-1] == 0


@cases
def test_a_joint_step_is_the_slow_twins_newton_step_of_the_problem_without_the_group(problem):
    features, labels = problem.draw()
    rows, keep = np.array([2, 5, 7]), np.ones(problem.n)
    keep[rows] = 0
    weights = naive.fit(features, labels, problem.classes, problem.l2)
    slope = naive.gradient(features, labels, weights, problem.l2, keep)
    step = np.linalg.solve(naive.hessian(features, weights, problem.l2, keep), slope).reshape(weights.shape)
    np.testing.assert_allclose(joint_step(scored(problem)[0].curvature, rows), weights - step, atol=1e-7)


def test_a_whole_class_has_sums_and_no_measurement():
    problem = Problem("two", "small")
    scorer, tests = scored(problem)
    found = group_effect(scorer, tests, np.flatnonzero(problem.draw()[1] == 1))
    assert (found.measured, found.weights) == (None, None)
    np.testing.assert_allclose(found.predicted, twin(problem)[problem.draw()[1] == 1].sum(axis=0), atol=1e-8)


def test_nothing_asked_is_one_sentence(run):
    scorer = run.scorer("newton")
    with pytest.raises(ExplorerError, match="No test image is asked about"):
        set_influence(scorer, run.tests_of(np.array([], dtype=int)))
    with pytest.raises(ExplorerError, match="No training image is left out"):
        group_effect(scorer, run.tests, np.array([], dtype=int))


def test_means_are_those_of_each_class_and_a_class_of_one_may_not_be_emptied():
    means = class_means(np.array([[1.0, 3.0, 5.0]]), np.array([0, 0, 2]), 3)
    np.testing.assert_array_equal(means, [[2.0, 0.0, 5.0]])
    labels = np.array([0, 0, 1])
    assert removable(labels, np.array([0]))
    assert not removable(labels, np.array([2]))


# The view of a cell


def cell_page():
    from explorer.app import urls
    from explorer.app.components.current_case.current_case import current_run
    from explorer.app.pages.suspects.error_causes import draw_group_influence

    draw_group_influence(current_run(), urls.param("label") or "", urls.param("predicted") or "")


def test_a_cell_shows_who_harms_how_many(run):
    rows = np.flatnonzero((run.test_labels == 1) & (run.predicted == 0))
    expected = set_influence(run.scorer("newton"), run.tests_of(rows))
    asked = view.chosen_tests(run, "dog", "cat")
    assert set(asked.rows.tolist()) == set(rows.tolist())
    most = expected.harmed[expected.total < 0].max()
    assert f" {most} of the {len(rows)} images labelled dog that are called cat" in view.consensus_sentence(
        expected, asked
    )
    words = shown(drawn(cell_page, label="dog", predicted="cat", by="consensus"))
    assert f"harms {most} of the {len(rows)}" in words
    chosen = selections.save(run.id, "test", rows)
    assert f"{len(rows)} chosen test images" in shown(drawn(cell_page, selection=chosen))


def test_a_cell_without_images_and_a_class_that_is_not_there_are_sentences(run):
    with pytest.raises(ExplorerError, match="choose one of: cat, dog"):
        view.chosen_tests(run, "cat", "bird")
    with pytest.raises(ExplorerError, match="nothing to explain here"):
        view.chosen_tests(run, "cat", "cat", selections.save(run.id, "train", [1]))


def test_filters_that_name_a_cell_lead_to_its_causes(run, monkeypatch):
    monkeypatch.setattr(filters.urls, "run_name", lambda given=None: "default")
    [door] = filters.causes_link(run, "cat", "dog")
    assert door["links"] == [
        {
            "label": "Which training images caused this cell?",
            "href": "/suspects?run=default&view=cell&label=cat&predicted=dog",
        }
    ]
    assert filters.causes_link(run, "cat", "any class") == []
