"""Label Studio's exports of image classification (1.8 to 1.20): JSON, JSON-MIN, CSV and TSV."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.picture import ENDINGS
from explorer.datasets.readers.tools.references import Export, Labelled, taken_question

# What Label Studio writes beside the data and the choice of a task.
OWN = frozenset(
    (
        "id",
        "annotator",
        "annotation_id",
        "created_at",
        "updated_at",
        "lead_time",
        "agreement",
        "inner_id",
        "project",
        "meta",
        "source",
        "image_width",
        "image_height",
    )
)
# Kinds of results that mark a part of a picture.
PARTS = frozenset(
    (
        "rectanglelabels",
        "polygonlabels",
        "brushlabels",
        "keypointlabels",
        "ellipselabels",
        "rectangle",
        "polygon",
        "brush",
    )
)
# Such kinds in a cell of a short export.
MARKED = re.compile(r'"(\w+labels|rle|points)":')
# Names of the question that Label Studio's own templates ask.
USUAL = ("choice", "label")
BASES = ("http://", "https://", "/data/", "s3://", "gs://", "azure-blob://")


def is_tasks(content: Any) -> bool:
    """Return whether this is a list of tasks, in full or short."""
    first = content[0] if isinstance(content, list) and content else None
    if not isinstance(first, dict):
        return False
    return (isinstance(first.get("data"), dict) and ("annotations" in first or "completions" in first)) or is_row(first)


def is_row(row: Mapping[str, Any]) -> bool:
    """Return whether these are the columns of a short export."""
    return {"annotation_id", "lead_time"} <= set(row) or {"annotator", "annotation_id"} <= set(row)


def export_of(tasks: Sequence[Any], form: str = "", label: str = "") -> Export:
    """Return the pictures and labels of a list of tasks.

    Args:
        tasks: as the export lists them.
        form: of the export; known where empty.
        label: the question whose answers are the labels; chosen where empty.

    Raises:
        ExplorerError: tasks mark parts of pictures, have several labels each, or do not answer this question.
    """
    full = isinstance(tasks[0].get("data"), dict)
    answered = [_answered(task, full) for task in tasks if isinstance(task, dict)]
    questions: dict[str, Counter[str]] = {}
    for _, answers in answered:
        for name, labels in answers.items():
            questions.setdefault(name, Counter()).update(labels)
    taken, doubts = taken_question(questions, label, USUAL)
    pictures = [Labelled(reference, _first(answers.get(taken, []))) for reference, answers in answered if reference]
    if disagreeing := sum(len(set(answers.get(taken, []))) > 1 for _, answers in answered):
        doubts.append(f"{disagreeing:,} pictures have annotations that disagree; the label most often given is taken.")
    tool = f"Label Studio, {form or ('JSON' if full else 'JSON-MIN')}"
    return Export(tool, pictures, doubts, questions=questions, taken=taken)


def _answered(task: Mapping[str, Any], full: bool) -> tuple[str, dict[str, list[str]]]:
    """Return the reference to a task's picture, and the labels given to it by question."""
    data = task.get("data")
    answers: dict[str, list[str]] = {}
    for name, label in _labels(task) if full else _short_labels(task):
        if label:
            answers.setdefault(name, []).append(label)
    return _picture(data if full and isinstance(data, dict) else task), answers


def _first(labels: Sequence[str]) -> str:
    return Counter(labels).most_common(1)[0][0] if labels else ""


def _picture(data: Mapping[str, Any]) -> str:
    """Return the reference to a task's picture: under ``image``, or the first value that looks like one."""
    values = [data.get("image"), *(value for key, value in data.items() if key not in OWN)]
    texts = [value for value in values if isinstance(value, str) and value]
    like = [
        text for text in texts if text.startswith(BASES) or any(text.lower().endswith(ending) for ending in ENDINGS)
    ]
    return next(iter(like), "")


def _labels(task: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield question and label of each annotation that was not cancelled."""
    for annotation in task.get("annotations") or task.get("completions") or []:
        if not isinstance(annotation, dict) or annotation.get("was_cancelled") or annotation.get("skipped"):
            continue
        for result in annotation.get("result") or []:
            kind = str(result.get("type", "")) if isinstance(result, dict) else ""
            if kind in PARTS:
                raise ExplorerError(_parts(kind))
            if kind == "choices":
                yield str(result.get("from_name") or USUAL[0]), _one(result.get("value", {}).get("choices", []))


def _short_labels(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield question and label of a row of a short export: columns that are the person's, and no picture, stars or numbers."""
    picture = _picture(row)
    for key, value in row.items():
        if key in OWN or key == "image" or not isinstance(value, str | list | dict) or value == picture:
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        if text.startswith("[{"):
            if found := MARKED.search(text):
                raise ExplorerError(_parts(found[1]))
            continue
        if isinstance(value, str) and value.startswith('{"choices"'):
            raise ExplorerError(_several(value[:60]))
        choices = value.get("choices") if isinstance(value, dict) else value
        yield str(key), _one(choices)


def _one(choices: Any) -> str:
    """Return the one choice.

    Raises:
        ExplorerError: there are several.
    """
    named = [str(choice).strip() for choice in choices] if isinstance(choices, list) else [str(choices).strip()]
    if len(named) > 1:
        raise ExplorerError(_several(", ".join(named[:3])))
    return named[0] if named else ""


def _several(shown: str) -> str:
    return f"This export of Label Studio has several labels on one picture ({shown}); this program takes one label a picture: export a project with single choices."


def _parts(kind: str) -> str:
    return f"This export of Label Studio marks parts of pictures ({kind}), and this program explains labels of whole pictures; export a project with choices."
