"""``experiment``: a published experiment, measured again on a run of yours."""

from typing import Annotated, Any

import typer

from explorer.cli.output import JobOption, JsonOption, plain_errors, reported, show
from explorer.core.errors import unknown


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
    from explorer.experiments.settings import configure, default_run
    from explorer.experiments.store import measure_or_load
    from explorer.runs.store import names, open_run

    if name not in EXPERIMENTS:
        raise unknown("experiment", name, list(EXPERIMENTS))
    kind = EXPERIMENTS[name]
    asked = configure(kind, dict(map(_pair, setting or [])))
    with reported(job) as progress:
        found = measure_or_load(asked, open_run(run or default_run(kind, list(names()))), progress)
    show(found, as_json, [kind.title, *_lines(found)])


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _lines(found: dict[str, Any]) -> list[str]:
    """Return the figures that are single numbers or words."""
    plain = {key: value for key, value in found.items() if isinstance(value, int | float | str)}
    return [f"{key.replace('_', ' ')}: {value}" for key, value in plain.items()]
