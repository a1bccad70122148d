"""The papers' experiments, by name. A new one is one file and one line here."""

from explorer.experiments.base import Experiment, Published

__all__ = ["EXPERIMENTS", "Experiment", "Published"]

_ALL: tuple[type[Experiment], ...] = ()
EXPERIMENTS: dict[str, type[Experiment]] = {kind.name: kind for kind in _ALL}
