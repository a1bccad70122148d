"""``report``: a case file, one prediction with its evidence in one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.output import JsonOption, RunOption, indices, on_run, show


@on_run
def report(
    run: RunOption,
    test: Annotated[int, typer.Option(help="Index of the test image.")],
    output: Annotated[Path, typer.Option(help="The HTML file to write.")],
    remove: Annotated[
        str | None, typer.Option(help="Training images to leave out: I,J,K; the most harmful ones by default.")
    ] = None,
    method: Annotated[str | None, typer.Option(help="The estimator; newton where its factor fits.")] = None,
    target_class: Annotated[str | None, typer.Option(help="Attribute to this class instead of the true one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML file that holds a prediction, its evidence, the edits, and what refits really did."""
    from dataclasses import asdict

    from explorer.figures.case_file import casefile, explain_address, write_page
    from explorer.runs.results.case_facts import case
    from explorer.runs.store import open_run

    removed = [] if remove is None else indices(remove, "--remove")
    found = case(open_run(run), run, test, method, removed, target_class)
    text = casefile(found)
    write_page(output, text)
    result = {
        "run": found.run.id,
        "test": test,
        "method": found.found.method,
        "output": str(output),
        "address": explain_address(found.run, found.found),
        "trial": asdict(found.trial),
        "edits": len(found.edits),
        "edits_effect": asdict(found.effect) if found.effect else None,
    }
    show(result, as_json, [f"Written: {output} ({len(text) / 1000:,.0f} kB)"])
