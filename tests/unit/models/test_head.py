"""The softmax head from the ground up: stationary, the minimiser, its gradient, λ."""

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import torch
from sklearn.linear_model import LogisticRegression

from explorer.core.checksums import seal_array
from explorer.core.errors import ExplorerError
from explorer.models.head import L2_GRID, Head, choose_l2, contrasts, fit
from explorer.models.solver import Objective, minimise
from tests.support import naive
from tests.support.problems import PROBLEMS, Problem, mistaken

cases = pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: f"{problem.name}: {problem.reason}")
few = pytest.mark.parametrize("classes", [2, 3, 5])


def fitted(problem):
    return fit(*problem.draw(), problem.classes, problem.l2)


def torch_risk(features, labels, l2):
    """R as a function of W, in torch, for its derivatives."""
    rows, targets = torch.as_tensor(features), torch.as_tensor(labels)

    def risk(weights):
        return torch.nn.functional.cross_entropy(rows @ weights.T, targets) + l2 / 2 * (weights**2).sum()

    return risk


@few
def test_contrasts_are_orthonormal_and_sum_to_zero(classes):
    basis = contrasts(classes)
    np.testing.assert_allclose(basis.T @ basis, np.eye(classes - 1), atol=1e-15)
    np.testing.assert_allclose(basis.sum(axis=0), 0, atol=1e-15)


# The slow twins themselves stand on autograd, so that the rungs above can stand on them.


@few
def test_naive_risk_and_gradient_are_torchs(classes):
    problem = Problem("any", "not at the minimum", classes=classes)
    features, labels = problem.draw()
    weights = torch.randn(classes, problem.d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    risk = torch_risk(features, labels, problem.l2)
    np.testing.assert_allclose(naive.risk(features, labels, weights.numpy(), problem.l2), risk(weights), rtol=1e-13)
    slope = torch.func.grad(risk)(weights).numpy().ravel()
    np.testing.assert_allclose(naive.gradient(features, labels, weights.numpy(), problem.l2), slope, atol=1e-13)


@few
def test_naive_hessian_is_autograds(classes):
    problem = Problem("any", "not at the minimum", classes=classes)
    features, labels = problem.draw()
    weights = torch.randn(classes, problem.d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    dense = torch.autograd.functional.hessian(torch_risk(features, labels, problem.l2), weights)
    twin = torch.as_tensor(naive.hessian(features, weights.numpy(), problem.l2))
    torch.testing.assert_close(twin, dense.reshape(weights.numel(), -1), rtol=0, atol=1e-13)


@few
def test_root_squares_to_the_curvature_of_one_image(classes):
    rng = np.random.default_rng(0)
    weights, feature = rng.normal(size=(classes, 4)), rng.normal(size=4)
    u = naive.root(weights, feature, n=7)
    np.testing.assert_allclose(u @ u.T, naive.hessian(feature[None], weights, 0.0) / 7, atol=1e-14)


@few
def test_risk_and_gradient_hold_away_from_the_minimum(classes):
    problem = Problem("any", "not at the minimum", classes=classes)
    features, labels = problem.draw()
    weights = np.random.default_rng(1).normal(size=(classes, problem.d))
    head = Head(features, labels, weights, problem.l2)
    np.testing.assert_allclose(head.risk(), naive.risk(features, labels, weights, problem.l2), rtol=1e-13)
    slope = naive.gradient(features, labels, weights, problem.l2)
    np.testing.assert_allclose(head.gradient().ravel(), slope, atol=1e-13)
    np.testing.assert_allclose(head.gradient_norm(), np.linalg.norm(slope), rtol=1e-12)


@cases
def test_fit_is_stationary(problem):
    head = fitted(problem)
    slope = naive.gradient(head.train_features, head.train_labels, head.weights, problem.l2)
    np.testing.assert_array_less(np.linalg.norm(slope), 1e-8)  # what docs/conventions.md promises


@cases
def test_rows_of_the_weights_sum_to_zero(problem):
    np.testing.assert_allclose(fitted(problem).weights.sum(axis=0), 0, atol=1e-12)


@cases
def test_minimiser_is_that_of_dense_newton(problem):
    twin = naive.fit(*problem.draw(), problem.classes, problem.l2)
    # ‖Ŵ − W‖ ≤ ‖∇R‖/λ: 1e-9 over the smallest λ here, 1e-3.
    np.testing.assert_allclose(fitted(problem).weights, twin, atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3])
def test_minimiser_is_scipys(classes):
    problem = Problem("any", "against another library", classes=classes)
    features, labels = problem.draw()
    shape = (classes, problem.d)
    found = scipy.optimize.minimize(
        lambda w: naive.risk(features, labels, w.reshape(shape), problem.l2),
        np.zeros(classes * problem.d),
        jac=lambda w: naive.gradient(features, labels, w.reshape(shape), problem.l2),
        options={"gtol": 1e-9},
    )
    np.testing.assert_allclose(fitted(problem).weights.ravel(), found.x, atol=1e-6)


def test_minimiser_is_scikit_learns():
    problem = Problem("any", "its C is 1/(nλ)", classes=3)
    features, labels = problem.draw()
    model = LogisticRegression(C=1 / (problem.n * problem.l2), fit_intercept=False, tol=1e-10, max_iter=2000)
    np.testing.assert_allclose(fitted(problem).weights, model.fit(features, labels).coef_, atol=1e-5)


def test_probabilities_and_losses_are_those_of_the_loop():
    problem = Problem("any", "unseen images", classes=3)
    head, (features, labels) = fitted(problem), problem.tests()
    expected = [naive.probabilities(head.weights, feature) for feature in features]
    np.testing.assert_allclose(head.probabilities(features), expected, rtol=1e-12)
    expected = [naive.loss(head.weights, h, y) for h, y in zip(features, labels, strict=True)]
    np.testing.assert_allclose(head.losses(features, labels), expected, rtol=1e-12)


def test_a_class_without_images_gets_finite_weights():
    features, labels = Problem("any", "class 2 of 3 has no image").draw()
    np.testing.assert_allclose(fit(features, labels, 3, 0.05).weights, naive.fit(features, labels, 3, 0.05), atol=1e-7)


@pytest.mark.parametrize("l2", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_l2_is_refused_in_a_sentence(l2):
    features, labels = Problem("any", "λ is what is wrong").draw()
    with pytest.raises(ExplorerError, match=rf"^λ must be a positive number, not {l2}: without it"):
        fit(features, labels, 2, l2)


def test_a_tolerance_that_rounding_forbids_is_said():
    features, labels = Problem("any", "no gradient is below 1e-30 but by chance").draw()
    objective = Objective(features, labels, contrasts(2), np.array([0.05]), np.ones((1, len(labels))))
    with pytest.raises(ExplorerError, match=r"stops at ‖∇R‖ = .*, above 1e-30; raise λ or scale the features"):
        minimise(objective, np.zeros((1, 1, features.shape[1])), 1e-30)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_no_numbers_are_refused(value):
    features, labels = Problem("any", "one number is none").draw()
    features[3, 1] = value
    with pytest.raises(ExplorerError), np.errstate(all="ignore"):
        fit(features, labels, 2, 0.1)


@pytest.mark.parametrize("classes", [2, 3])
def test_choose_l2_is_a_slow_loop_over_folds(classes):
    problem = Problem("cv", "n is no multiple of 5", classes=classes, n=33, d=4)
    features, labels = problem.draw()
    fold_of = naive.folds(labels, count=5, seed=0)
    slow = {l2: naive.cross_validated(features, labels, classes, l2, fold_of) for l2 in L2_GRID}
    quick = choose_l2(features, labels, classes)
    # Folds are fitted to ‖∇R‖ ≤ 1e-4 λ, so weights to 1e-4 and losses to that times ‖h‖ (about 4).
    np.testing.assert_allclose([quick[l2] for l2 in slow], list(slow.values()), atol=5e-4)
    assert min(quick, key=quick.get) == min(slow, key=slow.get)


def test_the_grid_is_the_designs_half_decades():
    np.testing.assert_allclose(sorted(L2_GRID), 10.0 ** np.arange(-3, 1.01, 0.5), rtol=1e-12)


class KilledError(Exception):
    """A process ends here."""


def test_a_killed_choice_goes_on_where_it_was_to_the_same_bytes(tmp_path):
    features, labels = Problem("cv", "three classes: several rows of weights", classes=3, n=33, d=4).draw()
    begun = []

    def killed(stage, done, total):
        begun.append(done)
        if begun == [0, 1, 2, 3]:
            raise KilledError

    with pytest.raises(KilledError):
        choose_l2(features, labels, 3, killed, tmp_path / "choice")
    again = choose_l2(features, labels, 3, killed, tmp_path / "choice")
    assert begun == [0, 1, 2, 3, *range(3, len(L2_GRID) + 1)]
    assert again == choose_l2(features, labels, 3)
    for known in (b"cut short", b""):
        (tmp_path / "choice").write_bytes(known)
        assert again == choose_l2(features, labels, 3, notes=tmp_path / "choice")
    seal_array(tmp_path / "choice", np.zeros(7))  # of another head
    assert again == choose_l2(features, labels, 3, notes=tmp_path / "choice")


def test_choose_l2_tells_its_progress_to_the_end():
    told = []
    choose_l2(*Problem("any", "quick", n=20, d=3).draw(), 2, lambda stage, done, total: told.append((done, total)))
    assert told == [(done, len(L2_GRID)) for done in range(len(L2_GRID) + 1)]


@few
def test_rows_of_weight_zero_are_refits_without_them_and_n_stays(classes):
    problem = Problem("batch", "a far image among those removed", classes=classes, change=mistaken)
    features, labels = problem.draw()
    weights = np.ones((4, problem.n))
    weights[1, 2], weights[2, [0, 5, 9]], weights[3, ::2] = 0, 0, 0
    basis, l2 = contrasts(classes), np.full(4, problem.l2)
    start = np.zeros((4, classes - 1, problem.d))
    together = minimise(Objective(features, labels, basis, l2, weights), start, 1e-9)
    slow = [naive.fit(features, labels, classes, problem.l2, row_weights) for row_weights in weights]
    np.testing.assert_allclose(basis @ together, slow, atol=1e-7)


def test_fits_of_different_l2_do_not_disturb_each_other():
    problem = Problem("batch", "from 0.001 to 10", classes=3)
    features, labels = problem.draw()
    l2 = np.array([1e-3, 0.1, 10.0])
    objective = Objective(features, labels, contrasts(3), l2, np.ones((3, problem.n)))
    together = contrasts(3) @ minimise(objective, np.zeros((3, 2, problem.d)), 1e-9)
    np.testing.assert_allclose(together, [naive.fit(features, labels, 3, value) for value in l2], atol=1e-6)


def test_the_start_does_not_move_the_minimum():
    problem = Problem("any", "a start far away", classes=3)
    features, labels = problem.draw()
    objective = Objective(features, labels, contrasts(3), np.array([problem.l2]), np.ones((1, problem.n)))
    far = np.random.default_rng(0).normal(size=(1, 2, problem.d)) * 20
    found = contrasts(3) @ minimise(objective, far, 1e-9)[0]
    np.testing.assert_allclose(found, fitted(problem).weights, atol=1e-7)


def test_a_tilt_across_the_span_of_few_rows_is_minimised_too():
    features, labels = Problem("few", "fewer rows than features", n=6, d=20, classes=3).draw()
    tilt = np.random.default_rng(0).normal(size=(2, 2, 20))
    objective = Objective(features, labels, contrasts(3), np.array([0.1, 0.5]), np.ones((2, 6)), tilt)
    theta = minimise(objective, np.zeros((2, 2, 20)), 1e-9)
    probabilities = scipy.special.softmax(objective.margins(theta) @ objective.basis.T, axis=2)
    np.testing.assert_allclose(objective.gradient(probabilities, theta), 0, atol=1e-9)
