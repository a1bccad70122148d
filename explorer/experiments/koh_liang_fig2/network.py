"""Figure 2 of Koh & Liang 2017 for a whole network: removals by training on, resumable after each of them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.nn import functional

from explorer.core.checksums import seal, unsealed
from explorer.core.progress import Progress
from explorer.datasets.base import Split, stratified
from explorer.experiments.koh_liang_fig2.agreement import removal_figures
from explorer.experiments.koh_liang_fig2.network_leave_one_out import (
    NetworkTraining,
    Schedule,
    continue_training,
    influence,
    train,
)
from explorer.experiments.stages import array_stage
from explorer.models.custom.spec import DEVIATION, MEAN
from explorer.models.preparation.batches import prepare
from explorer.runs.run import Run

# Every picture is given to the network at CIFAR-10's size.
SIDE = 32
# Test images a pass through the network.
CHUNK = 500
# Of the wrong predictions the one that is surer than nine in ten: the very surest is an extreme that everything moves.
SURE = 0.9


class NetworkSettings(Protocol):
    """What the network and its removals need to know; the parameters of the experiment are such settings."""

    @property
    def images(self) -> int:
        """Training images of the network, drawn with all classes in proportion."""

    @property
    def test(self) -> int:
        """The test image; below 0, a confidently wrong one is chosen."""

    @property
    def removals(self) -> int:
        """How many training images are left out, one at a time, at most."""

    @property
    def steps(self) -> int:
        """For how many steps the training goes on."""

    @property
    def batch(self) -> int:
        """Images in each of these steps; 0 is all."""

    @property
    def pace(self) -> float:
        """The learning rate of these steps."""

    @property
    def seed(self) -> int:
        """Of the choice of images, the first weights and the order of batches."""


def measure_network(settings: NetworkSettings, run: Run, folder: Path, progress: Progress) -> dict[str, Any]:
    """Return predicted and measured changes of loss of each removal, and how far they agree."""
    rows = stratified(run.train_labels, min(settings.images, len(run.train_labels)), settings.seed)
    network = _network(settings, run, rows, folder, progress)
    index = run.check_test(settings.test) if settings.test >= 0 else network.confidently_wrong()
    scores, residual = network.scores(index)
    chosen = np.argsort(-np.abs(scores), kind="stable")[: settings.removals]
    twin, after = network.losses_after(index, chosen)
    return (
        removal_figures({"network": scores[chosen]}, after - twin)
        | network.facts(index)
        | {
            "residual": residual,
            "loss_of_the_twin": twin,
            "train_index": rows[chosen].tolist(),
            "n_train": len(rows),
            "n_test": len(run.test_labels),
        }
    )


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network, the test images, and the folder in which every finished removal is kept.

    Attributes:
        weights: after training and settling.
        tests: pixels of the test images ``(m, 3, 32, 32)``.
        labels: theirs, ``(m,)``.
        names: of the classes.
    """

    training: NetworkTraining
    weights: dict[str, Tensor]
    tests: Tensor
    labels: Tensor
    names: list[str]
    folder: Path
    progress: Progress

    def logits(self, pixels: Tensor) -> Tensor:
        """Return what the trained network says ``(m, C)``."""
        with torch.no_grad():
            return torch.cat([self.training.logits(self.weights, some) for some in pixels.split(CHUNK)])

    def confidently_wrong(self) -> int:
        """Return the wrong prediction that is surer than nine in ten of them; where none is wrong, the least sure one."""
        logits = self.logits(self.tests)
        losses = functional.cross_entropy(logits, self.labels, reduction="none").numpy()
        wrong = np.flatnonzero((logits.argmax(dim=1) != self.labels).numpy())
        order = wrong[np.argsort(losses[wrong], kind="stable")] if len(wrong) else np.array([losses.argmax()])
        return int(order[int(SURE * (len(order) - 1))])

    def scores(self, index: int) -> tuple[np.ndarray, float]:
        """Return influence scores ``(n,)`` in nats on a test image, and the solution's relative residual."""
        seen, label, damping = self.tests[[index]], int(self.labels[index]), self.training.schedule.damping

        def compute() -> np.ndarray:
            scores, residual = influence(self.training, self.weights, seen, label, damping, self.progress)
            return np.append(scores.double().numpy(), residual)

        stage = array_stage(self.folder / f"scores-{index}.npy", compute)
        return stage[:-1], float(stage[-1])

    def losses_after(self, index: int, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the test image's loss after training on with all images, and ``(k,)`` with each row at weight 0."""
        twin = self._loss_after(index, None)
        after = []
        for done, row in enumerate(rows):
            self.progress("Training on without an image", done, len(rows))
            after.append(self._loss_after(index, int(row)))
        self.progress("Training on without an image", len(rows), len(rows))
        return twin, np.array(after)

    def _loss_after(self, index: int, left_out: int | None) -> float:
        name = "twin" if left_out is None else f"without-{left_out:06d}"

        def compute() -> np.ndarray:
            now = continue_training(self.training, self.weights, left_out)
            with torch.no_grad():
                return self.training.losses(now, self.tests[[index]], self.labels[[index]]).double().numpy()

        return float(array_stage(self.folder / f"{name}-{index}.npy", compute)[0])

    def facts(self, index: int) -> dict[str, Any]:
        """Return what is known of the network, its schedule and the test image."""
        training, logits = self.training, self.logits(self.tests)
        fitted = self.logits(training.pixels)
        return {
            "test": index,
            "label": self.names[int(self.labels[index])],
            "says": self.names[int(logits[index].argmax())],
            "loss_before": float(functional.cross_entropy(logits[[index]], self.labels[[index]])),
            "train_accuracy": float((fitted.argmax(dim=1) == training.labels).double().mean()),
            "train_loss": float(functional.cross_entropy(fitted, training.labels)),
            "test_accuracy": float((logits.argmax(dim=1) == self.labels).double().mean()),
            "weights": sum(weight.numel() for weight in self.weights.values()),
            "damping": training.schedule.damping,
            "schedule": asdict(training.schedule),
        }


def _network(settings: NetworkSettings, run: Run, rows: np.ndarray, folder: Path, progress: Progress) -> Network:
    """Return the network trained on some of the run's training images; an earlier attempt's weights are read."""
    train_pixels = _pixels(run.dataset.train, run.arrays["train_rows"][rows], progress)
    test_pixels = _pixels(run.dataset.test, np.arange(len(run.test_labels)), progress)
    labels = torch.from_numpy(run.train_labels[rows])
    training = NetworkTraining(
        train_pixels,
        labels,
        len(run.class_names),
        Schedule(steps=settings.steps, gently=settings.pace, part=settings.batch, seed=settings.seed),
    )
    path = folder / "weights.safetensors"
    kept = unsealed(path)
    if kept is None:
        kept = save({name: value.contiguous() for name, value in train(training, progress).items()})
        seal(path, kept)
    targets = torch.from_numpy(run.test_labels)
    return Network(training, load(kept), test_pixels, targets, run.class_names, folder, progress)


def _pixels(split: Split, rows: np.ndarray, progress: Progress) -> Tensor:
    """Return pictures ``(r, 3, 32, 32)``, normalised."""
    mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (MEAN, DEVIATION))
    parts = []
    for done, row in enumerate(rows):
        progress("Reading pictures", done, len(rows))
        parts.append(prepare([split.pictures[int(row)]], SIDE))
    progress("Reading pictures", len(rows), len(rows))
    return ((torch.cat(parts) - mean) / deviation).contiguous(memory_format=torch.channels_last)
