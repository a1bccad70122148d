"""``smoothness``: whether the training of a run's network answers to the weights of its images smoothly."""

from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.output import JobOption, JsonOption, RunOption, on_run, reported, show
from explorer.runs.whole_network.trust_plan import TrustPlan, named, shares_of

if TYPE_CHECKING:
    from explorer.runs.run import Run


@on_run
def smoothness(
    run: RunOption,
    share: Annotated[
        str,
        typer.Option("--shares", help="Percentages of the training images whose weights change; two trainings each."),
    ] = "1,10",
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure whether the training of small-cnn-smooth is smooth in its images' weights; measured once, then read."""
    asked = TrustPlan(shares=shares_of(share)).shares
    from explorer.runs.results.smoothness import is_smooth, measure_smoothness, said
    from explorer.runs.store import open_run

    with reported(job) as progress:
        opened = open_run(run)
        found = measure_smoothness(opened, asked, progress)
    result = {
        "run": run,
        "recipe": _recipe(opened),
        "accuracy": opened.manifest.accuracy,
        "shares": {named(each): {"r": measured.r, "size": measured.size} for each, measured in found.items()},
        "smooth": is_smooth(found),
    }
    show(result, as_json, [said(found)])


def _recipe(run: "Run") -> dict[str, object]:
    """Return the numbers of a run's training."""
    return {name: value for name, value in run.manifest.recipe.items() if name not in ("kept", "trained")}
