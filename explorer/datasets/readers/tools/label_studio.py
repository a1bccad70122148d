"""Label Studio's exports of image classification (1.8 to 1.20): JSON, JSON-MIN, CSV and TSV."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.picture import ENDINGS
from explorer.datasets.readers.tools.references import Export, Labelled

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


def export_of(tasks: Sequence[Any], form: str = "") -> Export:
    """Return the pictures and labels of a list of tasks.

    Raises:
        ExplorerError: tasks mark parts of pictures, or have several labels each.
    """
    full = isinstance(tasks[0].get("data"), dict)
    pictures, disagreeing = [], 0
    for task in tasks:
        if not isinstance(task, dict):
            continue
        labels = list(_labels(task) if full else _short_labels(task))
        disagreeing += len(set(labels)) > 1
        reference = _picture(task["data"] if full and isinstance(task.get("data"), dict) else task)
        if reference:
            pictures.append(Labelled(reference, Counter(labels).most_common(1)[0][0] if labels else ""))
    doubts = (
        [f"{disagreeing:,} pictures have annotations that disagree; the label most often given is taken."]
        if disagreeing
        else []
    )
    return Export(f"Label Studio, {form or ('JSON' if full else 'JSON-MIN')}", pictures, doubts)


def _picture(data: Mapping[str, Any]) -> str:
    """Return the reference to a task's picture: under ``image``, or the first value that looks like one."""
    values = [data.get("image"), *(value for key, value in data.items() if key not in OWN)]
    texts = [value for value in values if isinstance(value, str) and value]
    like = [
        text for text in texts if text.startswith(BASES) or any(text.lower().endswith(ending) for ending in ENDINGS)
    ]
    return next(iter(like), "")


def _labels(task: Mapping[str, Any]) -> Iterator[str]:
    """Yield the label of each annotation that was not cancelled."""
    for annotation in task.get("annotations") or task.get("completions") or []:
        if not isinstance(annotation, dict) or annotation.get("was_cancelled") or annotation.get("skipped"):
            continue
        for result in annotation.get("result") or []:
            kind = str(result.get("type", "")) if isinstance(result, dict) else ""
            if kind in PARTS:
                raise ExplorerError(_parts(kind))
            if kind == "choices":
                yield _one(result.get("value", {}).get("choices", []))


def _short_labels(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the label of a row of a short export: under ``choice``, or the one other column that is the person's."""
    picture = _picture(row)
    for key in ("choice", *(key for key in row if key not in OWN)):
        value = row.get(key)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            raise ExplorerError(_parts(next(iter(value[0]), "parts")))
        if isinstance(value, dict):
            value = value.get("choices")
        if isinstance(value, list):
            yield _one(value)
            return
        if isinstance(value, str) and value and value != picture and key != "image":
            if value.startswith(('{"choices"', "[{")):
                raise ExplorerError(_several(value[:60]))
            yield value.strip()
            return


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
