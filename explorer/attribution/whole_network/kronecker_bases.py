"""The Kronecker basis of each layer of weights and the diagonal of the Fisher matrix there: what EK-FAC is made of."""

from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.attribution.whole_network.example_gradients import ExamplePass, passes
from explorer.core.progress import Progress
from explorer.models.smooth_cnn import Network, State, Training

# Of a layer: eigenvectors U ``(c, c)`` of its outputs' gradients and V ``(a, a)`` of what it reads.
Bases = list[tuple[Tensor, Tensor]]


def layers_of(network: Network, gradients: Tensor) -> list[Tensor]:
    """Return ∂f/∂W ``(b, c, a)`` of each layer for ∂f/∂θ ``(b, p)``: filters, then the last layer with its bias as last column."""
    parts = gradients.split(network.sizes, dim=1)
    filters = [part.unflatten(1, (width, -1)) for part, width in zip(parts[:-2:3], network.widths, strict=True)]
    weights, bias = parts[-2].unflatten(1, (network.classes, -1)), parts[-1]
    return [*filters, torch.cat([weights, bias[:, :, None]], dim=2)]


def rotated(network: Network, gradients: Tensor, bases: Bases) -> Tensor:
    """Return Uᵀ ∂f/∂W V of all layers in one row ``(b, r)`` for ∂f/∂θ ``(b, p)``."""
    pairs = zip(layers_of(network, gradients), bases, strict=True)
    return torch.cat([(u.T @ part @ v).flatten(1) for part, (u, v) in pairs], dim=1)


@torch.no_grad()
def bases_of(training: Training, state: State, seed: int, progress: Progress) -> Bases:
    """Return the eigenvectors of E[g gᵀ] and E[a aᵀ] of each layer, over images and positions."""
    sums: list[tuple[Tensor, Tensor]] = []
    for passed, slopes in _drawn(training, state, seed, "Bases of the layers", progress):
        products = [(gradients.T @ gradients, inputs.T @ inputs) for gradients, inputs in _sides(passed, slopes)]
        more = [(a + c, b + d) for (a, b), (c, d) in zip(sums, products, strict=bool(sums))]
        sums = more or products
    return [(torch.linalg.eigh(gradients)[1], torch.linalg.eigh(inputs)[1]) for gradients, inputs in sums]


@torch.no_grad()
def eigenvalues_of(training: Training, state: State, bases: Bases, seed: int, progress: Progress) -> list[Tensor]:
    """Return λ = E[(Uᵀ ∇W V)²] of each layer, flat."""
    total = torch.zeros(())
    for passed, slopes in _drawn(training, state, seed, "Curvature of the layers", progress):
        total = total + rotated(training.network, passed.gradients(slopes), bases).square().sum(0)
    return list((total / len(training.labels)).split([len(u) * len(v) for u, v in bases]))


def _drawn(
    training: Training, state: State, seed: int, stage: str, progress: Progress
) -> Iterator[tuple[ExamplePass, Tensor]]:
    """Yield the training images' passes with ∂loss/∂logits ``(b, C)`` for labels drawn from the network's own predictions."""
    draws = torch.rand(len(training.labels), 1, generator=torch.Generator().manual_seed(seed))
    for rows, passed in passes(training, state, stage, progress):
        probabilities = passed.logits.softmax(dim=1)
        # All but the last class can be passed by, so that rounding of the sum to below 1 draws none that is not there.
        labels = (probabilities.cumsum(dim=1)[:, :-1] < draws[rows]).sum(dim=1, keepdim=True)
        yield passed, probabilities.scatter_add(1, labels, -torch.ones_like(probabilities[:, :1]))


def _sides(passed: ExamplePass, slopes: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield of each layer the gradients at its outputs and what it reads there, a position a row."""
    for layer, pulled in zip(passed.layers, passed.pulled(slopes), strict=True):
        yield layer.raw(pulled).permute(0, 2, 3, 1).flatten(0, 2), layer.windows.flatten(0, 1)
    yield slopes, torch.cat([passed.features, torch.ones_like(passed.features[:, :1])], dim=1)
