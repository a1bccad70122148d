"""``experiment``: a published experiment, measured again on a run of yours."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.commands.output import JobOption, JsonOption, plain_errors, reported, show
from explorer.errors import ExplorerError, unknown

if TYPE_CHECKING:
    from explorer.experiments import Experiment


@plain_errors
def experiment(
    name: Annotated[str, typer.Argument(help="Which: koh-liang-fig2, training-attack, artefact, …")],
    run: Annotated[str | None, typer.Option(help="A run's name or id; the experiment's own by default.")] = None,
    setting: Annotated[list[str] | None, typer.Option("--set", help="A parameter of it, such as seed=1.")] = None,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a published experiment again; the second time, read what was measured."""
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.store import conducted
    from explorer.runs.store import open_run

    if name not in EXPERIMENTS:
        raise unknown("experiment", name, list(EXPERIMENTS))
    kind = EXPERIMENTS[name]
    asked = with_settings(kind, setting or [])
    with reported(job) as progress:
        found = conducted(asked, open_run(run or kind.where), progress)
    show(found, as_json, [kind.title, *_lines(found)])


def with_settings(kind: "type[Experiment]", settings: list[str]) -> "Experiment":
    """Return an experiment with parameters given as ``name=value``, each read as the type of its default.

    Raises:
        ExplorerError: a parameter is unknown or its value cannot be read.
    """
    defaults = asdict(kind())
    given: dict[str, Any] = {}
    for text in settings:
        name, _, value = text.partition("=")
        if name not in defaults:
            raise unknown("parameter", name, list(defaults))
        try:
            given[name] = type(defaults[name])(value)
        except ValueError as error:
            raise ExplorerError(f"{name} is {value!r}; give a value such as {defaults[name]!r}.") from error
    return kind(**given)


def _lines(found: dict[str, Any]) -> list[str]:
    """Return the figures that are single numbers or words."""
    plain = {key: value for key, value in found.items() if isinstance(value, int | float | str)}
    return [f"{key.replace('_', ' ')}: {value}" for key, value in plain.items()]
