"""``small-cnn``, trained as it always is, with a weight for each image: of weight 0 an image is absent."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.core.progress import Progress, silent
from explorer.models import small_cnn
from explorer.models.small_cnn import Training, batches


class WeighedNorm(nn.Module):
    """Batch normalisation in whose statistics every image has its weight; with all weights 1 it is ``nn.BatchNorm2d``.

    Args:
        norm: whose scale, shift and running statistics are taken.

    Attributes:
        shares: the weight of each image of the batch ``(b,)``, set before each step of training.
    """

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        self.norm, self.shares = norm, torch.ones(0)

    def forward(self, z: Tensor) -> Tensor:
        """Return pictures ``(b, c, s, s)`` normalised: by the batch in training, else by the running statistics."""
        norm = self.norm
        if not self.training:
            return norm(z)
        count = self.shares.sum() * z[0, 0].numel()
        share = (self.shares / count)[:, None, None, None]
        mean = (share * z).sum((0, 2, 3), keepdim=True)
        variance = (share * (z - mean) ** 2).sum((0, 2, 3), keepdim=True)
        with torch.no_grad():
            pace = float(norm.momentum or 0.0)
            pairs = ((norm.running_mean, mean), (norm.running_var, variance * count / (count - 1)))
            for kept, seen in pairs:
                assert kept is not None  # as it is unless somebody asks for none
                kept.lerp_(seen.flatten(), pace)
        scale, shift = (part[:, None, None] for part in (norm.weight, norm.bias))
        return (z - mean) / (variance + norm.eps).sqrt() * scale + shift


def weighed(network: nn.Module) -> list[WeighedNorm]:
    """Replace the normalisations of an untrained ``small-cnn`` by ones that weigh images, and return these."""
    body = next(network.children())
    assert isinstance(body, nn.Sequential)  # as small_cnn.network builds it
    found = {place: WeighedNorm(layer) for place, layer in enumerate(body) if isinstance(layer, nn.BatchNorm2d)}
    for place, norm in found.items():
        body[place] = norm
    return [*found.values()]


def trained(
    pixels: Tensor, labels: Tensor, classes: int, training: Training, shares: Tensor, progress: Progress = silent
) -> nn.Module:
    """Return the network trained with weights of images ``(n,)``: first weights, order, mirroring and shifts from the seed alone.

    Args:
        pixels: ``(n, 3, s, s)``, normalised.
        labels: ``(n,)``.
        classes: number of classes.
        training: the recipe.
        shares: 1 for an image as it is, 0 for one that is absent from the loss and from all statistics.
        progress: of the epochs.
    """
    network = small_cnn.network(classes, training.seed)
    norms = weighed(network)
    optimiser = torch.optim.AdamW(network.parameters(), lr=training.rate, weight_decay=training.decay)
    steps = -(-len(labels) // training.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, training.rate, epochs=training.epochs, steps_per_epoch=steps
    )
    network.train()
    for epoch in range(training.epochs):
        for rows, varied in batches(pixels, training, epoch):
            present = shares[rows]
            for norm in norms:
                norm.shares = present
            losses = functional.cross_entropy(network(varied), labels[rows], reduction="none")
            optimiser.zero_grad()
            ((present * losses).sum() / len(rows)).backward()
            optimiser.step()
            schedule.step()
        progress("Training small-cnn", epoch + 1, training.epochs)
    return network.eval().requires_grad_(False)
