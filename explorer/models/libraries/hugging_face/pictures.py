"""How a folder of Hugging Face wants its pictures: its processor's settings, or those with which the published ones of its kind are given."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.models.libraries.model_folders import OPEN_CLIP, read_json
from explorer.models.preparation.choice import follows
from explorer.models.preparation.image_processors import CLIP, KINDS, from_transformers, kind_of
from explorer.models.preparation.preparation import DEVIATION, MEAN, Preparation, summary
from explorer.models.preparation.published import from_open_clip

# Files with a processor's settings; in the second they stand under a key.
OWN, BOTH, KEY = "preprocessor_config.json", "processor_config.json", "image_processor"
# Mean and deviation of each colour channel -> the kinds of networks whose published ones are given so; ImageNet's for all others.
SCALES = {
    ((0.5,) * 3, (0.5,) * 3): ("vit", "beit", "siglip", "mobilenet"),
    (CLIP["image_mean"], CLIP["image_std"]): ("clip", "metaclip"),
}
# Pixels square of networks whose configuration names no size.
SIDE = 224


def preparation_in(folder: Path, kind: str, asked: bool = False) -> Preparation:
    """Return the preparation of a folder's pictures.

    Args:
        folder: of the network.
        kind: the library's word for the network, such as ``vit``.
        asked: whether size and rule of scaling were asked for, so that settings that give none are no obstacle.

    Raises:
        ExplorerError: its settings cannot be read, or have no meaning here.
    """
    own = _own(folder)
    if own is None and (folder / OPEN_CLIP).is_file():
        way, _ = _by_open_clip(folder)
        return way or _usual(folder, kind)
    if own is None:
        return _usual(folder, kind)
    try:
        return from_transformers(own)
    except ExplorerError:
        if not asked:
            raise
        return _usual(folder, kind)


def prepared_by(folder: Path, kind: str, asked: bool = False, way: Preparation | None = None) -> tuple[str, ...]:
    """Return the sentence on the preparation, in which pictures are given, of a folder that brings none, or one that is not known here."""
    own = _own(folder)
    given = f"they are given so: {summary(way or preparation_in(folder, kind, asked))}. If that is not right, give --size, --resize, --mean and --std."
    if own is None and (folder / OPEN_CLIP).is_file():
        told, reason = _by_open_clip(folder)
        if reason:
            return (
                f"The folder has no {OWN}, and {OPEN_CLIP} in it was not followed: {reason} Till then its pictures are {given.removeprefix('they are ')}",
            )
        if told and not follows(way, told):
            return ()
        return (f"The folder has no {OWN}, so its pictures are prepared as {OPEN_CLIP} in it says.",)
    if own is None:
        return (f"The folder has no {OWN}, so it is not known how its pictures were prepared; {given}",)
    if (name := kind_of(own)) in ("", *KINDS):
        return ()
    return (f"The folder's pictures are prepared by {name}, which is not known here beyond its settings; {given}",)


def _by_open_clip(folder: Path) -> tuple[Preparation | None, str]:
    """Return the preparation by a folder's settings of open_clip; None, with the reason, where they are not known here."""
    try:
        return from_open_clip(read_json(folder / OPEN_CLIP)), ""
    except ExplorerError as error:
        return None, str(error)


def has_own(folder: Path) -> bool:
    """Return whether a folder brings settings of its pictures."""
    return _own(folder) is not None


def _own(folder: Path) -> dict[str, Any] | None:
    """Return the settings of the folder's image processor; those within a whole processor's come first, as in transformers."""
    inner = read_json(folder / BOTH).get(KEY) if (folder / BOTH).is_file() else None
    if isinstance(inner, dict):
        return inner
    return read_json(folder / OWN) if (folder / OWN).is_file() else None


def _usual(folder: Path, kind: str) -> Preparation:
    """Return the usual preparation at the size of the network's configuration, with the mean and deviation of its kind."""
    config = read_json(folder / "config.json")
    inner = config.get("vision_config")
    side = (inner if isinstance(inner, dict) else config).get("image_size")
    mean, std = next((values for values, kinds in SCALES.items() if kind.partition("_")[0] in kinds), (MEAN, DEVIATION))
    return replace(Preparation.usual(side if isinstance(side, int) else SIDE), mean=mean, std=std)
