"""``experiment``: a published experiment, measured again on a run of yours."""

from typing import Annotated, Any

import typer

from explorer.cli.output import JobOption, JsonOption, on_run, reported, show
from explorer.core.errors import unknown
from explorer.core.phrases import spaced

# In the order of their menu, without loading any of them; a test holds them equal to EXPERIMENTS.
EXPERIMENT_NAMES = (
    "koh-liang-fig2",
    "two-models",
    "fix-mislabels",
    "cook-weisberg",
    "large-leverage",
    "group-effects",
    "seeds",
    "smooth-training",
    "training-attack",
    "domain-mismatch",
    "saliency",
    "remove-helpful",
    "artefact",
)


@on_run
def experiment(
    name: Annotated[str, typer.Argument(help="Which: koh-liang-fig2, training-attack, artefact, …")],
    run: Annotated[str | None, typer.Option(help="A run's name or id; the experiment's own by default.")] = None,
    setting: Annotated[list[str] | None, typer.Option("--set", help="A parameter of it, such as seed=1.")] = None,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a published experiment again; the second time, read what was measured."""
    if name not in EXPERIMENT_NAMES:
        raise unknown("experiment", name, list(EXPERIMENT_NAMES))
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.settings import configure, default_run
    from explorer.experiments.store import measure_or_load
    from explorer.runs.store import names, open_run

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
    return [f"{key.replace('_', ' ')}: {spaced(str(value))}" for key, value in plain.items()]
