"""small-cnn-smooth climbs: activation, gradient of a batch, weights of images, schedule, and a training that goes on where it stopped."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.fft import dctn

from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.cosines import DEVIATIONS, coefficients, kernels
from explorer.models.smooth_cnn.smooth_unit import SmoothUnit
from tests.support import plain_training

RECIPE = Recipe(widths=(4, 5, 3), epochs=2, batch=5, seed=3)
NETWORK = Network(RECIPE.widths, 3, RECIPE.detail)


@pytest.fixture(scope="module")
def training():
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(12, 3, 8, 8, generator=generator, dtype=torch.float64)
    return Training(NETWORK, RECIPE, images, torch.arange(12) % 3)


@pytest.mark.parametrize("pooled", [True, False], ids=["pooled", "alone"])
def test_the_smooth_unit_and_its_derivatives_are_autograds(pooled):
    generator = torch.Generator().manual_seed(1)
    z, change = (torch.randn(2, 3, 4, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    z.requires_grad_()
    twin = plain_training.smooth_unit(z, pooled)
    gradient, its_change = (
        torch.randn(twin.shape, generator=generator, dtype=torch.float64, requires_grad=True) for _ in range(2)
    )
    pulled = torch.autograd.grad(twin, z, gradient, create_graph=True)[0]
    along = torch.autograd.grad((pulled * change).sum(), (z, gradient))
    own = SmoothUnit(z.detach(), pooled)
    torch.testing.assert_close(own.value, twin.detach(), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(own.tangent(change), along[1], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(own.pull(gradient.detach()), pulled.detach(), rtol=1e-12, atol=1e-12)
    # The change of ∂f/∂z: its Hessian times the change of z, and the change of ∂f/∂value pulled back.
    back = torch.autograd.grad(plain_training.smooth_unit(z, pooled), z, its_change.detach())[0]
    moved = own.pull_tangent(its_change.detach())
    torch.testing.assert_close(moved, along[0] + back, rtol=1e-12, atol=1e-12)


def test_the_first_layer_is_scipys_cosine_transform_of_each_window():
    generator = torch.Generator().manual_seed(2)
    pixels = torch.randn(2, 3, 8, 8, generator=generator, dtype=torch.float64)
    found = coefficients(pixels, detail=2)
    window = pixels[1, :, 1:5, 3:7].numpy()  # one row and two columns on, with the pixel that is padded
    red, green, blue = (dctn(colour, norm="ortho") for colour in window)
    mixed = (red + green + blue) / 3**0.5, (red - blue) / 2**0.5, (red - 2 * green + blue) / 6**0.5
    orders = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]
    expected = [
        (1 + sum(order)) ** 2 / size * colour[order]
        for colour, size in zip(mixed, DEVIATIONS, strict=True)
        for order in orders
    ]
    np.testing.assert_allclose(found[1, :, 1, 2], expected, rtol=1e-12, atol=1e-12)
    assert found.shape == (2, 18, 4, 4)
    assert len(kernels(3)) == 30


def test_the_gradient_of_a_batch_and_its_statistics_are_autograds(training):
    state, batch = training.begin(), next(training.batches())
    gradient, statistics = training.gradient(state, batch)
    theta = state.theta.requires_grad_()
    ones, pixels, labels = (
        torch.ones(5, dtype=torch.float64),
        NETWORK.seen(batch.pixels(training.images)),
        training.labels[batch.rows],
    )
    risk, expected = plain_training.risk_of_batch(plain_training.grouped(NETWORK.split(theta)), pixels, labels, ones, 5)
    torch.testing.assert_close(gradient, torch.autograd.grad(risk, theta)[0], rtol=1e-10, atol=1e-12)
    for own, twin in zip(statistics, expected, strict=True):
        torch.testing.assert_close(own, twin, rtol=1e-10, atol=1e-12)


def test_an_image_of_weight_nothing_is_absent(training):
    state, batch = training.begin(), next(training.batches())
    shares = torch.ones(12, dtype=torch.float64)
    shares[batch.rows[:2]] = 0
    gradient, statistics = training.gradient(state, batch, shares)
    nearly, their_statistics = training.gradient(state, batch, shares.clamp_min(1e-11))
    torch.testing.assert_close(gradient, nearly, rtol=1e-6, atol=1e-9)
    for own, other in zip(statistics, their_statistics, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-6, atol=1e-9)


def test_a_batch_that_nobody_is_left_in_moves_no_statistics(training):
    state, batch = training.begin(), next(training.batches())
    shares = torch.ones(12, dtype=torch.float64)
    shares[batch.rows] = 0
    gradient, statistics = training.gradient(state, batch, shares)
    assert float(gradient.abs().max()) == 0
    assert statistics is state.statistics


def test_the_schedule_and_the_steps_are_torchs_adamw_and_one_cycle(training):
    state, theta = training.begin(), torch.nn.Parameter(training.begin().theta)
    adam = torch.optim.AdamW([theta], lr=RECIPE.rate, weight_decay=RECIPE.decay)
    # by default the cycle would turn Adam's first decay as well, from 0.95 to 0.85 and back
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, RECIPE.rate, total_steps=training.steps, cycle_momentum=False)
    for batch in training.batches():
        gradient, statistics = training.gradient(state, batch)
        training.advance(state, gradient, statistics)
        theta.grad = gradient
        adam.step()
        cycle.step()
    torch.testing.assert_close(state.theta, theta.detach(), rtol=1e-12, atol=1e-14)


def test_a_step_by_filter_divides_each_filter_by_one_root(training):
    by_filter = replace(training, recipe=replace(RECIPE, by_filter=True))
    begin, batch = by_filter.begin(), next(by_filter.batches())
    gradient, statistics = by_filter.gradient(begin, batch)
    expected = []
    for weights, slope in zip(NETWORK.split(begin.theta), NETWORK.split(gradient), strict=True):
        rows = [slope] if slope.dim() == 1 else list(slope)
        steps = torch.stack([row / ((row**2).sum() / row.numel()).sqrt() for row in rows]).view(slope.shape)
        expected.append(
            (1 - RECIPE.rate_at(0, training.steps) * RECIPE.decay) * weights - RECIPE.rate_at(0, training.steps) * steps
        )
    by_filter.advance(begin, gradient, statistics)
    torch.testing.assert_close(begin.theta, NETWORK.join(expected), rtol=0, atol=1e-9)


def test_a_training_that_stopped_between_two_steps_ends_at_the_same_bytes(training):
    states = []
    whole = training.run(before=lambda state: states.append((state.theta.clone(), state.moments.clone())))
    kept = []

    def stop(state):
        kept[:] = [state.theta.clone(), state.moments.clone(), state.statistics, state.step]
        if state.step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.run(before=stop)
    state = training.begin()
    state.theta, state.moments, state.statistics, state.step = kept
    assert torch.equal(training.run(state).theta, whole.theta)
    assert len(states) == training.steps


def test_a_network_in_evaluation_reads_the_running_statistics(training):
    end = training.run()
    theta, pixels = (
        end.theta,
        torch.cat(
            [coefficients(each, RECIPE.detail) for each in (training.images[:4], training.images[:4].flip(3))], 2
        ),
    )
    for layer, (mean, variance) in enumerate(end.statistics):
        weights, scale, shift = NETWORK.split(theta)[3 * layer : 3 * layer + 3]
        raw = torch.nn.functional.conv2d(pixels, weights, padding=1)
        z = torch.nn.functional.batch_norm(raw, mean, variance, scale, shift, eps=plain_training.EPSILON)
        pixels = plain_training.smooth_unit(z, layer < 2)
    weights, bias = NETWORK.split(theta)[-2:]
    expected = pixels.mean((2, 3)) @ weights.T + bias
    torch.testing.assert_close(NETWORK.logits(theta, end.statistics, training.images[:4]), expected)


def test_a_training_leaves_tiny_numbers_as_they_were(training):
    training.run()
    tiny = float("1e-310")
    assert tiny / 2 > 0
