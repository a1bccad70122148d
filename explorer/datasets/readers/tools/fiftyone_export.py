"""FiftyOne's exports (1.0 to 1.8): ``labels.json`` beside ``data/``, and ``samples.json`` of a whole data set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.readers.containers.sides import SIDE_OF
from explorer.datasets.readers.tools.references import Export, Labelled, taken_question

# Fields of a sample in which people keep the label, in the order in which they count.
FIELDS = ("ground_truth", "label", "classification", "gt", "labels")


def is_classification(content: Any) -> bool:
    """Return whether this is FiftyOne's ``labels.json``."""
    return isinstance(content, dict) and isinstance(content.get("labels"), dict) and "images" not in content


def is_samples(content: Any) -> bool:
    """Return whether this is FiftyOne's ``samples.json``."""
    samples = content.get("samples") if isinstance(content, dict) else None
    return isinstance(samples, list) and bool(samples) and isinstance(samples[0], dict) and "filepath" in samples[0]


def classification(content: Mapping[str, Any]) -> Export:
    """Return pictures and labels of ``labels.json``: numbers are rows of its classes.

    Raises:
        ExplorerError: a picture has several labels.
    """
    classes = content.get("classes")
    names = [str(name) for name in classes] if isinstance(classes, list) else []
    pictures = [Labelled(str(name), _label(value, names)) for name, value in content["labels"].items()]
    return Export("FiftyOne, labels.json", pictures, names=names)


def _label(value: Any, names: list[str]) -> str:
    if isinstance(value, dict):
        value = value.get("label")
    if isinstance(value, list):
        raise ExplorerError(
            "This export of FiftyOne has several labels or boxes on a picture; this program takes one label a picture: export the field of a Classification."
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return names[value] if 0 <= value < len(names) else str(value)
    return "" if value is None else str(value).strip()


def samples(content: Mapping[str, Any], label: str = "") -> Export:
    """Return pictures and labels of ``samples.json``; tags called train, val or test are sides.

    Args:
        content: of the file.
        label: the field whose labels are meant; chosen where empty.

    Raises:
        ExplorerError: no field holds classifications, or not this one.
    """
    rows = [row for row in content["samples"] if isinstance(row, dict)]
    fields, predicted = _fields(rows)
    if not fields:
        kinds = sorted(
            {
                str(value.get("_cls"))
                for row in rows[:100]
                for value in row.values()
                if isinstance(value, dict) and value.get("_cls")
            }
        )
        raise ExplorerError(
            f"This export of FiftyOne holds no field of classifications ({', '.join(kinds) or 'no labels'}); export one label a picture."
        )
    field, doubts = taken_question(fields, label, FIELDS, predicted)
    pictures = [
        Labelled(str(row.get("filepath", "")), str((row.get(field) or {}).get("label") or ""), _side(row))
        for row in rows
    ]
    tool = f"FiftyOne, samples.json, labels in the field {field!r}"
    return Export(tool, pictures, doubts, questions=fields, taken=field)


def _fields(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Counter[str]], set[str]]:
    """Return the fields of classifications with their labels, and those among them that have a confidence, as a network's have."""
    found: dict[str, Counter[str]] = {}
    predicted: set[str] = set()
    for row in rows:
        for name, value in row.items():
            if isinstance(value, dict) and value.get("_cls") == "Classification":
                found.setdefault(name, Counter())[str(value.get("label") or "")] += 1
                predicted |= {name} if value.get("confidence") is not None else set()
    return {name: found[name] for name in sorted(found)}, predicted


def _side(row: Mapping[str, Any]) -> str:
    tags = row.get("tags")
    return (
        next((SIDE_OF[str(tag).lower()] for tag in tags if str(tag).lower() in SIDE_OF), "")
        if isinstance(tags, list)
        else ""
    )
