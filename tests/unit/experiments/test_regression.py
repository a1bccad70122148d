"""Linear regression against statsmodels and against refits (Cook & Weisberg 1980)."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from explorer.core.errors import ExplorerError
from explorer.experiments.cook_weisberg.experiment import points
from explorer.experiments.cook_weisberg.regression import Regression, leave_one_out_refits


def diabetes():
    found = load_diabetes()
    return np.column_stack([np.ones(len(found.data)), found.data]), found.target


def drawn():
    design, answers, _ = points(0)
    return design, answers


def one_far():
    """A case whose leverage is close to 1, so that the first order is far off."""
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(12), rng.normal(size=(12, 2))])
    design[0, 1] = 60
    return design, rng.normal(size=12)


CASES = pytest.mark.parametrize("data", [diabetes, drawn, one_far])


@CASES
def test_every_figure_is_statsmodels(data):
    statsmodels = pytest.importorskip("statsmodels.api")
    design, answers = data()
    ours, model = Regression(design, answers), statsmodels.OLS(answers, design).fit()
    theirs = model.get_influence()
    pairs = (
        (ours.coefficients, model.params),
        (ours.residuals, model.resid),
        (ours.leverages, theirs.hat_matrix_diag),
        (ours.studentised, theirs.resid_studentized_internal),
        (ours.distances, theirs.cooks_distance[0]),
        (-ours.removals, theirs.dfbeta),
    )
    for mine, other in pairs:
        np.testing.assert_allclose(mine, other, rtol=1e-8, atol=1e-8 * np.abs(other).max())


@CASES
def test_the_formula_is_a_refit_and_the_slope_is_its_first_order(data):
    design, answers = data()
    fit = Regression(design, answers)
    changes, distances = leave_one_out_refits(design, answers)
    np.testing.assert_allclose(fit.removals, changes, atol=1e-8 * np.abs(changes).max())
    np.testing.assert_allclose(fit.distances, distances, rtol=1e-8, atol=1e-8 * distances.max())
    np.testing.assert_allclose(fit.slopes, changes * (1 - fit.leverages[:, None]), atol=1e-8 * np.abs(changes).max())


@CASES
def test_the_slope_is_the_derivative_by_the_weight_of_a_case(data):
    design, answers = data()
    step, row = 1e-6, 1

    def weighted(weight):
        roots = np.ones(len(answers))
        roots[row] = np.sqrt(weight)
        return np.linalg.lstsq(design * roots[:, None], answers * roots, rcond=None)[0]

    derivative = (weighted(1 + step) - weighted(1 - step)) / (2 * step)
    slope = Regression(design, answers).slopes[row]
    np.testing.assert_allclose(-slope, derivative, rtol=1e-4, atol=1e-6 * np.abs(derivative).max())


@pytest.mark.parametrize(
    ("design", "says"),
    [
        (np.ones((2, 2)), "2 cases do not determine 2 coefficients"),
        (np.column_stack([np.ones(6), np.ones(6)]), "6 cases do not determine 2 coefficients"),
        (np.column_stack([np.ones(6), np.arange(6) == 4]), "Case 4 alone determines a coefficient"),
    ],
)
def test_what_cannot_be_fitted_is_one_sentence(design, says):
    with pytest.raises(ExplorerError, match=says):
        Regression(design.astype(float), np.arange(len(design), dtype=float))
