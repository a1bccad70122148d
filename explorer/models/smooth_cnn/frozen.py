"""The network of a state as a torch module, frozen."""

from torch import Tensor, nn

from explorer.models.smooth_cnn.network import Network
from explorer.models.smooth_cnn.steps import State


class Body(nn.Module):
    """The network up to its last layer: normalised pictures ``(b, 3, s, s)`` in, features ``(b, d)`` out.

    Args:
        network: the layers.
        state: of a training.
    """

    def __init__(self, network: Network, state: State) -> None:
        super().__init__()
        self.network, self.state = network, state

    def forward(self, pixels: Tensor) -> Tensor:
        """Return the features by the running statistics."""
        return self.network.features(self.state.theta, self.state.statistics, pixels)


def as_module(network: Network, state: State) -> nn.Module:
    """Return the network of a state, frozen, its last layer apart."""
    weights, bias = network.split(state.theta)[-2:]
    last = nn.Linear(weights.shape[1], weights.shape[0])
    last.weight.data, last.bias.data = weights.clone(), bias.clone()
    return nn.Sequential(Body(network, state), last).eval().requires_grad_(False)
