"""``export``: everything that is needed to recompute every number with NumPy, and tables to take along."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import JsonOption, RunOption, TrustedOption, indices, on_run, show
from explorer.core.errors import ExplorerError, unknown

if TYPE_CHECKING:
    import numpy as np

    from explorer.runs.results.tables import Table
    from explorer.runs.run import Run

TABLES, REVIEW = ("predictions", "suspects", "edits", "selection"), "review"
NO_ROWS = "A selection needs images: give --rows, --train or --test with I,J,K, or --label and --prediction."


@on_run
def export(
    run: RunOption,
    what: Annotated[
        str,
        typer.Option(
            help="model (NPZ), scores (CSV, with --test), a table (CSV or JSON): predictions, suspects, edits, selection; or review, in a --form."
        ),
    ],
    output: Annotated[Path, typer.Option(help="The file to write; of a table, its ending says how: .csv or .json.")],
    test: Annotated[str | None, typer.Option(help="Of scores: the test image. Of a selection: I,J,K.")] = None,
    train: Annotated[str | None, typer.Option(help="Of a selection: training images I,J,K.")] = None,
    rows: Annotated[str | None, typer.Option(help="Of predictions and selections: images I,J,K of --side.")] = None,
    side: Annotated[str, typer.Option(help="Of predictions and selections: test or train images.")] = "test",
    label: Annotated[str | None, typer.Option(help="Of predictions and selections: only this class.")] = None,
    prediction: Annotated[str | None, typer.Option(help="The same: only what the model calls so.")] = None,
    trusted: TrustedOption = "all",
    method: Annotated[str | None, typer.Option(help="The estimator, for scores; newton where its factor fits.")] = None,
    target_class: Annotated[str | None, typer.Option(help="Attribute to this class instead of the true one.")] = None,
    form: Annotated[
        str,
        typer.Option(
            help="Of a review: csv, label-studio, fiftyone, huggingface or cleanlab, to go back to where people label."
        ),
    ] = "csv",
    as_json: JsonOption = False,
) -> None:
    """Write the fitted model, all n scores of one test image, or a table of images with all that is known of them."""
    _check(what, output, side)
    if what == REVIEW:
        from explorer.runs.review.forms import check_form, save_review

        check_form(form, output)
    from explorer.runs.store import open_run

    opened = open_run(run)
    counted: dict[str, Any] = {}
    if what == "model":
        _model(opened, output)
    elif what == REVIEW:
        save_review(opened, form, output)
    elif what == "scores":
        _scores(opened, _one(test), method, target_class, output)
    else:
        chosen = {"train": train, "test": test, "rows": rows, "label": label, "prediction": prediction}
        counted = {"rows": _table(opened, run, what, output, side, trusted, chosen)}
    lines = [f"Written: {output}" + "".join(f" ({count:,} rows)" for count in counted.values())]
    show({"run": run, "what": what, "output": str(output)} | counted, as_json, lines)


def _check(what: str, output: Path, side: str) -> None:
    """Refuse what cannot be exported, before anything is opened."""
    if what not in ("model", "scores", *TABLES, REVIEW):
        raise ExplorerError(
            f"There is nothing to export called {what!r}; choose model, scores, {', '.join(TABLES)} or {REVIEW}."
        )
    if side not in ("train", "test"):
        raise unknown("side", side, ["test", "train"])
    if what in TABLES and output.suffix.lower() not in (".csv", ".json"):
        raise ExplorerError(f"{output.name!r} is no table; give a name that ends in .csv or .json.")


def _one(test: str | None) -> int:
    if test is None:
        raise ExplorerError("Scores belong to one test image: give --test INDEX.")
    found = indices(test, "--test")
    if len(found) > 1:
        raise ExplorerError(f"Scores belong to one test image, and --test is {test!r}; give one INDEX.")
    return found[0]


def _table(
    run: "Run", name: str, what: str, output: Path, side: str, trusted: str, chosen: dict[str, str | None]
) -> int:
    """Write a table and return how many rows it has."""
    from explorer.runs.results import tables
    from explorer.runs.table_files import save_table

    if what == "edits":
        table = tables.edits_table(run)
    elif what == "suspects":
        table = _suspects(run, name, trusted)
    elif what == "selection":
        table = tables.selection(run, _chosen(run, side, chosen))
    else:
        every = _side_rows(run, side, chosen)
        table = tables.predictions(run, side, every)
    save_table(table, output)
    return len(table.rows)


def _suspects(run: "Run", name: str, trusted: str) -> "Table":
    from explorer.runs.results.audit import load_audit
    from explorer.runs.results.tables import suspect_table

    audit = load_audit(run, trusted)
    if audit is None:
        more = "" if trusted == "all" else f" --trusted {trusted}"
        raise ExplorerError(
            f"Run {name!r} has no such audit yet; make it with: python -m explorer audit --run {name}{more}"
        )
    return suspect_table(audit)


def _chosen(run: "Run", side: str, given: dict[str, str | None]) -> "dict[str, np.ndarray]":
    """Return the images of a selection by their side.

    Raises:
        ExplorerError: none is named, or one does not exist.
    """
    import numpy as np

    named = {each: given[each] for each in ("train", "test") if given[each] is not None}
    found = {
        each: np.array([run.check(each, row) for row in indices(str(text), f"--{each}")])
        for each, text in named.items()
    }
    if any(given[name] is not None for name in ("rows", "label", "prediction")):
        found[side] = np.concatenate([found.get(side, np.empty(0, dtype=np.int64)), _side_rows(run, side, given)])
    if not found:
        raise ExplorerError(NO_ROWS)
    return found


def _side_rows(run: "Run", side: str, given: dict[str, str | None]) -> "np.ndarray":
    """Return the images of a side that ``--rows`` names, or all, of the class and prediction that are asked for."""
    import numpy as np

    from explorer.runs.results.tables import cell

    fitting = cell(run, side, given["label"], given["prediction"])
    if given["rows"] is None:
        return fitting
    named = np.array([run.check(side, row) for row in indices(given["rows"], "--rows")])
    return named[np.isin(named, fitting)]


def _model(run: "Run", output: Path) -> None:
    import numpy as np

    from explorer.core.files import writing

    needed = run.head.train_features.nbytes + run.test_features.nbytes
    with writing(output, needed) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            train_features=run.head.train_features,
            test_features=run.test_features,
            train_labels=run.train_labels,
            test_labels=run.test_labels,
            weights=run.head.weights,
            l2=np.float64(run.head.l2),
            class_names=np.array(run.class_names),
        )


def _scores(run: "Run", test: int, method: str | None, target_class: str | None, output: Path) -> None:
    from explorer.core.files import writing
    from explorer.runs.results.explanation import all_scores

    scores = all_scores(run, test, method, target_class)
    with writing(output) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["train_index", "label", "score"])
        table.writerows(
            [row, run.class_names[run.train_labels[row]], repr(float(score))] for row, score in enumerate(scores)
        )
