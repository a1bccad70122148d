"""A review as a file for another tool. A new form is one function, in a file of its own where it is long, and one line in ``FORMS``."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from explorer.core.errors import ExplorerError, unknown
from explorer.core.files import save_bytes
from explorer.runs.edits.exchange import neutral
from explorer.runs.review.hugging_face import parquet_table
from explorer.runs.review.reviewed import Reviewed, reviewed
from explorer.runs.run import Run

# The model as Label Studio shows who predicted.
PREDICTOR = "influence-explorer"


def label_studio(run: Run) -> bytes:
    """Return Label Studio's tasks (1.20): the label now as annotation, the model's as prediction; excluded ones are skipped.

    The labelling interface needs ``<Choices name="choice" toName="image">``; pictures are named as local files.
    """
    return _json([_task(run, each) for each in reviewed(run)])


def _task(run: Run, each: Reviewed) -> dict[str, Any]:
    known = {"file": each.file, "given_label": each.given, "decision": each.decision, "reason": each.reason}
    annotation = {"result": [_choice(each.label)] if each.label else [], "was_cancelled": not each.label}
    score = each.probabilities[run.class_names.index(each.prediction)]
    prediction = {"model_version": PREDICTOR, "score": score, "result": [_choice(each.prediction)]}
    data = {"image": f"/data/local-files/?d={each.file}"} | known
    return {"data": data, "annotations": [annotation], "predictions": [prediction]}


def _choice(name: str) -> dict[str, Any]:
    return {"from_name": "choice", "to_name": "image", "type": "choices", "value": {"choices": [name]}}


def fiftyone(run: Run) -> bytes:
    """Return FiftyOne's ``labels.json`` (1.8, FiftyOneImageClassificationDataset), whose pictures lie in ``data/`` beside it.

    Excluded images have no label; decisions and reasons stand under ``review``, which FiftyOne leaves alone.
    """
    names, rows = list(run.class_names), list(reviewed(run))
    labels = {_stem(each.file): names.index(each.label) if each.label else None for each in rows}
    review = {
        _stem(each.file): {"decision": each.decision, "reason": each.reason, "given": each.given}
        for each in rows
        if each.decision
    }
    return _json({"classes": names, "labels": labels, "review": review})


def _stem(file: str) -> str:
    return PurePosixPath(file).with_suffix("").as_posix()


def cleanlab(run: Run) -> bytes:
    """Return a table with the columns of cleanlab's (2.7) label issues, and the predicted probabilities that it takes."""
    names = run.class_names
    columns = [
        "index",
        "file",
        "given_label",
        "predicted_label",
        "label_score",
        "is_label_issue",
        "decision",
        "new_label",
        "reason",
    ]
    rows = [
        [
            *(each.index, each.file, each.given, each.prediction, each.probabilities[names.index(each.given)]),
            *(each.decision in ("excluded", "relabelled"), each.decision, each.label, neutral(each.reason)),
            *each.probabilities,
        ]
        for each in reviewed(run)
    ]
    return _csv([*columns, *(f"pred_prob_{name}" for name in names)], rows)


def plain_table(run: Run) -> bytes:
    """Return a table: ``file`` and ``label`` as a list of this program has them, then what was decided and why."""
    rows = [asdict(each) for each in reviewed(run)]
    columns = ["file", "label", "index", "given", "decision", "reason", "prediction"]
    return _csv(columns, [[neutral(row[name]) if name == "reason" else row[name] for name in columns] for row in rows])


# How a form is called, the ending of its file, and what makes it.
FORMS: dict[str, tuple[str, Callable[[Run], bytes]]] = {
    "csv": (".csv", plain_table),
    "label-studio": (".json", label_studio),
    "fiftyone": (".json", fiftyone),
    "huggingface": (".parquet", parquet_table),
    "cleanlab": (".csv", cleanlab),
}


def check_form(form: str, output: Path) -> None:
    """Raise where there is no such form, or a file of it ends otherwise.

    Raises:
        ExplorerError: there is none, or it does.
    """
    if form not in FORMS:
        raise unknown("form", form, list(FORMS))
    if output.suffix.lower() != FORMS[form][0]:
        raise ExplorerError(f"A review as {form} is a file that ends in {FORMS[form][0]}; {output.name!r} does not.")


def save_review(run: Run, form: str, output: Path) -> None:
    """Write a review.

    Raises:
        ExplorerError: there is no such form, or the file cannot be written.
    """
    check_form(form, output)
    save_bytes(output, FORMS[form][1](run))


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _csv(columns: list[str], rows: list[list[Any]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([columns, *rows])
    return stream.getvalue().encode("utf-8", "replace")
