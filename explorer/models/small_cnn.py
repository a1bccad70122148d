"""``small-cnn``: a network of about 240,000 weights, trained from scratch, resumable after every epoch."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from explorer.core.checksums import file_digest, seal, unsealed
from explorer.core.files import save_bytes
from explorer.core.progress import Progress
from explorer.datasets.base import Split
from explorer.models.custom.spec import DEVIATION, MEAN
from explorer.models.devices import device_of
from explorer.models.preparation.batches import prepare

WIDTHS = (32, 64, 128, 128)
# The file that an interrupted training continues from, beside those of the epochs.
STATE = "state.sealed"


@dataclass(frozen=True)
class Training:
    """Hyperparameters of ``small-cnn``: AdamW, one cycle of the learning rate, mirrored and shifted images.

    Attributes:
        epochs: number of passes over the training images.
        batch: images a step.
        rate: the highest learning rate.
        decay: weight decay.
        seed: determines initial weights, order, mirroring and shifts.
    """

    epochs: int = 8
    batch: int = 128
    rate: float = 4e-3
    decay: float = 5e-2
    seed: int = 0


def network(classes: int, seed: int) -> nn.Module:
    """Return the untrained network; its last layer reads 128 features."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for before, after in zip((3, *WIDTHS), WIDTHS, strict=False):
        layers += [
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
    body = nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(body, nn.Linear(WIDTHS[-1], classes))


def train(
    split: Split,
    classes: int,
    size: int,
    training: Training,
    folder: Path,
    progress: Progress,
    device: str = "cpu",
) -> nn.Module:
    """Return the trained network; every epoch is kept in ``folder`` as ``epoch-N.safetensors``.

    A training that was interrupted goes on after its last whole epoch and ends at the same weights, because every
    epoch draws its randomness from ``(seed, epoch)`` alone, wherever it computes.
    """
    place = device_of(device)
    pixels, labels = normalised(split, size, progress).to(place), torch.from_numpy(split.labels).to(place)
    net = network(classes, training.seed).to(place)
    optimiser = torch.optim.AdamW(net.parameters(), lr=training.rate, weight_decay=training.decay)
    steps = -(-len(labels) // training.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, training.rate, epochs=training.epochs, steps_per_epoch=steps
    )
    parts: dict[str, Any] = {"network": net, "optimiser": optimiser, "schedule": schedule}
    for epoch in range(_resume(folder, parts), training.epochs):
        rates = []
        for step, (loss, rate) in enumerate(_epoch(parts, pixels, labels, training, epoch)):
            rates.append(rate)
            progress("Training small-cnn", epoch + (step + 1) / steps, training.epochs, {"loss": loss})
        mean = {"rate": repr(sum(rates) / steps)}
        save_bytes(folder / f"epoch-{epoch + 1}.safetensors", save(net.state_dict(), mean))
        _keep(folder, parts, epoch + 1)
    return net.eval().requires_grad_(False)


def load(path: Path, classes: int) -> tuple[nn.Module, float]:
    """Return the network as it was after a saved epoch, and the epoch's mean learning rate."""
    net = network(classes, 0)
    with safe_open(path, "pt") as stored:
        net.load_state_dict({name: stored.get_tensor(name) for name in stored.keys()})  # noqa: SIM118 - no mapping
        rate = float(stored.metadata()["rate"])
    return net.eval().requires_grad_(False), rate


def last_weights(net: nn.Module) -> np.ndarray:
    """Return the last layer's weights ``(C, d + 1)`` float64, its bias last."""
    last = next(module for module in net.modules() if isinstance(module, nn.Linear))
    return np.column_stack([last.weight.numpy(), last.bias.numpy()]).astype(np.float64)


def _epoch(
    parts: dict[str, Any], pixels: Tensor, labels: Tensor, training: Training, epoch: int
) -> Iterator[tuple[float, float]]:
    """Yield the loss and the learning rate of each step of one epoch."""
    net, optimiser, schedule = parts.values()
    net.train()
    for rows, varied in batches(pixels, training, epoch):
        loss = functional.cross_entropy(net(varied), labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate = float(optimiser.param_groups[0]["lr"])
        schedule.step()
        yield float(loss.detach()), rate


def batches(pixels: Tensor, training: Training, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the rows ``(b,)`` and the pictures ``(b, 3, s, s)``, mirrored and shifted, of each step of one epoch."""
    generator = torch.Generator().manual_seed(training.seed * 1_000_003 + epoch)
    for rows in torch.randperm(len(pixels), generator=generator).to(pixels.device).split(training.batch):
        yield rows, _varied(pixels[rows], generator)


def normalised(split: Split, size: int, progress: Progress) -> Tensor:
    """Return all pictures of a split ``(n, 3, size, size)``, normalised, channels last in memory."""
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    parts = []
    for row in range(len(split.labels)):
        progress("Reading pictures", row, len(split.labels))
        parts.append(prepare([split.pictures[row]], size))
    progress("Reading pictures", len(parts), len(parts))
    return ((torch.cat(parts) - mean) / deviation).contiguous(memory_format=torch.channels_last)


def _varied(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror half of the pictures and shift all by up to an eighth."""
    mirrored = (torch.rand(len(batch), 1, 1, 1, generator=generator) < 0.5).to(batch.device)
    batch = torch.where(mirrored, batch.flip(3), batch)
    reach = batch.shape[-1] // 8
    down, right = torch.randint(0, 2 * reach + 1, (2,), generator=generator).tolist()
    side = batch.shape[-1]
    return functional.pad(batch, [reach] * 4, mode="reflect")[:, :, down : down + side, right : right + side]


def _keep(folder: Path, parts: dict[str, Any], epochs: int) -> None:
    """Write down all that goes on from here, with the checksums of the epochs' files, for :func:`_resume`."""
    buffer, state = io.BytesIO(), {name: part.state_dict() for name, part in parts.items()}
    torch.save(state | {"epochs": _checksums(folder, epochs)}, buffer)
    seal(folder / STATE, buffer.getvalue())


def _resume(folder: Path, parts: dict[str, Any]) -> int:
    """Load the last whole epoch into ``parts`` and return its number; 0 where there is none, or a file is damaged."""
    kept = unsealed(folder / STATE)
    state = torch.load(io.BytesIO(kept), map_location="cpu", weights_only=True) if kept else {"epochs": []}
    epochs = len(state["epochs"])
    if not epochs or _checksums(folder, epochs) != state["epochs"]:
        return 0
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return epochs


def _checksums(folder: Path, epochs: int) -> list[str]:
    """Return the SHA-256 of each epoch's file; nothing for one that is gone."""
    paths = [folder / f"epoch-{epoch}.safetensors" for epoch in range(1, epochs + 1)]
    return [file_digest(path) if path.is_file() else "" for path in paths]
