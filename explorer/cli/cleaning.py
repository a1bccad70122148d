"""``cleaning``: what looking at labels is worth, every point a real refit."""

from explorer.cli.output import JobOption, JsonOption, RunOption, TrustedOption, plain_errors, reported, show


@plain_errors
def cleaning(
    run: RunOption,
    trusted: TrustedOption = "all",
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refit along the queue of suspects where the truth is known, else along your own edits: accuracy of each class."""
    from explorer.runs.results.audit import audit_run
    from explorer.runs.results.cleaning import cleaning_curve, edits_curve
    from explorer.runs.store import open_run

    with reported(job) as progress:
        opened = open_run(run)
        if opened.truth is None:
            found = edits_curve(opened, progress)
        else:
            found = cleaning_curve(opened, audit_run(opened, trusted, progress), progress)
    order = "edits" if "edits" in found else "queue"
    lines = [
        f"{count:6d}  " + _accuracies(found["classes"], row)
        for count, row in zip(found["counts"], found[order], strict=True)
    ]
    show(found, as_json, [f"Looked at, and accuracy of each class, in the order of the {order}:", *lines])


def _accuracies(names: list[str], row: list[float]) -> str:
    """Return the accuracy of each class in words."""
    return ", ".join(f"{name} {share:.1%}" for name, share in zip(names, row, strict=True))
