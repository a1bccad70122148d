"""``explain``: the training images that helped and harmed one prediction."""

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.cli.output import WHOLE_METHODS, JobOption, JsonOption, RunOption, indices, on_run, reported, show
from explorer.core.errors import ExplorerError
from explorer.core.phrases import first_scan, percent
from explorer.runs.whole_network.methods import RELIABLE, scope_of

if TYPE_CHECKING:
    from explorer.core.progress import Progress
    from explorer.runs.results.explanation import Attribution, Explanation
    from explorer.runs.run import Run
    from explorer.runs.whole_network.explanations import SumExplanation


@on_run
def explain(
    run: RunOption,
    test: Annotated[int | None, typer.Option(help="Index of the test image.")] = None,
    misclassified: Annotated[str | None, typer.Option(help="A class: its most confidently wrong test image.")] = None,
    any_method: Annotated[
        str | None,
        typer.Option(
            "--method",
            help="The estimator; newton where its factor fits. replay-basis and unrolled explain a whole network.",
        ),
    ] = None,
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
    together: Annotated[
        str | None,
        typer.Option(help="Test images I,J,K whose summed loss is explained, by a method of the whole network."),
    ] = None,
    job: JobOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the helpful and harmful training images of one test image or picture, strongest first."""
    if together is not None:
        _check_together(any_method, (test, misclassified, picture, target_class))
    elif sum(given is not None for given in (test, misclassified, picture)) != 1:
        raise ExplorerError("Give either --test INDEX or --misclassified CLASS, or --picture PATH.")
    from explorer.runs.store import open_run

    with reported(job) as progress:
        opened = open_run(run)
        if together is not None:
            printed = _of_sum(opened, indices(together, "--together"), str(any_method), top, progress)
        elif picture is not None:
            printed = _of_picture(opened, picture, any_method, top, target_class, progress)
        else:
            explanation = _of_test(opened, test, misclassified, any_method, top, target_class, progress)
            printed = _json(explanation), _lines(explanation)
    show(printed[0], as_json, printed[1])


def _check_together(method: str | None, others: tuple[object, ...]) -> None:
    """Raise where several test images cannot be explained as one question.

    Raises:
        ExplorerError: something else is asked beside them, or by a method of the last layer.
    """
    if any(other is not None for other in others):
        raise ExplorerError("--together stands alone; leave out --test, --misclassified, --picture and --target-class.")
    if method not in WHOLE_METHODS:
        known = ", ".join(WHOLE_METHODS)
        raise ExplorerError(f"--together needs a method of the whole network; give --method with one of: {known}.")


def _of_sum(
    run: "Run", rows: list[int], method: str, top: int, progress: "Progress"
) -> tuple[dict[str, Any], list[str]]:
    """Return what is shown of the summed loss of some test images."""
    from explorer.runs.whole_network.explanations import explain_sum

    found = explain_sum(run, rows, method, top, progress)
    held = {} if found.share_held is None else {"share_held": found.share_held}
    known = {"tests": found.rows, "loss": found.loss, "method": method, "unit": found.unit} | held
    said = f"The losses of {len(rows)} test images sum to {found.loss:.4f}."
    return known | _lists(found), [said, scope_of(method), *_held(found.share_held), *_sides(found)]


def _of_test(
    run: "Run",
    test: int | None,
    misclassified: str | None,
    method: str | None,
    top: int,
    target_class: str | None,
    progress: "Progress",
) -> "Explanation":
    """Return the explanation of a test image, or of the most confidently wrong one of a class."""
    if method in WHOLE_METHODS:
        from explorer.runs.whole_network import explanations

        index = test if test is not None else explanations.most_confidently_wrong(run, str(misclassified))
        return explanations.explain_whole(run, index, method, top, target_class, progress)
    from explorer.runs.results.explanation import explain as compute

    index = test if test is not None else run.most_confidently_wrong(run.class_index(str(misclassified)))
    return compute(run, index, method, top, target_class)


def _of_picture(
    run: "Run", path: str, method: str | None, top: int, target_class: str | None, progress: "Progress"
) -> tuple[dict[str, Any], list[str]]:
    """Return what is shown of a picture that belongs to no data set."""
    from explorer.runs.own_pictures import external_image

    content = _content(path)
    external_image.decode(content)  # what is no picture is refused before torch is loaded
    from explorer.runs.network_view import view_of

    seen = external_image.embed(view_of(run), content, external_image.reference_size(run))
    if method in WHOLE_METHODS:
        from explorer.runs.whole_network.explanations import explain_whole_picture

        found = explain_whole_picture(run, content, method, top, target_class, progress)
    else:
        found = external_image.explain_external(run, seen, method, top, target_class)
    twins = external_image.identical_images(run, seen)
    same = [{"side": side, "index": index} for side, index in twins]
    lines = [f"The same pixels as {side} image {index}." for side, index in twins]
    sure = found.probabilities[found.predicted]
    lines = [
        f"The model calls this picture {found.predicted} ({sure:.2f}).",
        *lines,
        *_scope(found),
        *_held(found.share_held),
        *_sides(found),
    ]
    return _object({"picture": {"path": path, "same_as": same} | _said(found)}, found), lines


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
    known: dict[str, Any] = {} if explanation.residual is None else {"residual": explanation.residual}
    known |= {"unit": explanation.unit} if explanation.whole else {}
    known |= {} if explanation.share_held is None else {"share_held": explanation.share_held}
    known |= {"trainings": explanation.trainings} if explanation.trainings > 1 else {}
    known |= {} if explanation.exact or explanation.whole else {"scan": _scan(explanation)}
    return image | {"method": explanation.method} | known | _lists(explanation)


def _scan(explanation: "Attribution") -> dict[str, Any]:
    """Return what is known of a row of which only the leaders are exact: whether they are proved to lead, and the others' error.

    What an iterative solution leads to is proved but for its residual or its rounding, which was measured: not called so.
    """
    known = explanation.error is not None
    return {"proved": known and explanation.residual is None, "error": explanation.error}


def _lists(found: "Attribution | SumExplanation") -> dict[str, Any]:
    sides = {"helpful": found.helpful, "harmful": found.harmful}
    return {side: [vars(neighbour) for neighbour in side_found] for side, side_found in sides.items()}


def _lines(explanation: "Explanation") -> list[str]:
    sure = explanation.probabilities[explanation.predicted]
    said = (
        f"Test image {explanation.index} is a {explanation.label}; the model says {explanation.predicted} ({sure:.2f})."
    )
    scan = [] if explanation.exact or explanation.whole else [first_scan(explanation.error)]
    return [said, *_scope(explanation), *_held(explanation.share_held), *scan, *_sides(explanation)]


def _scope(found: "Attribution") -> list[str]:
    """Return which question scores of the whole network answer, and whose probability stands above them."""
    own = "Its probability is that of the network's own last layer."
    return [f"{scope_of(found.method)} {own}"] if found.whole else []


def _held(share: float | None) -> list[str]:
    """Return how much of the exact answer replay-basis holds."""
    if share is None:
        return []
    weak = "; that is little: --method unrolled is exact" if share < RELIABLE else ""
    about = percent(math.sqrt(share))
    return [f"The basis holds about {percent(share)} of the exact answer, a correlation of about {about}{weak}."]


def _sides(explanation: "Attribution | SumExplanation") -> list[str]:
    lines: list[str] = []
    for sign, side in (("▲ helpful", explanation.helpful), ("▼ harmful", explanation.harmful)):
        lines += [f"{sign}  {entry.train_index:6d}  {entry.label:12s} {entry.score:+.6f}" for entry in side]
    return lines
