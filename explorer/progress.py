"""How long work tells what it is doing: one call, whoever listens (terminal, job table, nobody)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import tqdm


class Progress(Protocol):
    """Called as work goes on; may raise :class:`~explorer.errors.CancelledError` to stop it."""

    def __call__(self, stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        """Report that ``done`` of ``total`` units of ``stage`` are finished, with figures such as a loss."""


def silent(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
    """Report to nobody."""


@dataclass
class Terminal:
    """Progress bars on standard error, one a stage."""

    bars: dict[str, tqdm.tqdm] = field(default_factory=dict)

    def __call__(self, stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        """Move the bar of ``stage``, and close it when it is full."""
        bar = self.bars.get(stage) or self.bars.setdefault(stage, tqdm.tqdm(desc=stage, total=total, unit_scale=True))
        bar.set_postfix({name: f"{value:.3f}" for name, value in figures.items()}, refresh=False)
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    def close(self) -> None:
        """End the line of every bar, so that what is said next begins a new one."""
        for bar in self.bars.values():
            bar.close()
