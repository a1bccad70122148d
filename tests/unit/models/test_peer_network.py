"""What other libraries are given is our network: the same logits, and the same gradient in every weight."""

import pytest
import torch
from torch.nn import functional

from explorer.models.smooth_cnn import Network, Recipe, Training
from tools.peers.network import trained

NETWORK = Network((4, 6, 5), 3, 2.0)


@pytest.fixture(scope="module")
def end():
    images = torch.randn(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return Training(NETWORK, Recipe(NETWORK.widths, epochs=2, batch=5), images, torch.arange(12) % 3).run()


@pytest.fixture(scope="module")
def pixels():
    return torch.randn(7, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def test_the_plain_network_gives_our_logits(end, pixels):
    found = trained(NETWORK, end.theta, end.statistics)(pixels)
    torch.testing.assert_close(found, NETWORK.logits(end.theta, end.statistics, pixels), rtol=0, atol=1e-5)


def test_its_gradient_is_ours_in_every_weight(end, pixels):
    labels, module = torch.arange(7) % 3, trained(NETWORK, end.theta, end.statistics)
    theta = end.theta.clone().requires_grad_()
    functional.cross_entropy(NETWORK.logits(theta, end.statistics, pixels), labels).backward()
    functional.cross_entropy(module(pixels), labels).backward()
    found = dict(module.named_parameters())
    names = [
        f"{kind}{layer}.{name}"
        for layer in range(3)
        for kind, name in (("conv", "weight"), ("norm", "weight"), ("norm", "bias"))
    ]
    own = NETWORK.join([found[name].grad for name in [*names, "last.weight", "last.bias"]])
    torch.testing.assert_close(own, theta.grad, rtol=1e-4, atol=1e-6)
