"""What Ultralytics writes beside the numbers of a classifier that it exports (ONNX, TorchScript): size, names, and so the preparation."""

import ast
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from explorer.datasets.archives.members import BROKEN
from explorer.datasets.decoding import DROPPED
from explorer.models.custom.files.zip_bounds import list_is_small
from explorer.models.custom.fitting.file_facts import classes_in
from explorer.models.preparation.preparation import LARGEST, SMALLEST, TORCHVISION, Preparation, summary

# The member of a TorchScript file in which it lies, and its most bytes: names of a hundred thousand classes have some megabytes.
MEMBER, MOST_BYTES = "/extra/config.txt", 8 * 2**20


@dataclass(frozen=True)
class Ultralytics:
    """A classifier by Ultralytics.

    Attributes:
        size: width and height in pixels for which it was exported.
        names: of its outputs; none where they are not known.
    """

    size: int
    names: tuple[str, ...] = ()

    def preparation(self, size: int | None = None) -> Preparation:
        """Return its ``classify_transforms``, which neither subtract a mean nor divide by a deviation; pictures are read as OpenCV does."""
        sides = (size or self.size,) * 2
        return Preparation(
            sides,
            sides,
            interpolation="bilinear",
            rounding=TORCHVISION,
            mean=(0.0,) * 3,
            std=(1.0,) * 3,
            background=DROPPED,
        )

    @property
    def note(self) -> str:
        """The sentence on it."""
        return f"Ultralytics made it, so pictures are prepared as that does: {summary(self.preparation())}."


def by_ultralytics(words: Mapping[str, Any]) -> Ultralytics | None:
    """Return what a file's own words say of a classifier by Ultralytics; None where they say nothing of one."""
    if words.get("author") != "Ultralytics" or words.get("task") != "classify":
        return None
    sides = _value(words.get("imgsz"))
    if not isinstance(sides, list) or not all(type(side) is int for side in sides) or len(set(sides)) != 1:
        return None
    size = int(sides[0])
    return Ultralytics(size, classes_in({"names": _value(words.get("names"))})) if SMALLEST <= size <= LARGEST else None


def _value(word: Any) -> Any:
    """Return a value itself, or the plain one that a text writes as Python does, such as a list of numbers."""
    try:
        return ast.literal_eval(word) if isinstance(word, str) and len(word) <= MOST_BYTES else word
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def ultralytics_in_script(path: str) -> Ultralytics | None:
    """Return what a TorchScript file says of a classifier by Ultralytics; None where it says nothing, or is no such file."""
    try:
        status = Path(path).stat()
        return _in_script(path, status.st_size, status.st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=16)
def _in_script(path: str, size: int, changed: int) -> Ultralytics | None:
    try:
        if not list_is_small(Path(path)):
            return None
        with zipfile.ZipFile(path) as archive:
            inner = next((each for each in archive.infolist() if each.filename.endswith(MEMBER)), None)
            if inner is None or inner.file_size > MOST_BYTES:
                return None
            words = json.loads(archive.read(inner))
    except (*BROKEN, OSError):  # damaged or locked: that is told where the program is opened
        return None
    return by_ultralytics(words) if isinstance(words, dict) else None
