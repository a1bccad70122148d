"""``explain``: the training images that helped and harmed one prediction."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import JsonOption, RunOption, on_run, show
from explorer.core.errors import ExplorerError

if TYPE_CHECKING:
    from explorer.runs.results.explanation import Attribution, Explanation
    from explorer.runs.run import Run


@on_run
def explain(
    run: RunOption,
    test: Annotated[int | None, typer.Option(help="Index of the test image.")] = None,
    misclassified: Annotated[str | None, typer.Option(help="A class: its most confidently wrong test image.")] = None,
    method: Annotated[str | None, typer.Option(help="The estimator; newton where its factor fits.")] = None,
    top: Annotated[int, typer.Option(help="Training images a side.")] = 24,
    target_class: Annotated[
        str | None,
        typer.Option(
            "--target-class", "--class", help="Attribute to this class instead of the true, or predicted, one."
        ),
    ] = None,
    picture: Annotated[
        str | None, typer.Option(help="A file that belongs to no data set; - for standard input.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the helpful and harmful training images of one test image or picture, strongest first."""
    if sum(given is not None for given in (test, misclassified, picture)) != 1:
        raise ExplorerError("Give either --test INDEX or --misclassified CLASS, or --picture PATH.")
    from explorer.runs.results.explanation import explain as compute
    from explorer.runs.store import open_run

    opened = open_run(run)
    if picture is not None:
        show(*_of_picture(opened, picture, method, top, target_class, as_json))
        return
    index = test if test is not None else opened.most_confidently_wrong(opened.class_index(str(misclassified)))
    explanation = compute(opened, index, method, top, target_class)
    show(_json(explanation), as_json, _lines(explanation))


def _of_picture(
    run: "Run", path: str, method: str | None, top: int, target_class: str | None, as_json: bool
) -> tuple[dict[str, Any], bool, list[str]]:
    """Return what is shown of a picture that belongs to no data set."""
    from explorer.runs.own_pictures import external_image

    content = _content(path)
    external_image.decode(content)  # what is no picture is refused before torch is loaded
    from explorer.runs.network_view import view_of

    seen = external_image.embed(view_of(run), content, external_image.reference_size(run))
    found, twins = (
        external_image.explain_external(run, seen, method, top, target_class),
        external_image.identical_images(run, seen),
    )
    same = [{"side": side, "index": index} for side, index in twins]
    lines = [f"The same pixels as {side} image {index}." for side, index in twins]
    sure = found.probabilities[found.predicted]
    lines = [f"The model calls this picture {found.predicted} ({sure:.2f}).", *lines, *_sides(found)]
    return _object({"picture": {"path": path, "same_as": same} | _said(found)}, found), as_json, lines


def _content(path: str) -> bytes:
    """Return the bytes of a file, or of standard input; no more than a picture may have, and one."""
    from explorer.runs.own_pictures.external_image import MOST_BYTES

    try:
        if path == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(path).open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExplorerError(f"The picture {path} cannot be read: {reason}; give the path of a file.") from error


def _json(explanation: "Explanation") -> dict[str, Any]:
    test = {"index": explanation.index, "label": explanation.label} | _said(explanation)
    return _object({"test": test}, explanation)


def _said(found: "Attribution") -> dict[str, Any]:
    return {
        "predicted": found.predicted,
        "target_class": found.target,
        "probabilities": found.probabilities,
        "loss": found.loss,
    }


def _object(image: dict[str, Any], explanation: "Attribution") -> dict[str, Any]:
    sides = {"helpful": explanation.helpful, "harmful": explanation.harmful}
    lists = {side: [vars(neighbour) for neighbour in found] for side, found in sides.items()}
    known = {} if explanation.residual is None else {"residual": explanation.residual}
    return image | {"method": explanation.method} | known | lists


def _lines(explanation: "Explanation") -> list[str]:
    sure = explanation.probabilities[explanation.predicted]
    said = (
        f"Test image {explanation.index} is a {explanation.label}; the model says {explanation.predicted} ({sure:.2f})."
    )
    return [said, *_sides(explanation)]


def _sides(explanation: "Attribution") -> list[str]:
    lines: list[str] = []
    for sign, side in (("▲ helpful", explanation.helpful), ("▼ harmful", explanation.harmful)):
        lines += [f"{sign}  {entry.train_index:6d}  {entry.label:12s} {entry.score:+.6f}" for entry in side]
    return lines
