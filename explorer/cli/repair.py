"""``repair``: the lesson's repair of a run whose true labels are known."""

from typing import Annotated, Any

import typer

from explorer.cli.output import JobOption, JsonOption, TrustedOption, on_run, reported, show


@on_run
def repair(
    run: Annotated[str, typer.Option(help="A run's name or id.")] = "article",
    budget: Annotated[int, typer.Option(help="Labels to look at, in the order of the queue.")] = 2000,
    trusted: TrustedOption = "all",
    name: Annotated[str | None, typer.Option(help="Name of the repaired run; RUN-repaired by default.")] = None,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at the first labels of the queue as somebody who knows the truth, correct the wrong ones, and refit."""
    from explorer.lesson.repair import repair as repaired
    from explorer.runs.edits import edit_scope
    from explorer.runs.store import open_run

    with reported(job) as progress:
        found = repaired(open_run(run), budget, name or edit_scope.derived_name(run, "repaired"), trusted, progress)
    show(found, as_json, _lines(found))


def _lines(found: dict[str, Any]) -> list[str]:
    each = (f"{label} {before:.3f} → {found['after'][label]:.3f}" for label, before in found["before"].items())
    return [
        f"{found['looked_at']:,} labels looked at, {found['corrected']:,} corrected: run {found['run']}",
        f"Accuracy: {', '.join(each)}; {found['fixed']} predictions fixed, {found['broken']} broken",
    ]
