"""A block that is trained on climbs: gradient of a batch, weights of images, the derivative through its training, what is refused."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from explorer.attribution.unrolled import gradients_of_weights, kept_steps
from explorer.attribution.whole_network import WHOLE_NETWORK, Questions
from explorer.attribution.whole_network.example_gradients import chunk_of
from explorer.core.errors import ExplorerError
from explorer.models.custom.spec import NetworkSpec
from explorer.models.fine_tuning.blocks import check_block
from explorer.models.fine_tuning.network import TunedNetwork, TunedTraining
from explorer.models.fine_tuning.recipe import TuningRecipe
from explorer.models.smooth_cnn.recording import record, recorded, training_digest
from explorer.models.smooth_cnn.steps import State

IMAGES, CLASSES = 24, 3


def block():
    """A residual block with normalisations that stand still, as torchvision has them: ReLU in place."""
    torch.manual_seed(0)
    layers = nn.Sequential(
        nn.Unflatten(1, (3, 4, 4)), nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(inplace=True)
    )
    body = nn.Sequential(*layers, nn.Conv2d(4, 5, 3, padding=1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1))
    body[2].running_mean.normal_(0, 0.3)
    body[2].running_var.uniform_(0.5, 2)
    return nn.Sequential(body, nn.Flatten()).double().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def training():
    network = TunedNetwork(widths=(), classes=CLASSES, detail=0, block=block(), features_read=5)
    given = torch.randn(IMAGES, 48, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    recipe = TuningRecipe(epochs=3, batch=9, rate=1e-2, seed=3)
    return TunedTraining(network, recipe, given, torch.arange(IMAGES) % CLASSES, frozen=100, threads=1)


@pytest.fixture(scope="module")
def recording(training):
    return recorded(training)


@pytest.fixture(scope="module")
def questions():
    given = torch.randn(4, 48, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    return Questions(given, torch.tensor([0, 1, 2, 0]))


def test_untrained_it_is_the_block_that_came(training):
    theta, given = training.begin().theta, training.images[:5]
    found = training.network.features(theta, [], given)
    torch.testing.assert_close(found, training.network.block(given))
    logits = training.module(State(theta, theta[:0], []))(given)
    torch.testing.assert_close(logits, training.network.logits(theta, [], given))
    assert training.share_trained == pytest.approx(len(theta) / (len(theta) + 100))
    assert not torch.equal(theta, training.network.first(4, torch.float64))


def test_an_image_of_weight_nothing_is_absent(training):
    batch = next(training.batches())
    shares = torch.ones(IMAGES, dtype=torch.float64)
    shares[batch.rows[:2]] = 0
    absent, _ = training.gradient(training.begin(), batch, shares)
    theta = training.begin().theta.requires_grad_()
    kept = batch.rows[2:]
    logits = training.network.logits(theta, [], training.images[kept])
    risk = functional.cross_entropy(logits, training.labels[kept], reduction="sum") / len(batch.rows)
    torch.testing.assert_close(absent, torch.autograd.grad(risk, theta)[0])


def test_the_derivative_is_that_of_trainings_with_other_weights(training, recording, questions):
    outputs = questions.gradients(recording)
    exact = gradients_of_weights(recording.training, kept_steps(recording.state), outputs)

    def after(image, push):
        shares = torch.ones(IMAGES, dtype=torch.float64)
        shares[image] += push
        return questions.values(recording, training.run(shares=shares))

    images, push = [0, 7, 11, 20], 1e-5
    central = torch.stack([(after(image, push) - after(image, -push)) / (2 * push) for image in images], 1)
    assert float((exact[:, images] - central).abs().max() / exact.abs().max()) <= 1e-6


def test_a_block_is_explained_by_gradients_of_one_image_each(recording, questions):
    network, end = recording.training.network, recording.end
    found = WHOLE_NETWORK["gradient-product"].scores(recording, {}, questions)

    def gradient(given, label):
        theta = end.theta.clone().requires_grad_()
        loss = functional.cross_entropy(network.logits(theta, [], given[None]), label[None])
        return torch.autograd.grad(loss, theta)[0]

    asked = gradient(questions.pixels[1], questions.targets[1])
    slow = [
        float(asked @ gradient(given, label)) / IMAGES
        for given, label in zip(recording.training.images, recording.training.labels, strict=True)
    ]
    np.testing.assert_allclose(found[1], slow, rtol=1e-8, atol=1e-12)
    assert chunk_of(network) == 100
    assert np.isfinite(WHOLE_NETWORK["tracin-adamw"].scores(recording, {}, questions)).all()


def test_what_is_kept_ends_at_the_same_bits_and_belongs_to_block_and_schedule(training, recording, tmp_path):
    assert torch.equal(record(training, tmp_path).end.theta, recording.end.theta)
    other = TunedTraining(training.network, TuningRecipe(rate=2e-4), training.images, training.labels, frozen=100)
    moved = TunedNetwork(widths=(), classes=CLASSES, detail=0, block=block(), features_read=5)
    moved.block[0][2].running_mean += 1
    shifted = TunedTraining(moved, training.recipe, training.images, training.labels, frozen=100)
    assert len({training_digest(each) for each in (training, other, shifted)}) == 3


@pytest.mark.parametrize(
    ("block", "network", "spec", "said"),
    [
        ("layer3", "resnet18", NetworkSpec(), "'layer3'; the block that can be trained is layer4"),
        ("layer4", "mobilenet_v2", NetworkSpec(), "mobilenet_v2 has none that is called so; give --backbone resnet18"),
        ("layer4", "resnet18", NetworkSpec(layer="layer2"), "leave --layer layer2 out"),
    ],
)
def test_what_cannot_be_trained_is_refused(block, network, spec, said):
    with pytest.raises(ExplorerError, match=said):
        check_block(block, network, spec)
    check_block("", network, spec)
