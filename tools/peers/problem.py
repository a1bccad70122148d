"""What every method is given: one trained network, its training images, and the test pictures whose scores are asked."""

from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.attribution.whole_network.base import Kind
from explorer.models.smooth_cnn import Network, Recipe, State, Training
from explorer.models.smooth_cnn.recording import Recording
from tools.peers.network import trained

FILE, STATES = "problem.pt", "recording"
KINDS: tuple[Kind, ...] = ("loss", "margin")


@dataclass(frozen=True, eq=False)
class Problem:
    """A trained network and what is asked of it.

    Attributes:
        training: network, recipe, training images.
        ends: the state at the end of each epoch; the last is the trained network.
        asked: test pictures ``(m, 3, s, s)``.
        targets: their labels ``(m,)``.
        rows: of the test pictures in the test set ``(m,)``.
        states: where the training's states lie; None where they are not on disk.
        run: whose training it is; "" for none.
        kinds: of outputs that are asked.
    """

    training: Training
    ends: list[State]
    asked: Tensor
    targets: Tensor
    rows: np.ndarray
    states: Path | None = None
    run: str = ""
    kinds: tuple[Kind, ...] = KINDS

    @cached_property
    def recording(self) -> Recording:
        """The training with all its states."""
        assert self.states is not None  # only a problem that was loaded is asked
        return Recording.open(self.states, self.training)

    @property
    def images(self) -> int:
        """Training images."""
        return len(self.training.labels)

    def module(self, epoch: int = -1) -> nn.Sequential:
        """Return a fresh plain network as it was at the end of an epoch."""
        end = self.ends[epoch]
        return trained(self.training.network, end.theta, end.statistics)

    @property
    def rates(self) -> list[float]:
        """The sum of the learning rates of each epoch's steps."""
        recipe, steps = self.training.recipe, self.training.steps
        bounds = range(0, steps + 1, steps // recipe.epochs)
        return [sum(recipe.rate_at(step, steps) for step in range(*pair)) for pair in pairwise(bounds)]

    def save(self, folder: Path) -> None:
        """Write everything into one file."""
        training = self.training
        content = {
            "network": asdict(training.network),
            "recipe": asdict(training.recipe),
            "rows": torch.from_numpy(self.rows),
        }
        content |= {"images": training.images, "labels": training.labels, "asked": self.asked, "targets": self.targets}
        content |= {"states": str(self.states), "run": self.run, "kinds": list(self.kinds)}
        ends = [(end.theta, end.moments, end.statistics, end.step) for end in self.ends]
        torch.save(content | {"ends": ends}, folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> "Problem":
        """Return what :meth:`save` wrote."""
        found: dict[str, Any] = torch.load(folder / FILE, weights_only=True)
        network, recipe = (_plain(found[name]) for name in ("network", "recipe"))
        training = Training(Network(**network), Recipe(**recipe), found["images"], found["labels"])
        ends = [State(*end) for end in found["ends"]]
        given = (training, ends, found["asked"], found["targets"], found["rows"].numpy())
        return cls(*given, Path(found["states"]), found["run"], tuple(found["kinds"]))


def margins(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the logit of each label less the largest other one ``(b,)``; autograd and ``torch.func`` follow it."""
    own = labels[..., None] == torch.arange(logits.shape[-1])
    picked = torch.where(own, logits, 0.0).sum(-1)
    return picked - logits.masked_fill(own, -torch.inf).amax(-1)


def outputs(logits: Tensor, labels: Tensor, kind: str) -> Tensor:
    """Return what is asked ``(b,)``: losses in nats, or margins."""
    return functional.cross_entropy(logits, labels, reduction="none") if kind == "loss" else margins(logits, labels)


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
