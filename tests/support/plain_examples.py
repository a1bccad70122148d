"""Slow twins of estimators for a whole network: autograd picture by picture, dense matrices, straight from the formulas."""

import torch
from torch.nn import functional

from explorer.models.smooth_cnn.cosines import coefficients
from tests.support.plain_training import EPSILON, grouped, smooth_unit


def seen_twice(network, pixels):
    """The coefficients of pictures, above those of their mirror images."""
    return torch.cat([coefficients(each, network.detail) for each in (pixels, pixels.flip(3))], 2)


def logits_of(network, theta, statistics, pixels):
    """Logits ``(b, C)`` in evaluation, by the running statistics (Ioffe & Szegedy 2015, algorithm 2)."""
    pixels = seen_twice(network, pixels)
    *layers, (weights, bias) = grouped(network.split(theta))
    for number, ((filters, scale, shift), (mean, variance)) in enumerate(zip(layers, statistics, strict=True)):
        raw = functional.conv2d(pixels, filters, padding=1)
        normal = (raw - mean[:, None, None]) / torch.sqrt(variance[:, None, None] + EPSILON)
        pixels = smooth_unit(normal * scale[:, None, None] + shift[:, None, None], network.pooled(number))
    return pixels.mean(dim=(2, 3)) @ weights.T + bias


def value_of(logits, target, kind):
    """Loss, margin to the largest other logit, or log-odds log p/(1 − p), of one picture's logits ``(C,)``."""
    others = torch.cat([logits[:target], logits[target + 1 :]])
    if kind == "margin":
        return logits[target] - others.max()
    if kind == "odds":
        return logits[target] - torch.logsumexp(others, 0)
    return -torch.log_softmax(logits, 0)[target]


def gradient_of(network, state, picture, target, kind="loss"):
    """∂f/∂θ ``(p,)`` and ∂f/∂β of one picture, by autograd."""
    theta = state.theta.clone().requires_grad_()
    statistics = [tuple(part.clone().requires_grad_() for part in pair) for pair in state.statistics]
    value = value_of(logits_of(network, theta, statistics, picture[None])[0], target, kind)
    first, *rest = torch.autograd.grad(value, [theta, *(part for pair in statistics for part in pair)])
    return first, list(zip(rest[::2], rest[1::2], strict=True))


def gradients_of(network, state, pictures, targets, kind="loss"):
    """∂f/∂θ of each picture ``(b, p)``."""
    pairs = zip(pictures, targets.tolist(), strict=True)
    return torch.stack([gradient_of(network, state, picture, target, kind)[0] for picture, target in pairs])


def divisor_of(state):
    """√v̂ + ε by which AdamW divides a step (Kingma & Ba 2015, algorithm 1)."""
    return torch.sqrt(state.moments[1] / (1 - 0.999**state.step)) + 1e-8


def answer_of_linearised_training(training, end):
    """dθ_T/dw_i ``(n, p)`` of training linearised at its end: the flow θ' = −P⁻¹H(θ − θ_T), dense, over τ = Σ η_t."""
    network, images, labels = training.network, training.images, training.labels
    odds = gradients_of(network, end, images, labels, "odds")
    chances = torch.softmax(logits_of(network, end.theta, end.statistics, images), 1)[torch.arange(len(labels)), labels]
    root = torch.diag(divisor_of(end) ** -0.5)
    curvature = sum(p * (1 - p) * torch.outer(m, m) for p, m in zip(chances, odds, strict=True)) / len(labels)
    values, vectors = torch.linalg.eigh(root @ curvature @ root)
    length = sum(training.recipe.rate_at(step, training.steps) for step in range(training.steps))
    decayed = [(1 - torch.exp(-length * s)) / s if s > 1e-14 else torch.tensor(length) for s in values]
    flow = root @ vectors @ torch.diag(torch.stack(decayed).to(root.dtype)) @ vectors.T @ root
    return torch.stack([(1 - p) / len(labels) * flow @ m for p, m in zip(chances, odds, strict=True)])


def trak_of(training, end, signs, ridge, asked):
    """Scores ``(k, n)`` of TRAK (Park et al. 2023, eq. 17) for ∂f/∂θ ``(k, p)`` and signs ±1 ``(p, k)``; minus: of a removal."""
    network, images, labels = training.network, training.images, training.labels
    features = gradients_of(network, end, images, labels, "odds") @ signs
    kernel = sum(torch.outer(row, row) for row in features)
    kernel = kernel + ridge * torch.trace(kernel) / len(kernel) * torch.eye(len(kernel), dtype=kernel.dtype)
    chances = torch.softmax(logits_of(network, end.theta, end.statistics, images), 1)[torch.arange(len(labels)), labels]
    inverse = torch.linalg.inv(kernel)
    return torch.stack(
        [
            torch.stack([-(a @ signs) @ inverse @ m * (1 - p) for p, m in zip(chances, features, strict=True)])
            for a in asked
        ]
    )


def tracin_of(training, states, questions):
    """Scores ``(k, n)``: over epochs and images, η/b ∇f · ∇loss(i)/(√v̂ + ε) after each epoch (Pruthi et al. 2020, section 3.2)."""
    network, each = training.network, training.steps // training.recipe.epochs
    found = torch.zeros(len(questions.targets), len(training.labels), dtype=training.images.dtype)
    for batch in training.batches():
        state = states[(batch.step // each + 1) * each]
        pace = training.recipe.rate_at(batch.step, training.steps) / len(batch.rows)
        asked = gradients_of(network, state, questions.pixels, questions.targets, questions.kind)
        own = gradients_of(network, state, training.images[batch.rows], training.labels[batch.rows])
        found[:, batch.rows] = found[:, batch.rows] + pace * (asked / divisor_of(state)) @ own.T
    return found


def sides_of(network, state, picture, label, kind="loss"):
    """Of each convolution and the last layer: ∂f/∂outputs ``(positions, c)`` and what each position reads ``(positions, a)``."""
    *layers, (weights, bias) = grouped(network.split(state.theta))
    z, kept = seen_twice(network, picture[None]).requires_grad_(), []
    for number, ((filters, scale, shift), (mean, variance)) in enumerate(zip(layers, state.statistics, strict=True)):
        raw = functional.conv2d(z, filters, padding=1)
        read = functional.unfold(z, 3, padding=1)[0].T.unflatten(1, (z.shape[1], 9))
        kept.append((raw, read.transpose(1, 2).flatten(1)))  # θ holds a filter with its channels last
        normal = (raw - mean[:, None, None]) / torch.sqrt(variance[:, None, None] + EPSILON)
        z = smooth_unit(normal * scale[:, None, None] + shift[:, None, None], network.pooled(number))
    features = z.mean(dim=(2, 3))
    logits = features @ weights.T + bias
    kept.append((logits, torch.cat([features, torch.ones_like(features[:, :1])], 1)))
    pulls = torch.autograd.grad(value_of(logits[0], label, kind), [raw for raw, _ in kept])
    return [
        (pull.flatten(2)[0].T if pull.dim() > 2 else pull, read.detach())
        for pull, (_, read) in zip(pulls, kept, strict=True)
    ]


def labels_drawn(network, state, pictures, seed):
    """A label for each picture from the network's own predictions, by one uniform draw each."""
    chances = torch.softmax(logits_of(network, state.theta, state.statistics, pictures), 1).cumsum(1)
    draws = torch.rand(len(pictures), 1, generator=torch.Generator().manual_seed(seed))
    return [next(c for c in range(len(row)) if draw <= row[c]) for draw, row in zip(draws[:, 0], chances, strict=True)]


def ekfac_of(training, end, questions, damping, seed):
    """Scores ``(k, n)`` of EK-FAC, every Kronecker product written out (George et al. 2018, section 3)."""
    network, images = training.network, training.images
    drawn = labels_drawn(network, end, images, seed)
    fisher = [sides_of(network, end, picture, label) for picture, label in zip(images, drawn, strict=True)]
    own = [sides_of(network, end, picture, int(label)) for picture, label in zip(images, training.labels, strict=True)]
    asked = zip(questions.pixels, questions.targets.tolist(), strict=True)
    tests = [sides_of(network, end, picture, target, questions.kind) for picture, target in asked]
    total = 0.0
    for layer in range(len(network.widths) + 1):
        u = torch.linalg.eigh(sum(side[layer][0].T @ side[layer][0] for side in fisher))[1]
        v = torch.linalg.eigh(sum(side[layer][1].T @ side[layer][1] for side in fisher))[1]
        basis = torch.kron(u, v)
        wide = [
            torch.stack([(side[layer][0].T @ side[layer][1]).flatten() for side in sides]) @ basis
            for sides in (fisher, own, tests)
        ]
        values = (wide[0] ** 2).mean(0)
        total = total + wide[2] / (values + damping * values.mean()) @ wide[1].T / len(images)
    return total
