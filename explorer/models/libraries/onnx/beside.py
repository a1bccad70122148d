"""Who made an ONNX file: Ultralytics, or what lies beside it, where it was made of a folder of Hugging Face or timm; so its preparation."""

import contextlib
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.models.custom.ultralytics import by_ultralytics
from explorer.models.libraries.hugging_face.pictures import has_own, preparation_in
from explorer.models.libraries.model_folders import CONFIG, label_names, read_json, timm_settings
from explorer.models.libraries.onnx.file import words_of
from explorer.models.preparation.preparation import Preparation, summary
from explorer.models.preparation.published import from_timm

# The folder below that of the network in which several ONNX files of it are kept.
BELOW = "onnx"


def preparation_beside(path: str) -> Preparation | None:
    """Return how Ultralytics, or the processor beside an ONNX file, gives pictures to it; None where neither does, or none that is known here."""
    with contextlib.suppress(ExplorerError):  # a file that cannot be read is told where it is opened
        made = by_ultralytics(words_of(path))
        return made.preparation() if made else _prepared(path)
    return None


def prepared_beside(path: str) -> tuple[str, ...]:
    """Return the sentence on Ultralytics, or the processor beside an ONNX file; none where there is neither."""
    if made := by_ultralytics(words_of(path)):
        return (made.note,)
    try:
        way = _prepared(path)
    except ExplorerError as error:
        return (f"A processor lies beside it that was not followed: {error}",)
    return () if way is None else (f"Its pictures are prepared as the folder that it lies in says: {summary(way)}.",)


def _prepared(path: str) -> Preparation | None:
    folder, config = _described(path)
    if config and has_own(folder):
        return preparation_in(folder, str(config.get("model_type", "")))
    timm = timm_settings(config)
    return from_timm(timm) if timm else None


def classes_beside(path: str) -> tuple[str, ...]:
    """Return the names of the outputs that an ONNX file or the configuration beside it gives; none where neither does."""
    made = by_ultralytics(words_of(path))
    return made.names if made else label_names(_described(path)[1])


def _described(path: str) -> tuple[Path, dict[str, Any]]:
    """Return the folder of the network that an ONNX file belongs to, with its configuration; empty where it belongs to none."""
    folder = Path(path).parent
    folder = folder.parent if folder.name == BELOW and not (folder / CONFIG).is_file() else folder
    config: dict[str, Any] = {}
    with contextlib.suppress(ExplorerError):  # a file of that name may be another program's
        config = read_json(folder / CONFIG) if (folder / CONFIG).is_file() else {}
    return folder, config if any(isinstance(config.get(key), str) for key in ("model_type", "architecture")) else {}
