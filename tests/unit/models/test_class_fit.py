"""Heads of many classes climb: the risk and its slope against the head's own, a product against differences, fits against fits at once."""

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.models import head as heads
from explorer.models.class_fit import ClassRisk, Rows, minimise_by_blocks
from explorer.models.head import L2_GRID, Head, choose_l2, fit

CLASSES, IMAGES, WIDTH = 7, 120, 15


@pytest.fixture(scope="module")
def drawn():
    """Features and labels of seven classes, two of them rare."""
    rng = np.random.default_rng(0)
    labels = np.concatenate(
        [np.arange(CLASSES), rng.choice(CLASSES, IMAGES - CLASSES, p=[0.3, 0.3, 0.2, 0.1, 0.04, 0.03, 0.03])]
    )
    features = rng.normal(size=(IMAGES, WIDTH)) + 0.6 * rng.normal(size=(CLASSES, WIDTH))[labels]
    return np.column_stack([features, np.ones(IMAGES)]), labels


def centred(seed):
    rows = np.random.default_rng(seed).normal(size=(CLASSES, WIDTH + 1))
    return rows - rows.mean(axis=0)


@pytest.mark.parametrize("held", [2_000_000, 70], ids=["one block a piece", "ten rows a block"])
def test_a_risk_and_its_slope_are_those_of_the_head(drawn, held, monkeypatch):
    monkeypatch.setattr("explorer.models.class_fit.HELD", held)
    features, labels = drawn
    head = Head(features, labels, centred(1), 0.3)
    found = ClassRisk(Rows(features, labels, CLASSES), np.ones(IMAGES), 0.3).slope(head.weights)
    np.testing.assert_allclose(found.risk, head.risk(), rtol=1e-12)
    np.testing.assert_allclose(found.gradient, head.gradient(), atol=1e-12)
    np.testing.assert_allclose(found.probabilities, head.train_probabilities, atol=1e-7)


def test_rows_of_weight_nothing_are_held_out(drawn):
    features, labels = drawn
    weights = np.where(np.arange(IMAGES) % 3, 1.5, 0.0)
    head, kept = Head(features, labels, centred(1), 0.3), weights > 0
    found = ClassRisk(Rows(features, labels, CLASSES), weights, 0.3).slope(head.weights)
    inside = Head(features[kept], labels[kept], head.weights, 0.3)
    np.testing.assert_allclose(found.risk, inside.risk(), rtol=1e-12)
    np.testing.assert_allclose(found.held, head.losses(features[~kept], labels[~kept]).sum(), rtol=1e-12)


def test_a_product_is_the_difference_of_two_slopes(drawn):
    features, labels = drawn
    weights = np.where(np.arange(IMAGES) % 3, 1.5, 0.0)
    risk, head, step = ClassRisk(Rows(features, labels, CLASSES), weights, 0.3), centred(1), 1e-4 * centred(2)
    expected = (risk.slope(head + step).gradient - risk.slope(head - step).gradient) / 2e-4
    found = risk.product(risk.slope(head).probabilities, (1e4 * step).astype(np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("l2", [1.0, 1e-3])
def test_a_fit_by_blocks_is_the_fit(drawn, l2, monkeypatch):
    expected = fit(*drawn, CLASSES, l2)
    monkeypatch.setattr(heads, "MANY", 0)
    found = fit(*drawn, CLASSES, l2)
    assert found.gradient_norm() <= 1e-9
    np.testing.assert_allclose(found.weights, expected.weights, atol=2e-9 / l2)
    np.testing.assert_allclose(found.weights.sum(axis=0), 0, atol=1e-9)


def test_the_choice_by_blocks_finds_the_same_losses_down_to_the_first_rise(drawn, monkeypatch):
    expected = choose_l2(*drawn, CLASSES)
    monkeypatch.setattr(heads, "MANY", 0)
    found = choose_l2(*drawn, CLASSES)
    losses = list(expected.values())
    rise = next(place for place in range(1, len(losses)) if losses[place] > losses[place - 1])
    assert list(found) == list(L2_GRID[: rise + 1])
    np.testing.assert_allclose(list(found.values()), losses[: rise + 1], rtol=1e-6)
    assert min(found, key=found.get) == min(expected, key=expected.get)


def test_a_choice_by_blocks_that_was_killed_goes_on_to_the_same_losses(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(heads, "MANY", 0)
    monkeypatch.setattr(heads, "L2_GRID", (1.0, 0.3, 0.1))
    whole = choose_l2(*drawn, CLASSES)

    def killed(stage, done, total, figures=()):
        if done == 2:
            raise KeyboardInterrupt

    notes = tmp_path / "notes"
    with pytest.raises(KeyboardInterrupt):
        choose_l2(*drawn, CLASSES, killed, notes)
    told = []
    assert choose_l2(*drawn, CLASSES, lambda stage, done, total, figures=(): told.append(done), notes) == whole
    assert told[0] == 2


@pytest.mark.filterwarnings("ignore:invalid value")
def test_features_that_are_not_finite_are_refused(drawn):
    features, labels = drawn[0].copy(), drawn[1]
    features[3, 2] = np.inf
    with pytest.raises(ExplorerError, match="not finite"):
        minimise_by_blocks(
            ClassRisk(Rows(features, labels, CLASSES), np.ones(IMAGES), 1.0), np.zeros((CLASSES, WIDTH + 1)), 1e-9
        )
