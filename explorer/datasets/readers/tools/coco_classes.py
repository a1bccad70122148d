"""COCO's form with a class for each picture and no boxes, as iNaturalist, Herbarium and camera traps are published."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.readers.tools.references import Export, Labelled

# Folders in which such files lie.
PLACES = ("", "annotations", "train", "val")
# What marks parts of pictures; it stands in each annotation of a set for detection.
PARTS = ("bbox", "segmentation", "keypoints", "segments_info", "caption")
PEEKED = 2**20


def is_classes(content: Any) -> bool:
    """Return whether this is COCO's form with a class for each picture."""
    lists = [content.get(name) for name in ("images", "annotations", "categories")] if isinstance(content, dict) else []
    if not lists or not all(isinstance(one, list) and one and isinstance(one[0], dict) for one in lists):
        return False
    first = content["annotations"][0]
    return {"image_id", "category_id"} <= set(first) and not any(first.get(part) for part in PARTS)


def may_mark_parts(path: Path) -> bool:
    """Return whether a file marks boxes, by its first and last bytes, so that a large set for detection is not read whole."""
    try:
        with path.open("rb") as stream:
            start = stream.read(PEEKED)
            stream.seek(max(0, path.stat().st_size - PEEKED))
            return b'"bbox"' in start or b'"bbox"' in stream.read(PEEKED)
    except OSError:
        return True


def classes_files(folder: Path) -> list[Path]:
    """Return the JSON files in the places where such files lie."""
    found = [path for place in PLACES for path in sorted((folder / place).glob("*.json"))[:20]]
    return [path for path in found if path.is_file() and not path.is_symlink() and not may_mark_parts(path)]


def coco_classes(content: Mapping[str, Any], side: str) -> Export:
    """Return the pictures and classes of one file.

    Raises:
        ExplorerError: a picture has several classes.
    """
    names = {_id(one, "category_id"): _name(one) for one in content["categories"]}
    labels: dict[Any, str] = {}
    for one in content["annotations"]:
        image, kind = one.get("image_id"), one.get("category_id")
        label = names.get(kind, str(kind))
        if labels.setdefault(image, label) != label:
            raise ExplorerError(
                f"Picture {image} has several classes ({labels[image]}, {label}); this program takes one label a picture."
            )
    pictures = [
        Labelled(str(one.get("file_name", "")), labels.get(_id(one, "image_id"), ""), side) for one in content["images"]
    ]
    return Export("COCO with a class for each picture", pictures, names=sorted({*labels.values()}))


def _id(one: Mapping[str, Any], other: str) -> Any:
    """Return the number of an entry, which Herbarium 2022 writes under another name."""
    return one.get("id", one.get(other))


def _name(category: Mapping[str, Any]) -> str:
    return str(category.get("name", category.get("scientificName", _id(category, "category_id"))))
