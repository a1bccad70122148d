"""``report``: a case file, one prediction with its evidence in one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from explorer.cli.output import WHOLE_METHODS, JsonOption, RunOption, indices, on_run, reported, show
from explorer.core.errors import ExplorerError


@on_run
def report(
    run: RunOption,
    test: Annotated[int, typer.Option(help="Index of the test image.")],
    output: Annotated[Path, typer.Option(help="The HTML file to write.")],
    remove: Annotated[
        str | None, typer.Option(help="Training images to leave out: I,J,K; the most harmful ones by default.")
    ] = None,
    any_method: Annotated[
        str | None,
        typer.Option(
            "--method", help="The estimator; newton where its factor fits. One of the whole network works too."
        ),
    ] = None,
    target_class: Annotated[str | None, typer.Option(help="Attribute to this class instead of the true one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML file that holds a prediction, its evidence, the edits, and what refits really did."""
    from dataclasses import asdict

    from explorer.figures.case_file import casefile, explain_address, write_page
    from explorer.runs.results.case_facts import case, whole_case
    from explorer.runs.store import open_run

    method = any_method
    if method in WHOLE_METHODS:
        if remove is not None:
            raise ExplorerError(
                f"--remove fits the last layer again, and {method} is of the whole network; leave it out, and train again with retrain --run {run} --test {test} --remove {remove}: the file then shows it."
            )
        from explorer.runs.whole_network.explanations import explain_whole

        with reported(None) as progress:
            opened = open_run(run)
            explanation = explain_whole(opened, test, method, target_class=target_class, progress=progress)
        found = whole_case(opened, run, explanation)
    else:
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
        "trial": asdict(found.trial) if found.trial else None,
        "edits": len(found.edits),
        "edits_effect": asdict(found.effect) if found.effect else None,
    }
    show(result, as_json, [f"Written: {output} ({len(text) / 1000:,.0f} kB)"])
