"""``explain``: the training images that helped and harmed one prediction."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.commands.output import JsonOption, RunOption, plain_errors, show
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from explorer.runs.explanation import Explanation, Neighbour


@plain_errors
def explain(
    run: RunOption,
    test: Annotated[int | None, typer.Option(help="Index of the test image.")] = None,
    misclassified: Annotated[str | None, typer.Option(help="A class: its most confidently wrong test image.")] = None,
    method: Annotated[str | None, typer.Option(help="The estimator; newton where its factor fits.")] = None,
    top: Annotated[int, typer.Option(help="Training images a side.")] = 24,
    target_class: Annotated[str | None, typer.Option(help="Attribute to this class instead of the true one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the helpful and harmful training images of one test image, strongest first."""
    from explorer.runs.explanation import explain as compute
    from explorer.runs.store import open_run

    opened = open_run(run)
    if (test is None) == (misclassified is None):
        raise ExplorerError("Give either --test INDEX or --misclassified CLASS.")
    index = test if test is not None else opened.most_confidently_wrong(opened.class_index(str(misclassified)))
    explanation = compute(opened, index, method, top, target_class)
    show(_json(explanation), as_json, _lines(explanation))


def _json(explanation: "Explanation") -> dict[str, Any]:
    test = {
        "index": explanation.index,
        "label": explanation.label,
        "predicted": explanation.predicted,
        "target_class": explanation.target,
        "probabilities": explanation.probabilities,
        "loss": explanation.loss,
    }
    sides = {"helpful": explanation.helpful, "harmful": explanation.harmful}
    lists = {side: [_entry(neighbour) for neighbour in found] for side, found in sides.items()}
    known = {} if explanation.residual is None else {"residual": explanation.residual}
    return {"test": test, "method": explanation.method} | known | lists


def _entry(neighbour: "Neighbour") -> dict[str, Any]:
    return {
        "train_index": neighbour.train_index,
        "label": neighbour.label,
        "score": neighbour.score,
        "probability_without": neighbour.probability_without,
    }


def _lines(explanation: "Explanation") -> list[str]:
    sure = explanation.probabilities[explanation.predicted]
    lines = [
        f"Test image {explanation.index} is a {explanation.label}; the model says {explanation.predicted} ({sure:.2f})."
    ]
    for sign, side in (("▲ helpful", explanation.helpful), ("▼ harmful", explanation.harmful)):
        lines += [f"{sign}  {entry.train_index:6d}  {entry.label:12s} {entry.score:+.6f}" for entry in side]
    return lines
