"""``check``: whether every file of a run is what was written."""

from typing import Annotated

import typer

from explorer.cli.output import JsonOption, on_run, reported, show
from explorer.core.phrases import counted


@on_run
def check(
    run: Annotated[str | None, typer.Option("--run", help="A run's name or id; every run where none is given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read every file of a run and say which of them are not what was written; exit code 1 where one is not.

    Nothing damaged is ever used: a file is compared with its checksum before it is first read, a shard when it is its turn.
    """
    from explorer.runs.intactness import damaged_files, every_run
    from explorer.runs.store import resolve

    runs, lines = [], []
    with reported(None) as progress:
        for run_id in [resolve(run)] if run else every_run():
            damaged, count = damaged_files(run_id, progress)
            runs.append({"run_id": run_id, "files": count, "damaged": damaged})
            lines += _lines(run_id, damaged, count)
    show({"runs": runs}, as_json, lines or ["There is no run."])
    if any(entry["damaged"] for entry in runs):
        raise typer.Exit(1)


def _lines(run_id: str, damaged: list[str], count: int) -> list[str]:
    if not damaged:
        return [f"Run {run_id}: {counted(count, 'file')}, all as they were written."]
    each = [f"Run {run_id}: {name} is missing or not what was written." for name in damaged]
    return [*each, f"Run {run_id} is not used as it is; build it again with `python -m explorer build`."]
