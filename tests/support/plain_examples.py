"""Slow twins of estimators for a whole network: autograd picture by picture, dense matrices, straight from the formulas."""

import torch
from torch.nn import functional

from explorer.models.smooth_cnn.cosines import coefficients
from tests.support.plain_training import EPSILON, grouped, smooth_unit


def logits_of(network, theta, statistics, pixels):
    """Logits ``(b, C)`` in evaluation, by the running statistics (Ioffe & Szegedy 2015, algorithm 2)."""
    pixels = coefficients(pixels, network.detail)
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
