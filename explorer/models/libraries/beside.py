"""What lies beside a file of a network says of it: settings of Hugging Face, timm or open_clip in its folder, and so its preparation."""

import contextlib
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.models.libraries.hugging_face.pictures import has_own, preparation_in
from explorer.models.libraries.model_folders import CONFIG, OPEN_CLIP, label_names, read_json, timm_settings
from explorer.models.preparation.choice import follows
from explorer.models.preparation.preparation import Preparation, summary
from explorer.models.preparation.published import from_open_clip, from_timm

# The folder below that of the network in which several ONNX files of it are kept.
BELOW = "onnx"


def folder_preparation(path: str) -> Preparation | None:
    """Return how the settings beside a file give pictures to it; None where there are none.

    Raises:
        ExplorerError: they cannot be read, or ask for what is not known here.
    """
    folder, config = _described(path)
    if config and has_own(folder):
        return preparation_in(folder, str(config.get("model_type", "")))
    if timm := timm_settings(config):
        return from_timm(timm)
    return open_clip_preparation(str(folder / OPEN_CLIP))


def open_clip_preparation(path: str) -> Preparation | None:
    """Return how open_clip gives pictures to weights of its own, by the settings beside them; None where there are none.

    Raises:
        ExplorerError: they cannot be read, or ask for what is not known here.
    """
    return from_open_clip(read_json(Path(path).parent / OPEN_CLIP)) if open_clip_beside(path) else None


def known_open_clip(path: str) -> Preparation | None:
    """Return the same; None also where they are not known here, which :func:`folder_notes` tells."""
    with contextlib.suppress(ExplorerError):
        return open_clip_preparation(path)
    return None


def open_clip_beside(path: str) -> bool:
    """Return whether settings of open_clip lie beside a file."""
    return (Path(path).parent / OPEN_CLIP).is_file()


def known_preparation(path: str) -> Preparation | None:
    """Return :func:`folder_preparation`; None also where the settings are not known here, which :func:`folder_notes` tells."""
    with contextlib.suppress(ExplorerError):
        return folder_preparation(path)
    return None


def folder_notes(path: str, given: Preparation | None = None) -> tuple[str, ...]:
    """Return the sentence on the settings beside a file that its pictures are prepared by, or that were not followed; else none.

    Args:
        path: of the file.
        given: how its pictures are prepared; None where that is as the settings say.
    """
    try:
        way = folder_preparation(path)
    except ExplorerError as error:
        return (f"A processor lies beside it that was not followed: {error}",)
    if way is None or not follows(given, way):
        return ()
    return (f"Its pictures are prepared as the folder that it lies in says: {summary(given or way)}.",)


def folder_classes(path: str) -> tuple[str, ...]:
    """Return the names of the outputs that the configuration beside a file gives; none where it gives none."""
    return label_names(_described(path)[1])


def _described(path: str) -> tuple[Path, dict[str, Any]]:
    """Return the folder of the network that a file belongs to, with its configuration; empty where it belongs to none."""
    folder = Path(path).parent
    known = any((folder / name).is_file() for name in (CONFIG, OPEN_CLIP))
    folder = folder.parent if folder.name == BELOW and not known else folder
    config: dict[str, Any] = {}
    with contextlib.suppress(ExplorerError):  # a file of that name may be another program's
        config = read_json(folder / CONFIG) if (folder / CONFIG).is_file() else {}
    return folder, config if any(isinstance(config.get(key), str) for key in ("model_type", "architecture")) else {}
