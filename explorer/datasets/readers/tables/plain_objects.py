"""Lines of JSON as labelling tools and clouds write them, brought to a path, a label and a side: one level, one label.

Google Vertex AI, AWS Ground Truth and Rekognition (manifests), Labelbox and Ultralytics (NDJSON), Prodigy, Create ML; other objects stay as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from explorer.datasets.readers.tables.columns import LABELS, RIVALS, key

# What Prodigy writes of a picture whose label a person refused or left open.
NOT_ACCEPTED = ("reject", "ignore")
# Of a line that describes the whole list, and no picture of it.
HEADING = {"path": "", "label": "", "split": ""}
# What a note on a part of a picture has beside its label.
IN_PART = ("coordinates", "bbox", "box", "segmentation", "polygon", "points")


def plain_object(found: Any) -> Any:
    """Return one line's object with ``path``, ``label`` and ``split`` where a tool wrote it; a list of one value is that value."""
    if not isinstance(found, dict):
        return found
    for known in KNOWN:
        if plain := known(found):
            return plain
    return {name: _single(name, value) for name, value in found.items()}


def _single(name: str, value: Any) -> Any:
    """Return the one value of a list of labels; others as they are."""
    alone = isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | int)
    return value[0] if alone and key(name) in LABELS else value


def _vertex(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a line of Vertex AI's import file, whose side stands among the labels of the item."""
    if "imageGcsUri" not in found:
        return None
    several = found.get("classificationAnnotations")
    one = found.get("classificationAnnotation")
    labels = (
        [each.get("displayName") for each in (several or [one]) if isinstance(each, dict)] if several or one else []
    )
    side = _inner(found, "dataItemResourceLabels", "aiplatform.googleapis.com/ml_use")
    return {"path": found["imageGcsUri"], **_label(labels), **({"split": side} if isinstance(side, str) else {})}


def _manifest(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a line of an augmented manifest, whose label's name stands in ``…-metadata``."""
    if "source-ref" not in found:
        return None
    notes = [value for name, value in found.items() if name.endswith("-metadata") and isinstance(value, dict)]
    return {"path": found["source-ref"], **_label([note["class-name"] for note in notes if "class-name" in note])}


def _labelbox(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a line of Labelbox' export; marks within pictures and several answers give no label."""
    row, projects = found.get("data_row"), found.get("projects")
    if not isinstance(row, dict) or not isinstance(projects, dict):
        return None
    notes = [
        _inner(label, "annotations", "classifications")
        for project in projects.values()
        for label in _list(_inner(project, "labels"))
    ]
    answers = [_inner(one, "radio_answer", "name") for note in notes for one in _list(note)]
    return {"path": row.get("external_id") or row.get("row_data"), **_label([name for name in answers if name])}


def _prodigy(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return one of Prodigy's answers: what a person refused is no label of the picture."""
    if "image" not in found or found.get("answer") not in ("accept", *NOT_ACCEPTED):
        return None
    chosen = found["accept"] if isinstance(found.get("accept"), list) else [found.get("label")]
    return {"path": found["image"], **_label(chosen if found["answer"] == "accept" else [""])}


def _create_ml(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a picture of Create ML's annotations; those with coordinates are boxes, and no labels of the whole picture."""
    file, notes = found.get("image", found.get("imagefilename")), _list(found.get("annotations"))
    if any(key(name) in RIVALS for name in found):
        return None  # the picture's own label; the notes are of its parts
    if not isinstance(file, str) or not notes or not all(isinstance(one, dict) and "label" in one for one in notes):
        return None
    return (
        None
        if any(name in one for one in notes for name in IN_PART)
        else {"path": file, **_label([one["label"] for one in notes])}
    )


def _ultralytics(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a picture of Ultralytics' platform with the number of its class; :data:`HEADING` of the first line, of the whole data set."""
    if found.get("type") == "dataset" and isinstance(found.get("class_names"), dict):
        return HEADING
    numbers = _inner(found, "annotations", "classification")
    if found.get("type") != "image" or not isinstance(found.get("file"), str) or not isinstance(numbers, list):
        return None
    side = found.get("split")
    return {"path": found["file"], **_label(numbers), **({"split": side} if isinstance(side, str) else {})}


def _label(labels: Sequence[Any]) -> dict[str, Any]:
    """Return the label where there is one; all of them where there are several, which is refused with the line."""
    return {"label": labels[0] if len(labels) == 1 else list(labels)} if labels else {}


def _inner(found: Any, *keys: str) -> Any:
    for name in keys:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _list(found: Any) -> Sequence[Any]:
    return found if isinstance(found, list) else ()


KNOWN: tuple[Callable[[Mapping[str, Any]], dict[str, Any] | None], ...] = (
    _vertex,
    _manifest,
    _labelbox,
    _prodigy,
    _create_ml,
    _ultralytics,
)
