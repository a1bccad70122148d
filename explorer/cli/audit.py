"""``audit``: which training labels deserve a look, and why."""

from dataclasses import asdict
from typing import Annotated

import typer

from explorer.cli.output import JobOption, JsonOption, RunOption, TrustedOption, plain_errors, reported, show

# Lines for a person; JSON has the whole queue.
LINES = 20


@plain_errors
def audit(
    run: RunOption,
    trusted: TrustedOption = "all",
    clean: Annotated[
        bool, typer.Option(help="Refit along the queue too: the cleaning curve, where the truth is known.")
    ] = False,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank all training images by how suspect their labels are, with the reason in words."""
    from explorer.runs.results.audit import audit_run
    from explorer.runs.results.audit_reasons import suspects
    from explorer.runs.results.cleaning import cleaning_curve
    from explorer.runs.store import open_run

    with reported(job) as progress:
        opened = open_run(run)
        found = audit_run(opened, trusted, progress)
        cleaned = {"cleaning": cleaning_curve(opened, found, progress)} if clean else {}
    queue = [{key: value for key, value in asdict(entry).items() if value is not None} for entry in suspects(found)]
    result = {"queue": queue, "curves": found.curves, "l2": found.l2, "trusted": len(found.facts["trusted"])}
    result |= {"caveats": found.caveats} if found.caveats else {}
    lines = [f"{e['train_index']:6d}  maybe {e['suggested_label']:12s} {e['reason']}" for e in queue[:LINES]]
    show(result | cleaned, as_json, [*found.caveats, f"λ of the audit: {found.l2:.4g}", *lines])
