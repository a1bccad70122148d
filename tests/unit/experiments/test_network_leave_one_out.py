"""The whole network: curvature and influence against dense twins, training on against its own twin."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.func import functional_call, hessian, jacrev

from explorer.evaluation.agreement import pearson
from explorer.experiments.koh_liang_fig2 import network_leave_one_out
from explorer.experiments.koh_liang_fig2.network_leave_one_out import (
    NetworkTraining,
    Schedule,
    continue_training,
    gauss_newton,
    influence,
    train,
)

# A network of some hundred weights on pictures of 16 pixels square, in float64: dense curvature fits.
SMALL = Schedule(epochs=20, rate=1e-2, batch=10, settling=200, steps=60, pace=5e-2, gently=5e-2, l2=2e-2, narrower=32)


@pytest.fixture(scope="module")
def training():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(40) % 3
    pixels = torch.randn(40, 3, 16, 16, generator=generator, dtype=torch.float64) + labels.view(-1, 1, 1, 1) / 2
    return NetworkTraining(pixels, labels, 3, SMALL)


@pytest.fixture(scope="module")
def weights(training):
    return train(training)


def flat(weights):
    return torch.cat([value.reshape(-1) for value in weights.values()])


def unflat(vector, like):
    parts = vector.split([value.numel() for value in like.values()])
    return {name: part.view_as(value) for part, (name, value) in zip(parts, like.items(), strict=True)}


def dense_curvature(training, weights):
    """(1/n) Σ_i J_iᵀ (diag(p_i) − p_i p_iᵀ) J_i, image by image (Martens 2020, eq. 6)."""
    total = 0
    for pixels in training.pixels:

        def logits(vector, pixels=pixels):
            return functional_call(training.network, unflat(vector, weights), (pixels[None],))[0]

        jacobian, p = jacrev(logits)(flat(weights)), logits(flat(weights)).softmax(0)
        total = total + jacobian.T @ (torch.diag(p) - torch.outer(p, p)) @ jacobian
    return total / len(training.labels)


def loss_gradient(training, weights, pixels, label):
    now = {name: value.clone().requires_grad_() for name, value in weights.items()}
    loss = torch.nn.functional.cross_entropy(functional_call(training.network, now, (pixels,)), label)
    return torch.cat([part.reshape(-1) for part in torch.autograd.grad(loss, list(now.values()))])


def test_the_curvature_is_the_dense_one(training, weights):
    dense = dense_curvature(training, weights)
    direction = torch.randn(len(dense), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = flat(gauss_newton(training, weights, unflat(direction, weights)))
    np.testing.assert_allclose(found, dense @ direction, rtol=1e-9, atol=1e-12)


def test_the_curvature_is_the_hessian_where_logits_are_linear(training, weights):
    """Of the last layer's own weights; there Gauss–Newton leaves nothing out."""
    last = {name: value for name, value in weights.items() if name.startswith("1.")}

    def risk(vector):
        return training.losses(weights | unflat(vector, last), training.pixels, training.labels).mean()

    full, size = hessian(risk)(flat(last)), len(flat(last))
    np.testing.assert_allclose(dense_curvature(training, weights)[-size:, -size:], full, rtol=1e-8, atol=1e-12)


def test_influence_is_the_dense_formula(training, weights, monkeypatch):
    monkeypatch.setattr(network_leave_one_out, "RESIDUAL", 1e-8)
    monkeypatch.setattr(network_leave_one_out, "PRODUCTS", 1000)
    pixels, label, damping = training.pixels[:1] + 0.3, 1, 0.05
    scores, residual = influence(training, weights, pixels, label, damping)
    curvature = dense_curvature(training, weights)
    shifted = curvature + (SMALL.l2 + damping) * torch.eye(len(curvature), dtype=torch.float64)
    solved = torch.linalg.solve(shifted, loss_gradient(training, weights, pixels, torch.tensor([label])))
    rows = zip(training.pixels, training.labels, strict=True)
    expected = [
        float(loss_gradient(training, weights, x[None], y[None]) @ solved) / len(training.labels) for x, y in rows
    ]
    assert residual <= 1e-8
    np.testing.assert_allclose(scores, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def test_training_on_without_an_image_never_sees_it(training, weights):
    """An image at weight 0 may be any picture."""
    pixels = training.pixels.clone()
    pixels[7] = 100.0
    other = NetworkTraining(pixels, training.labels, 3, SMALL)
    other.__dict__["network"] = training.network
    without = flat(continue_training(training, weights, 7))
    np.testing.assert_allclose(flat(continue_training(other, weights, 7)), without, rtol=1e-12)
    assert not torch.equal(flat(continue_training(training, weights, None)), without)


def test_training_on_repeats_itself_and_leaves_the_weights_alone(training, weights):
    before = flat(weights).clone()
    np.testing.assert_array_equal(
        flat(continue_training(training, weights, 3)), flat(continue_training(training, weights, 3))
    )
    np.testing.assert_array_equal(flat(weights), before)


def test_influence_agrees_with_training_on(training, weights):
    """The paper's claim on a network that has settled: order, sign and size."""
    pixels, label = training.pixels[5:6] + 0.2, 1
    scores = influence(training, weights, pixels, label, SMALL.damping)[0].numpy()
    rows, target = np.argsort(-np.abs(scores))[:10], torch.tensor([label])
    losses = [
        float(training.losses(continue_training(training, weights, row), pixels, target))
        for row in (None, *rows.tolist())
    ]
    measured = np.array(losses[1:]) - losses[0]
    slope = scores[rows] @ measured / (scores[rows] @ scores[rows])
    np.testing.assert_array_less(0.85, pearson(scores[rows], measured))
    np.testing.assert_allclose(slope, 1, atol=0.2)


def test_in_batches_only_those_who_saw_the_image_differ(training, weights):
    """Of four batches of ten, one holds the image: the order is the same for all, whatever is left out."""
    one = NetworkTraining(training.pixels, training.labels, 3, replace(SMALL, part=10, steps=1))
    seen = torch.randperm(40, generator=torch.Generator().manual_seed(SMALL.seed))[:10]
    twin = flat(continue_training(one, weights, None))
    for row in range(40):
        moved = (flat(continue_training(one, weights, row)) != twin).any()
        assert bool(moved) == (row in seen)


def test_a_step_in_batches_is_descent_on_the_mean_of_the_batch(training, weights):
    one = NetworkTraining(training.pixels, training.labels, 3, replace(SMALL, part=10, steps=1))
    seen = torch.randperm(40, generator=torch.Generator().manual_seed(SMALL.seed))[:10]
    slopes = [loss_gradient(training, weights, training.pixels[[row]], training.labels[[row]]) for row in seen.tolist()]
    left = 0  # the first of the batch at weight 0; the mean still divides by ten
    gradient = sum(slopes[1:]) / 10 + SMALL.l2 * flat(weights)
    found = flat(continue_training(one, weights, int(seen[left])))
    np.testing.assert_allclose(found, flat(weights) - SMALL.gently * gradient, rtol=1e-9, atol=1e-12)
