"""Gradients of single pictures climb: against autograd picture by picture, then as products with the training images."""

from dataclasses import replace

import numpy as np
import torch

from explorer.attribution.whole_network import WHOLE_NETWORK, example_gradients
from explorer.attribution.whole_network.base import asked
from explorer.attribution.whole_network.example_gradients import ExamplePass, loss_slopes, margin_slopes
from tests.support import plain_examples


def test_gradients_of_single_pictures_are_autograds(recording, questions):
    network, end = recording.training.network, recording.end
    passed = ExamplePass(network, end, questions.pixels)
    slopes = {"loss": loss_slopes, "margin": margin_slopes}[questions.kind](passed.logits, questions.targets)
    found = passed.gradients(slopes)
    statistics = passed.statistics(found)
    for row, (picture, target) in enumerate(zip(questions.pixels, questions.targets.tolist(), strict=True)):
        expected = plain_examples.gradient_of(network, end, picture, target, questions.kind)
        torch.testing.assert_close((found[row], statistics[row]), expected, rtol=1e-9, atol=1e-12)


def test_questions_have_the_values_and_gradients_of_their_pictures(recording, questions):
    network, end = recording.training.network, recording.end
    values = [
        plain_examples.value_of(logits, int(target), questions.kind)
        for logits, target in zip(
            plain_examples.logits_of(network, end.theta, end.statistics, questions.pixels),
            questions.targets,
            strict=True,
        )
    ]
    torch.testing.assert_close(questions.values(recording, end), torch.stack(values))
    for found, picture, target in zip(
        questions.gradients(recording), questions.pixels, questions.targets.tolist(), strict=True
    ):
        expected = plain_examples.gradient_of(network, end, picture, target, questions.kind)
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_pictures_asked_together_are_one_question_their_sum(recording, questions):
    together = replace(questions, together=True)
    each = questions.gradients(recording)
    ((theta, statistics),) = together.gradients(recording)
    torch.testing.assert_close(theta, sum(first for first, _ in each))
    for layer, pair in enumerate(statistics):
        torch.testing.assert_close(pair, tuple(sum(part) for part in zip(*(s[layer] for _, s in each), strict=True)))
    assert together.values(recording, recording.end).shape == (1,)


def test_the_margin_is_to_the_largest_other_class():
    logits = torch.tensor([[3.0, -1.0, 2.5], [0.0, 1.0, 4.0]])
    torch.testing.assert_close(asked(logits, torch.tensor([0, 1]), "margin"), torch.tensor([0.5, -3.0]))


def test_the_gradient_product_is_that_of_the_written_out_gradients(recording, questions, monkeypatch):
    monkeypatch.setattr(example_gradients, "CHUNK", 7)
    training, end = recording.training, recording.end
    train = plain_examples.gradients_of(training.network, end, training.images, training.labels)
    asked_for = plain_examples.gradients_of(training.network, end, questions.pixels, questions.targets, questions.kind)
    estimator = WHOLE_NETWORK["gradient-product"]
    found = estimator.scores(recording, {}, questions)
    np.testing.assert_allclose(found, (asked_for @ train.T / 24).numpy(), rtol=1e-9, atol=1e-12)
