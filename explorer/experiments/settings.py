"""An experiment's parameters as texts: of the command line and of the address bar."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from explorer.core.errors import ExplorerError, unknown
from explorer.experiments.base import Experiment


def configure(kind: type[Experiment], given: Mapping[str, str]) -> Experiment:
    """Return an experiment with some parameters given as texts, each read as the type of its default.

    Raises:
        ExplorerError: a parameter is unknown or its value cannot be read.
    """
    defaults = asdict(kind())
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in defaults:
            raise unknown("parameter", name, list(defaults))
        try:
            values[name] = type(defaults[name])(value)
        except ValueError as error:
            raise ExplorerError(f"{name} is {value[:40]!r}; give a value such as {defaults[name]!r}.") from error
    return kind(**values)


def default_run(kind: type[Experiment], names: Sequence[str]) -> str:
    """Return the name of the run on which an experiment is measured where a person names none.

    Raises:
        ExplorerError: it is not among ``names`` and has to be built before.
    """
    if kind.build_command and kind.run_name not in names:
        raise ExplorerError(
            f"This experiment is measured on a run {kind.run_name!r}, which is not there yet. Build it with "
            f"{kind.build_command}, or name another one with --run."
        )
    return kind.run_name


def changed_parameters(experiment: Experiment) -> dict[str, str]:
    """Return the parameters that differ from their defaults, as texts."""
    defaults = asdict(type(experiment)())
    return {name: str(value) for name, value in asdict(experiment).items() if value != defaults[name]}


def command(experiment: Experiment, run: str) -> str:
    """Return the command that measures it again, for a shell."""
    settings = "".join(f" --set {name}={value}" for name, value in changed_parameters(experiment).items())
    return f"python -m explorer experiment {experiment.name} --run {run}{settings} --json"
