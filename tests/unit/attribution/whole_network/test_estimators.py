"""Estimators of a whole network are their slow twins; what makes them quick changes little."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from explorer.attribution.whole_network import WHOLE_NETWORK, example_gradients, halves
from explorer.attribution.whole_network.trak import unpacked
from tests.support import plain_examples

OURS = ("linearised", "ekfac", "trak", "tracin-adamw", "gradient-product")


@pytest.fixture
def exact(monkeypatch):
    """Indexes in double precision, and chunks that do not divide the images."""
    monkeypatch.setattr(halves, "KEPT", torch.float64)
    monkeypatch.setattr(example_gradients, "CHUNK", 7)


@pytest.fixture(scope="module")
def flow(recording):
    """How the linearised training answers to each image's weight ``(n, p)``."""
    return plain_examples.answer_of_linearised_training(recording.training, recording.end)


def scored(estimator, recording, questions):
    return estimator.scores(recording, estimator.prepare(recording), questions)


def asked(recording, questions):
    return plain_examples.gradients_of(
        recording.training.network, recording.end, questions.pixels, questions.targets, questions.kind
    )


@pytest.mark.usefixtures("exact")
def test_linearised_training_is_the_dense_flow(recording, questions, flow):
    found = scored(WHOLE_NETWORK["linearised"], recording, questions)
    np.testing.assert_allclose(found, -(asked(recording, questions) @ flow.T).numpy(), rtol=1e-6, atol=1e-9)


@pytest.mark.usefixtures("exact")
def test_trak_is_the_written_out_regression(recording, questions):
    estimator = replace(WHOLE_NETWORK["trak"], projections=16, ridge=0.3)
    signs = unpacked(estimator.signs(recording.training.network.size)).double()
    expected = plain_examples.trak_of(recording.training, recording.end, signs, 0.3, asked(recording, questions))
    np.testing.assert_allclose(scored(estimator, recording, questions), expected.numpy(), rtol=1e-7, atol=1e-12)


@pytest.mark.usefixtures("exact")
def test_tracin_adds_the_steps_of_every_epoch(recording, questions):
    states = [recording.state(step) for step in range(recording.training.steps + 1)]
    expected = plain_examples.tracin_of(recording.training, states, questions)
    np.testing.assert_allclose(
        scored(WHOLE_NETWORK["tracin-adamw"], recording, questions), expected, rtol=1e-8, atol=1e-12
    )


@pytest.mark.usefixtures("exact")
def test_ekfac_is_the_written_out_kronecker_products(recording, questions):
    expected = plain_examples.ekfac_of(recording.training, recording.end, questions, 0.1, 0)
    np.testing.assert_allclose(
        scored(WHOLE_NETWORK["ekfac"], recording, questions), expected.numpy(), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("name", OURS)
def test_pictures_asked_together_get_the_sum_of_their_scores(recording, questions, name):
    estimator = WHOLE_NETWORK[name]
    prepared = estimator.prepare(recording)
    each = estimator.scores(recording, prepared, questions)
    together = estimator.scores(recording, prepared, replace(questions, together=True))
    np.testing.assert_allclose(together, each.sum(0, keepdims=True), rtol=1e-6, atol=1e-9 * np.abs(each).max())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["linearised", "ekfac", "trak"])
def test_an_index_that_must_not_be_written_is_read_without_a_word(recording, questions, name):
    prepared = WHOLE_NETWORK[name].prepare(recording)
    expected = WHOLE_NETWORK[name].scores(recording, prepared, questions)
    for array in prepared.values():
        array.flags.writeable = False
    np.testing.assert_array_equal(WHOLE_NETWORK[name].scores(recording, prepared, questions), expected)


@pytest.mark.parametrize("name", ["linearised", "ekfac", "trak"])
def test_half_precision_keeps_the_order(recording, questions, monkeypatch, name):
    half = scored(WHOLE_NETWORK[name], recording, questions)
    monkeypatch.setattr(halves, "KEPT", torch.float64)
    whole = scored(WHOLE_NETWORK[name], recording, questions)
    np.testing.assert_allclose(half, whole, rtol=0, atol=4e-3 * np.abs(whole).max())


@pytest.mark.parametrize("name", OURS)
def test_each_says_what_it_is(name):
    estimator = WHOLE_NETWORK[name]
    assert estimator.summary.endswith(".")
    assert estimator.source
    assert estimator.unit == ("nats" if name == "linearised" else "")


def test_a_few_landmarks_and_directions_rank_nearly_as_all(recording, questions):
    whole = WHOLE_NETWORK["linearised"]
    few = replace(whole, landmarks=20, kept=18)
    pairs = zip(scored(few, recording, questions), scored(whole, recording, questions), strict=True)
    assert np.median([spearmanr(*pair).statistic for pair in pairs]) > 0.9
