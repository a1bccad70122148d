"""The basis of replays climbs: directions and span against decompositions, answers against exact ones, then rounding."""

import numpy as np
import torch

from explorer.attribution.replays import (
    Probes,
    ReplayBasis,
    new_in,
    principal_directions,
    rounded,
    share_held,
    signs,
    units,
)
from explorer.attribution.unrolled import gradients_of_weights, kept_steps
from explorer.attribution.unrolled.replay_basis import outputs_of
from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.attribution.whole_network.replay_basis import ReplayedBasis, gradients, self_influences


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


def test_an_answer_is_the_exact_ones_projection_on_what_replays_span(recording, questions):
    method = ReplayedBasis(2)
    prepared, asked = method.prepare(recording), gradients(recording, questions)
    replays = replay(recording, units(method.found_directions(recording, 2)).astype(np.float64))
    span = np.linalg.qr(replays.T)[0]
    exact = replay(recording, asked)
    found = -method.scores(recording, prepared, questions)
    # an int8 has 127 steps each way, and a float16 eleven bits
    np.testing.assert_allclose(found, exact @ span @ span.T, atol=0.03 * np.abs(exact).max())
    assert np.abs(found - exact).max() > 0.1 * np.abs(exact).max()  # two directions are not all


def test_what_replays_bring_is_orthogonal_to_what_was_there():
    generator = np.random.default_rng(1)
    before, replays = generator.normal(size=(3, 20)), generator.normal(size=(4, 20))
    replays[3] = replays[0] + before[1]  # nothing new beside the others
    found = new_in(replays, before)
    assert found.shape == (3, 20)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(found @ before.T, 0, atol=1e-12)
    whole = np.linalg.qr(np.concatenate([before, replays]).T)[0]
    np.testing.assert_allclose(found @ whole @ whole.T, found, atol=1e-12)
    assert new_in(before[:2] @ np.eye(20), before).shape == (0, 20)


def test_probes_say_what_a_basis_misses():
    generator = np.random.default_rng(2)
    exact = generator.normal(size=(40, 300))
    held = np.where(np.arange(300) < 200, exact, 0)
    found = share_held(held, exact @ signs(16, 300).T)
    expected = (held**2).sum(1) / (exact**2).sum(1)
    assert np.abs(found - expected).max() < 0.3
    assert abs(found.mean() - expected.mean()) < 0.03
    np.testing.assert_allclose(share_held(exact, exact @ signs(16, 300).T), 1)
    assert share_held(np.zeros((1, 300)), np.zeros((1, 16))) == [1]


def test_the_probes_of_a_training_answer_as_the_exact_derivative_does(recording, questions):
    method = ReplayedBasis(2)
    prepared, asked = method.prepare(recording), gradients(recording, questions)
    answers = Probes(prepared["probes"], prepared["probe_lengths"]).answers(asked)
    exact = replay(recording, asked)
    np.testing.assert_allclose(answers, exact @ signs(16, 24).T, atol=2e-3 * np.abs(answers).max())
    held = -method.scores(recording, prepared, questions)
    np.testing.assert_allclose(method.shares(recording, prepared, questions), share_held(held, answers), rtol=1e-6)


def test_what_the_directions_span_is_answered_as_exactly_as_bytes_can(recording):
    rows = recording.training
    questions = Questions(rows.images[:3], rows.labels[:3], "margin")
    method = ReplayedBasis(24)
    prepared = method.prepare(recording)
    assert prepared["table"].dtype == np.int8
    assert method.shares(recording, prepared, questions).min() > 0.99
    exact = WHOLE_NETWORK["unrolled"].scores(recording, {}, questions)
    found = method.scores(recording, prepared, questions)
    assert np.abs(found - exact).max() < 0.03 * np.abs(exact).max()


def test_self_influences_are_the_diagonal_of_the_scores_on_the_training_images_own_losses(recording):
    rows, method = recording.training, ReplayedBasis(2)
    prepared = method.prepare(recording)
    basis = ReplayBasis(*(prepared[name] for name in ("directions", "table", "scales")))
    own = Questions(rows.images, rows.labels, "loss")
    found = self_influences(recording, basis)
    np.testing.assert_allclose(found, np.diag(method.scores(recording, prepared, own)), rtol=1e-5, atol=1e-9)
    few = Questions(rows.images[:5], rows.labels[:5], "loss")
    exact = WHOLE_NETWORK["unrolled"].scores(recording, {}, few)  # float64, backwards through all steps
    span = np.linalg.qr(basis.table.T.astype(np.float64))[0]
    # an int8 has 127 steps each way, and a float16 eleven bits
    np.testing.assert_allclose(found[:5], np.diag(exact @ span @ span.T), atol=0.01 * np.abs(exact).max())


def test_directions_come_from_training_images_alone(recording):
    few = ReplayedBasis(2, pictures=8)
    again = few.found_directions(recording, 2)
    drawn = torch.randperm(24, generator=torch.Generator().manual_seed(0))[:8]
    of_drawn = Questions(recording.training.images[drawn], recording.training.labels[drawn], "margin")
    np.testing.assert_array_equal(again, principal_directions(gradients(recording, of_drawn), 2))


def test_rounding_moves_a_derivative_by_half_a_step_of_its_direction():
    derivatives = np.array([[1.0, -2.0, 0.013], [0.0, 0.0, 0.0]])
    table, scales = rounded(derivatives)
    np.testing.assert_allclose(table * scales[:, None], derivatives, atol=1.01 / 127)
    assert table.dtype == np.int8
    assert list(table[0, :2]) == [64, -127]


def test_the_sum_of_pictures_is_one_question(recording, questions):
    together = Questions(questions.pixels, questions.targets, questions.kind, together=True)
    method = WHOLE_NETWORK["unrolled"]
    each = method.scores(recording, {}, questions)
    np.testing.assert_allclose(method.scores(recording, {}, together)[0], each.sum(0), rtol=1e-7, atol=1e-12)
