"""Slow twins of a smooth training and of its derivative: loops and autograd, straight from the formulas."""

import torch
from torch.nn import functional

EPSILON = 1e-5


def smooth_unit(z, pooled):
    """z/(1 + exp(−z)), and the mean of each window of 2 × 2."""
    bent = z / (1 + torch.exp(-z))
    return sum(bent[:, :, down::2, right::2] for down in (0, 1) for right in (0, 1)) / 4 if pooled else bent


def grouped(tensors):
    """The tensors of θ as :func:`risk_of_batch` takes them."""
    return [*zip(*[iter(tensors[:-2])] * 3, strict=True), tuple(tensors[-2:])]


def risk_of_batch(parameters, pixels, labels, shares, divisor):
    """(1/b) Σ w_i loss_i and the weighted mean and variance of each normalisation (Ioffe & Szegedy 2015, algorithm 1, with weights).

    ``pixels``: as the first layer, which is not trained, hands them on. ``parameters``: (weights, scale, shift) of each convolution, then (weights, bias) of the last layer.
    """
    statistics = []
    for weights, scale, shift in parameters[:-1]:
        raw = functional.conv2d(pixels, weights, padding=1)
        share = shares[:, None, None, None] / (shares.sum() * raw.shape[2] * raw.shape[3])
        mean = (share * raw).sum(dim=(0, 2, 3), keepdim=True)
        variance = (share * (raw - mean) ** 2).sum(dim=(0, 2, 3), keepdim=True)
        statistics.append((mean.flatten(), variance.flatten()))
        normal = (raw - mean) / torch.sqrt(variance + EPSILON)
        z = normal * scale[None, :, None, None] + shift[None, :, None, None]
        pixels = smooth_unit(z, len(statistics) < len(parameters) - 1)
    weights, bias = parameters[-1]
    losses = -torch.log_softmax(pixels.mean(dim=(2, 3)) @ weights.T + bias, dim=1)[torch.arange(len(labels)), labels]
    return (shares * losses).sum() / divisor, statistics
