"""FiftyOne's exports (1.0 to 1.8): ``labels.json`` beside ``data/``, and ``samples.json`` of a whole data set."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.readers.containers.sides import SIDE_OF
from explorer.datasets.readers.tools.references import Export, Labelled

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


def samples(content: Mapping[str, Any]) -> Export:
    """Return pictures and labels of ``samples.json``; tags called train, val or test are sides.

    Raises:
        ExplorerError: no field holds classifications.
    """
    rows = [row for row in content["samples"] if isinstance(row, dict)]
    field = next(iter(_fields(rows)), "")
    if not field:
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
    pictures = [
        Labelled(str(row.get("filepath", "")), str((row.get(field) or {}).get("label") or ""), _side(row))
        for row in rows
    ]
    return Export(f"FiftyOne, samples.json, labels in the field {field!r}", pictures)


def _fields(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    found = {
        key
        for row in rows
        for key, value in row.items()
        if isinstance(value, dict) and value.get("_cls") == "Classification"
    }
    yield from (name for name in FIELDS if name in found)
    yield from sorted(found)


def _side(row: Mapping[str, Any]) -> str:
    tags = row.get("tags")
    return (
        next((SIDE_OF[str(tag).lower()] for tag in tags if str(tag).lower() in SIDE_OF), "")
        if isinstance(tags, list)
        else ""
    )
