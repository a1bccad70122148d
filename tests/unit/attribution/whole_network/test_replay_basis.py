"""The basis of replays climbs: directions against a decomposition, each replay and its sum against direct products, then rounding."""

import numpy as np
import torch

from explorer.attribution.replays import ReplayBasis, principal_directions, shares, units
from explorer.attribution.unrolled import gradients_of_weights, kept_steps
from explorer.attribution.unrolled.replay_basis import outputs_of, rounded
from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.attribution.whole_network.replay_basis import ReplayedBasis, gradients


def replay(recording, vectors):
    """Mᵀ of some vectors ``(k, q)``, directly."""
    outputs = outputs_of(vectors, recording.training.network, torch.float64)
    return gradients_of_weights(recording.training, kept_steps(recording.state), outputs).numpy()


def test_principal_directions_are_those_of_a_singular_value_decomposition():
    rows = np.random.default_rng(0).normal(size=(12, 40)) * np.linspace(3, 0.2, 40)
    expected = np.linalg.svd(rows)[2][:5]
    found = units(principal_directions(rows, 5))
    np.testing.assert_allclose(found @ found.T, np.eye(5), atol=2e-3)  # kept as float16
    np.testing.assert_allclose(np.abs(np.sum(found * expected, axis=1)), 1, atol=1e-5)


def test_gradients_that_span_few_directions_have_few():
    assert len(principal_directions(np.outer([1.0, 2.0, -1.0], np.arange(6.0)), 5)) == 1


def test_the_sum_of_replays_is_the_replay_of_what_the_directions_hold(recording, questions):
    asked = gradients(recording, questions)
    whole = ReplayedBasis(5).found_directions(recording, 5)
    span = units(whole).astype(np.float64)
    projected = np.array([sum((u @ g) * u for u in span) for g in asked])
    basis = ReplayBasis(whole, replay(recording, span), np.ones(5))
    coefficients = basis.coefficients(asked)
    np.testing.assert_allclose(basis.derivatives(coefficients), replay(recording, projected), rtol=1e-6, atol=1e-12)
    held = [sum((u @ g) ** 2 for u in span) / (g @ g) for g in asked]
    np.testing.assert_allclose(shares(coefficients, (asked**2).sum(1)), held, rtol=1e-6)


def test_what_the_directions_span_is_answered_as_exactly_as_bytes_can(recording):
    rows = recording.training
    questions = Questions(rows.images[:3], rows.labels[:3], "margin")
    method = ReplayedBasis(24)
    prepared = method.prepare(recording)
    assert prepared["table"].dtype == np.int8
    np.testing.assert_allclose(method.shares(recording, prepared, questions), 1, atol=1e-3)
    exact = WHOLE_NETWORK["unrolled"].scores(recording, {}, questions)
    found = method.scores(recording, prepared, questions)
    assert np.abs(found - exact).max() < 0.02 * np.abs(exact).max()


def test_directions_come_from_training_images_alone(recording):
    few = ReplayedBasis(2, pictures=8)
    again = few.found_directions(recording, 2)
    drawn = torch.randperm(24, generator=torch.Generator().manual_seed(0))[:8]
    of_drawn = Questions(recording.training.images[drawn], recording.training.labels[drawn], "margin")
    np.testing.assert_array_equal(again, principal_directions(gradients(recording, of_drawn), 2))


def test_rounding_moves_a_derivative_by_half_a_step_of_its_direction():
    derivatives = torch.tensor([[1.0, -2.0, 0.013], [0.0, 0.0, 0.0]])
    table, scales = rounded(derivatives)
    np.testing.assert_allclose(table * scales[:, None], derivatives, atol=1.01 / 127)
    assert table.dtype == np.int8
    assert list(table[0, :2]) == [64, -127]


def test_the_sum_of_pictures_is_one_question(recording, questions):
    together = Questions(questions.pixels, questions.targets, questions.kind, together=True)
    method = WHOLE_NETWORK["unrolled"]
    each = method.scores(recording, {}, questions)
    np.testing.assert_allclose(method.scores(recording, {}, together)[0], each.sum(0), rtol=1e-7, atol=1e-12)
