"""Training ``small-cnn-smooth``: every draw comes from a seed, every step can be kept, every image has a weight."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from explorer.core.allocation import reused_memory
from explorer.core.progress import Progress, silent
from explorer.models.smooth_cnn.frozen import as_module
from explorer.models.smooth_cnn.network import Network, Statistics
from explorer.models.smooth_cnn.pass_through import Pass
from explorer.models.smooth_cnn.recipe import EPSILON, FORM, MOMENTUM, PACE, SQUARES, Recipe
from explorer.models.smooth_cnn.steps import Batch as Batch
from explorer.models.smooth_cnn.steps import State as State


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Within it numbers below 1e-38 count as 0: products of them take a hundred times as long and change nothing."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """Within it torch computes on so many threads, on which the last bits of its sums depend; 0: on as many as it has."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True, eq=False)
class Training:
    """Pictures, network and recipe.

    Attributes:
        images: ``(n, 3, s, s)``, normalised.
        labels: ``(n,)``.
        threads: on which it is computed, for the same bits again; 0: on as many as torch has.
    """

    network: Network
    recipe: Recipe
    images: Tensor
    labels: Tensor
    threads: int = 0

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return self.recipe.steps(len(self.labels))

    @property
    def stage(self) -> str:
        """What progress is told."""
        return "Training small-cnn-smooth"

    @property
    def identity(self) -> dict[str, Any]:
        """What determines it beside pictures and labels, as plain values."""
        return {
            "form": FORM,
            "network": asdict(self.network),
            "recipe": self.recipe.facts,
            "kind": str(self.images.dtype),
        }

    def given(self, batch: Batch) -> Tensor:
        """Return the pictures of a batch as the network is given them."""
        return batch.pixels(self.images)

    def module(self, state: State) -> nn.Module:
        """Return the network of a state, frozen, its last layer apart: what it is given in, logits out."""
        return as_module(self.network, state)

    def begin(self) -> State:
        """Return the state before the first step."""
        kind = self.images.dtype
        theta = self.network.first(self.recipe.seed, kind)
        return State(theta, torch.zeros(2, len(theta), dtype=kind), self.network.first_statistics(kind))

    def batches(self, first: int = 0) -> Iterator[Batch]:
        """Yield the batches from step ``first`` on; each epoch is drawn from the seed and its own number alone."""
        each = self.recipe.steps(len(self.labels)) // self.recipe.epochs
        for epoch in range(first // each, self.recipe.epochs):
            for place, batch in enumerate(self._epoch(epoch)):
                if epoch * each + place >= first:
                    yield Batch(epoch * each + place, *batch)

    def _epoch(self, epoch: int) -> Iterator[tuple[Tensor, Tensor, tuple[int, int]]]:
        generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + epoch)
        reach = self.images.shape[-1] // 8
        for rows in torch.randperm(len(self.labels), generator=generator).split(self.recipe.batch):
            mirrored = torch.rand(len(rows), generator=generator) < 0.5
            down, right = torch.randint(0, 2 * reach + 1, (2,), generator=generator).tolist()
            yield rows, mirrored, (down, right)

    @torch.no_grad()
    def run(
        self,
        state: State | None = None,
        shares: Tensor | None = None,
        progress: Progress = silent,
        before: Callable[[State], None] = lambda state: None,
    ) -> State:
        """Return the state after the last step.

        Args:
            state: to go on from; it is changed. None: from the beginning.
            shares: weight of each image ``(n,)``; None: all 1.
            before: called with the state before each step.
        """
        state = state or self.begin()
        with on_threads(self.threads), flushed_denormals(), reused_memory():
            for batch in self.batches(state.step):
                before(state)
                self.advance(state, *self.gradient(state, batch, shares))
                progress(self.stage, state.step, self.steps)
        return state

    @torch.no_grad()
    def advanced(self, state: State, steps: int) -> Iterator[State]:
        """Yield the state, which is changed, after each of so many steps with all images."""
        with on_threads(self.threads), flushed_denormals(), reused_memory():
            for batch in islice(self.batches(state.step), steps):
                self.advance(state, *self.gradient(state, batch))
                yield state

    def gradient(self, state: State, batch: Batch, shares: Tensor | None = None) -> tuple[Tensor, Statistics]:
        """Return ∇θ of the batch's loss ``(p,)`` and the batch's statistics; those of before where nobody is present."""
        pixels, labels, divisor = self.given(batch), self.labels[batch.rows], len(batch.rows)
        if shares is not None:
            present = shares[batch.rows]
            if not bool(((present == 0) | (present == 1)).all()):
                return self._weighted(state, pixels, labels, present, divisor)
            pixels, labels = pixels[present == 1], labels[present == 1]
        if not len(labels):
            return torch.zeros_like(state.theta), state.statistics
        return self.passed(state.theta, pixels, labels, divisor)

    def passed(self, theta: Tensor, pixels: Tensor, labels: Tensor, divisor: int) -> tuple[Tensor, Statistics]:
        """Return ∇θ ``(p,)`` of (1/b) Σ loss_i over the images that are present, and their statistics."""
        passed = Pass(self.network, theta, pixels, labels, divisor)
        return passed.gradient(), passed.statistics

    def _weighted(
        self, state: State, pixels: Tensor, labels: Tensor, shares: Tensor, divisor: int
    ) -> tuple[Tensor, Statistics]:
        with torch.enable_grad():
            theta = state.theta.detach().requires_grad_()
            risk, statistics = self.network.weighted_risk(theta, pixels, labels, shares, divisor)
            gradient = torch.autograd.grad(risk, theta)[0]
        return gradient, [(mean.detach(), variance.detach()) for mean, variance in statistics]

    def advance(self, state: State, gradient: Tensor, statistics: Statistics) -> None:
        """Take one step of AdamW (Loshchilov & Hutter 2019, algorithm 2), and move the running statistics."""
        rate = self.recipe.rate_at(state.step, self.steps)
        state.step += 1
        mean, square = state.moments
        mean.lerp_(gradient, 1 - MOMENTUM)
        square.mul_(SQUARES)
        if self.recipe.by_filter:
            square.add_(self.network.by_filter(gradient.square()), alpha=1 - SQUARES)
        else:
            square.addcmul_(gradient, gradient, value=1 - SQUARES)
        root = (square / (1 - SQUARES**state.step)).sqrt_().add_(EPSILON)
        state.theta.mul_(1 - rate * self.recipe.decay).addcdiv_(mean, root, value=-rate / (1 - MOMENTUM**state.step))
        state.statistics = [
            (torch.lerp(mean, seen_mean, PACE), torch.lerp(variance, seen_variance, PACE))
            for (mean, variance), (seen_mean, seen_variance) in zip(state.statistics, statistics, strict=True)
        ]
