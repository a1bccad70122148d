"""Scores of training images, rung by rung: Hessian, solve, leverage, score, real refit."""

import numpy as np
import pytest

from explorer.attribution import ESTIMATORS, curvature, estimator, scoring
from explorer.core.errors import ExplorerError
from tests.support import naive
from tests.support.problems import PROBLEMS, Problem, mistaken
from tests.support.scorers import DIGITS, TWINS, assert_scores, cases, curved, methods, scorer, slow, slow_scores

# Hessian


@cases
def test_hessian_in_contrasts_is_the_dense_one_seen_through_them(problem):
    curve = curved(problem)
    lift = np.kron(curve.head.basis, np.eye(problem.d))
    dense = naive.hessian(curve.head.train_features, curve.head.weights, problem.l2)
    np.testing.assert_allclose(curve.hessian(), lift.T @ dense @ lift, atol=1e-12)


@cases
def test_solve_is_the_dense_inverse(problem):
    curve = curved(problem)
    rows = np.random.default_rng(0).normal(size=(3, problem.classes - 1, problem.d))
    dense = np.linalg.inv(naive.hessian(curve.head.train_features, curve.head.weights, problem.l2))
    lift = np.kron(curve.head.basis, np.eye(problem.d))
    expected = (rows.reshape(3, -1) @ (lift.T @ dense @ lift)).reshape(rows.shape)
    np.testing.assert_allclose(curve.solve(rows), expected, atol=1e-10 * np.abs(expected).max())


@cases
def test_leverages_are_the_traces_and_within_their_bounds(problem):
    curve = curved(problem)
    expected = naive.leverages(curve.head.train_features, curve.head.weights, problem.l2)
    np.testing.assert_allclose(curve.leverages, expected, atol=1e-12)
    np.testing.assert_array_less(0, curve.leverages)
    np.testing.assert_array_less(curve.leverages, problem.classes - 1)


@cases
def test_removals_are_one_newton_step_without_the_image(problem):
    curve, head = curved(problem), curved(problem).head
    n = problem.n
    for i in (0, 2, n - 1):
        keep = np.arange(n) != i
        slope = naive.gradient(head.train_features, head.train_labels, head.weights, problem.l2, keep)
        dense = naive.hessian(head.train_features, head.weights, problem.l2, keep)
        step = -np.linalg.solve(dense, slope).reshape(head.weights.shape)
        quick = head.basis @ curve.solve((curve.removals[i][:, None] * head.train_features[i])[None])[0]
        np.testing.assert_allclose(quick, step, atol=1e-7)  # the fit leaves ‖∇R‖ of 1e-9, λ is 1e-3 at least


def test_a_head_with_too_many_weights_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(curvature, "DENSE_LIMIT", 9)
    problem = Problem("any", "two contrasts of five features are ten", classes=3)
    with pytest.raises(ExplorerError, match=r"has 10 free weights .* at most 9; choose influence-cg"):
        curved(problem).hessian()


# Scores against their slow twins


@cases
@methods
def test_every_score_is_its_slow_twins(problem, method):
    features, targets = problem.tests()
    score = scorer(problem, method)
    exact = score.exact(score.tests(features, targets))
    for fast, expected in zip(exact.T, slow_scores(problem, method), strict=True):
        assert_scores(fast, expected, DIGITS.get(method, 1e-10))


@cases
@methods
def test_a_row_is_the_slow_twins_wherever_it_is_exact(problem, method):
    features, targets = problem.tests()
    for feature, target, expected in zip(features, targets, slow_scores(problem, method), strict=True):
        row = scorer(problem, method).row(feature, target, top=5)
        everywhere = ESTIMATORS[method].bilinear or problem.classes == 2
        rows = slice(None) if everywhere else np.concatenate([row.helpful, row.harmful])
        share = DIGITS.get(method, 1e-10)
        np.testing.assert_allclose(row.scores[rows], expected[rows], rtol=0, atol=share * np.abs(expected).max())


@cases
@methods
def test_leaders_are_the_strongest_of_their_sign_in_order(problem, method):
    features, targets = problem.tests()
    for feature, target, expected in zip(features, targets, slow_scores(problem, method), strict=True):
        row = scorer(problem, method).row(feature, target, top=5)
        helpful, harmful = np.sort(expected[expected > 0])[::-1][:5], np.sort(expected[expected < 0])[:5]
        np.testing.assert_allclose(expected[row.helpful], helpful, atol=1e-12)
        np.testing.assert_allclose(expected[row.harmful], harmful, atol=1e-12)


SHRINKING = {(5, 6): "a small loss", (3, 11): "a large loss"}


@pytest.mark.parametrize("products", [10**9, 0], ids=["all rows exact", "leaders exact"])
@pytest.mark.parametrize(("classes", "seed"), SHRINKING, ids=SHRINKING.values())
def test_a_leader_is_never_shown_with_the_score_of_the_scan(classes, seed, products, monkeypatch):
    """The loss is convex, so exact scores lie above the scan's: harmful leaders shrink, and the next overtake them."""
    monkeypatch.setattr(scoring, "EXACT_PRODUCTS", products)
    problem = Problem("strong", "few images: the loss is far from linear", classes, 30, 6, 1e-3, mistaken, seed)
    score = scorer(problem, "newton")
    for feature, target in zip(*problem.tests(6), strict=True):
        row = score.row(feature, target, top=1)
        exact = score.exact(score.tests(feature[None], np.array([target])))[:, 0]
        assert_scores(row.scores[row.harmful], np.sort(exact)[: len(row.harmful)])


@cases
@methods
def test_a_column_is_the_transposed_row(problem, method):
    score = scorer(problem, method)
    tests = score.tests(*problem.tests())
    exact = score.exact(tests)
    columns = [score.column(i, tests) for i in (0, 1, problem.n - 1)]
    assert_scores(np.array(columns), exact[[0, 1, problem.n - 1]])


@pytest.mark.parametrize("solved", [2, 4], ids=["each block solved alone", "two blocks solved at once"])
@cases
@methods
def test_blocks_put_together_are_the_exact_scores(problem, method, solved, monkeypatch):
    monkeypatch.setattr("explorer.attribution.scoring.BLOCK", 2 * problem.n * (problem.classes - 1))
    monkeypatch.setattr("explorer.attribution.scoring.SOLVED", solved * (problem.classes - 1) ** 2 * problem.d)
    score = scorer(problem, method)
    tests = score.tests(*problem.tests(5))
    places, parts = zip(*((place, part.copy()) for place, part in score.blocks(tests)), strict=True)
    assert [(place.start, place.stop) for place in places] == [(0, 2), (2, 4), (4, 5)]
    assert_scores(np.concatenate(parts, axis=1), score.exact(tests))


@methods
def test_blocks_serve_fewer_images_than_pieces(method):
    problem = Problem("tiny", "three images", n=3, d=3)
    score = scorer(problem, method)
    tests = score.tests(*problem.tests())
    assert_scores(np.concatenate([part.copy() for _, part in score.blocks(tests)], axis=1), score.exact(tests))


@methods
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_any_class_can_be_the_target(method, classes):
    problem = Problem("target", "not only the true label", classes=classes)
    feature = problem.tests()[0][0]
    score = scorer(problem, method)
    for target in range(classes):
        tests = score.tests(feature[None], np.array([target]))
        assert_scores(score.exact(tests)[:, 0], slow(problem, method, feature, target))


@methods
def test_two_classes_pull_a_prediction_in_opposite_directions(method):
    problem = Problem("target", "what helps one class harms the other")
    feature = problem.tests()[0][0]
    one, other = (scorer(problem, method).row(feature, target, top=5).scores for target in (0, 1))
    np.testing.assert_array_equal(np.sign(one), -np.sign(other))


@methods
def test_twins_have_the_same_score(method):
    problem = next(problem for problem in PROBLEMS if problem.name == "twins")
    score = scorer(problem, method)
    exact = score.exact(score.tests(*problem.tests()))
    assert_scores(exact[1], exact[0])


@methods
def test_asking_for_more_leaders_than_images_gives_all_of_them(method):
    problem = Problem("tiny", "three images", n=3, d=3)
    features, targets = problem.tests()
    row = scorer(problem, method).row(features[0], targets[0], top=24)
    assert sorted([*row.helpful, *row.harmful]) == [0, 1, 2]


def test_a_sure_prediction_keeps_the_digits_of_small_scores():
    problem = Problem("sure", "p rounds to 1")
    feature = problem.tests()[0][0] * 200
    head = curved(problem).head
    target = int(head.logits(feature[None]).argmax())
    row = scorer(problem, "newton").row(feature, target, top=3)
    tests = scorer(problem, "newton").tests(feature[None], np.array([target]))
    np.testing.assert_array_equal(np.isfinite(row.scores), True)
    assert_scores(row.scores, scorer(problem, "newton").exact(tests)[:, 0])


def test_self_influence_of_two_classes_is_leverage_times_odds():
    problem = Problem("self", "the curves of the outlier picture are exact for two classes")
    curve, head = curved(problem), curved(problem).head
    score = scorer(problem, "influence")
    own = np.diag(score.exact(score.tests(head.train_features, head.train_labels)))
    r = 1 - head.train_probabilities[np.arange(problem.n), head.train_labels]
    np.testing.assert_allclose(own, curve.leverages * r / (1 - r), rtol=1e-9)


@methods
@cases
def test_every_image_helps_itself(problem, method):
    score = scorer(problem, method)
    own = np.diag(score.exact(score.tests(score.head.train_features, score.head.train_labels)))
    np.testing.assert_array_less(0, own)


# Scores against real refits


REFITS = [
    Problem("two", "the default case", n=30),
    Problem("three", "a matrix for each image", classes=3, n=30),
    Problem("leverage", "a far, wrong image", classes=3, n=30, change=mistaken, l2=0.01),
]


@pytest.mark.parametrize("problem", REFITS, ids=lambda problem: f"{problem.name}: {problem.reason}")
def test_newton_is_what_really_happens_without_the_image(problem):
    feature, target = (part[0] for part in problem.tests())
    features, labels = problem.draw()
    real = naive.refit_scores(features, labels, problem.classes, problem.l2, feature, target)
    score = scorer(problem, "newton")
    guess = score.exact(score.tests(feature[None], np.array([target])))[:, 0]
    np.testing.assert_array_less(0.99, np.corrcoef(guess, real)[0, 1])
    clear = np.abs(real) > 0.05 * np.abs(real).max()  # below, one step's own error decides
    np.testing.assert_array_equal(np.sign(guess[clear]), np.sign(real[clear]))


def test_newton_is_nearer_to_the_refit_than_the_first_order_where_leverage_is_large():
    problem = Problem("leverage", "a far, wrong image", n=30, change=mistaken, l2=0.01)
    features, labels = problem.draw()
    test_features, targets = problem.tests()
    whole, without = naive.fit(features, labels, 2, problem.l2), naive.refit_without(features, labels, 2, problem.l2, 2)
    pairs = list(zip(test_features, targets, strict=True))
    real = np.array([naive.loss(without, h, y) - naive.loss(whole, h, y) for h, y in pairs])
    error = {}
    for method in TWINS:
        score = scorer(problem, method)
        error[method] = np.linalg.norm(score.column(2, score.tests(test_features, targets)) - real)
    np.testing.assert_array_less(error["newton"], 0.5 * error["influence"])


def test_unknown_method_is_refused_with_the_names_there_are():
    with pytest.raises(ExplorerError, match=r"There is no method 'shapley'; choose one of: newton, influence"):
        estimator("shapley")
