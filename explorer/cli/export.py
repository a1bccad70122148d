"""``export``: everything that is needed to recompute every number with NumPy."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.cli.output import JsonOption, RunOption, on_run, show
from explorer.core.errors import ExplorerError

if TYPE_CHECKING:
    from explorer.runs.run import Run


@on_run
def export(
    run: RunOption,
    what: Annotated[str, typer.Option(help="model (NPZ) or scores (CSV, with --test).")],
    output: Annotated[Path, typer.Option(help="The file to write.")],
    test: Annotated[int | None, typer.Option(help="Index of the test image, for scores.")] = None,
    method: Annotated[str | None, typer.Option(help="The estimator, for scores; newton where its factor fits.")] = None,
    target_class: Annotated[str | None, typer.Option(help="Attribute to this class instead of the true one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the fitted model, or all n scores of one test image, in float64."""
    if what not in ("model", "scores"):
        raise ExplorerError(f"There is nothing to export called {what!r}; choose model or scores.")
    from explorer.runs.store import open_run

    opened = open_run(run)
    if what == "model":
        _model(opened, output)
    elif test is None:
        raise ExplorerError("Scores belong to one test image: give --test INDEX.")
    else:
        _scores(opened, test, method, target_class, output)
    show({"run": run, "what": what, "output": str(output)}, as_json, [f"Written: {output}"])


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
