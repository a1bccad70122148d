"""CVAT's ``annotations.xml`` ("CVAT for images 1.1") and Datumaro's JSON (1.10): labels of whole pictures."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.readers.containers.sides import SIDE_OF
from explorer.datasets.readers.tools.references import Export, Labelled

MOST_BYTES = 128 * 2**20
PARTS = ("box", "polygon", "polyline", "points", "mask", "cuboid", "ellipse", "skeleton")


def is_cvat(path: Path) -> bool:
    """Return whether an XML file begins like CVAT's."""
    try:
        with path.open("rb") as stream:
            return b"<annotations" in stream.read(4096)
    except OSError:
        return False


def cvat_export(path: Path) -> Export:
    """Return pictures and labels of CVAT's file.

    Raises:
        ExplorerError: it is damaged, too large, defines entities, or marks parts of pictures only.
    """
    content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    if not content or b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        raise ExplorerError(
            f"{path} is no export of CVAT that is read: it is larger than {MOST_BYTES // 2**20} MB, empty, or defines entities."
        )
    try:
        images = ElementTree.fromstring(content).findall("image")
    except ElementTree.ParseError as error:
        raise ExplorerError(f"{path} is no whole XML file ({error}); export it again.") from error
    pictures = [
        Labelled(image.get("name", ""), _tag(image), SIDE_OF.get(image.get("subset", "").lower(), ""))
        for image in images
    ]
    if not any(one.label for one in pictures) and any(
        image.find(part) is not None for image in images for part in PARTS
    ):
        raise ExplorerError(
            f"{path} marks parts of pictures and has no tags; this program explains labels of whole pictures: export tags."
        )
    return Export("CVAT for images, annotations.xml", pictures)


def _tag(image: ElementTree.Element) -> str:
    labels = [tag.get("label", "").strip() for tag in image.findall("tag")]
    if len(set(labels)) > 1:
        raise ExplorerError(
            f"{image.get('name', 'A picture')} has several tags ({', '.join(labels[:3])}) in CVAT's export; this program takes one label a picture."
        )
    return labels[0] if labels else ""


def is_datumaro(content: Any) -> bool:
    """Return whether this is Datumaro's JSON."""
    return (
        isinstance(content, dict)
        and isinstance(content.get("items"), list)
        and "label" in (content.get("categories") or {})
    )


def datumaro_export(content: Mapping[str, Any], side: str) -> Export:
    """Return pictures and labels of Datumaro's file of one side.

    Raises:
        ExplorerError: it marks parts of pictures, or has several labels a picture.
    """
    names = [
        str(each.get("name")) for each in content["categories"]["label"].get("labels", []) if isinstance(each, dict)
    ]
    pictures = []
    for item in content["items"]:
        image = item.get("image") or {}
        label = _item_label(item, names)
        pictures.append(Labelled(str(image.get("path") or item.get("id", "")), label, side))
    return Export("Datumaro, JSON", pictures, names=names)


def _item_label(item: Mapping[str, Any], names: list[str]) -> str:
    annotations = [each for each in item.get("annotations") or [] if isinstance(each, dict)]
    rows = {each.get("label_id") for each in annotations if each.get("type") == "label"}
    if len(rows) > 1 or (annotations and not rows):
        raise ExplorerError(
            f"{item.get('id')} has several labels or marked parts in Datumaro's export; this program takes one label a picture."
        )
    row = next(iter(rows), None)
    return names[row] if isinstance(row, int) and 0 <= row < len(names) else ""
