"""Progress reports of long work: one callable, for a terminal, the job table or nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # takes a twentieth of a second, and most reports go elsewhere
    import tqdm

# A bar of one thing would stand at 0 % until it is gone.
WITHOUT_BAR = "{desc} …"


class Progress(Protocol):
    """Called as work goes on; may raise :class:`~explorer.core.errors.CancelledError` to stop it."""

    def __call__(self, stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        """Report that ``done`` of ``total`` units of ``stage`` are finished, with figures such as a loss."""


def silent(stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
    """Ignore the report."""


@dataclass
class Terminal:
    """Progress on standard error, one line a stage: a bar, or only the name of a stage that has one step."""

    bar: "tqdm.tqdm | None" = None

    def __call__(self, stage: str, done: float, total: float, figures: Mapping[str, float] = {}) -> None:
        """Move the bar of ``stage``; the line of another stage ends where it is, for two bars would overwrite each other."""
        import tqdm

        if self.bar is None or self.bar.desc.removesuffix(": ") != stage:
            self.close()
            self.bar = tqdm.tqdm(
                desc=stage, total=total, unit_scale=True, bar_format=WITHOUT_BAR if total == 1 else None
            )
        self.bar.set_postfix({name: f"{value:.3f}" for name, value in figures.items()}, refresh=False)
        self.bar.update(done - self.bar.n)
        if done >= total:
            self.bar.close()

    def close(self) -> None:
        """End the line, so that what is said next begins a new one."""
        if self.bar is not None:
            self.bar.close()
