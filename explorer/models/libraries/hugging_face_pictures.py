"""How a folder of Hugging Face wants its pictures: its processor's settings, or those with which the published ones of its kind are given."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.models.libraries.model_folders import read_json
from explorer.models.preparation.preparation import DEVIATION, MEAN, Preparation, summary
from explorer.models.preparation.published import from_transformers

# Files with a processor's settings; in the second they stand under a key.
OWN, BOTH, KEY = "preprocessor_config.json", "processor_config.json", "image_processor"
# Mean and deviation of each colour channel -> the kinds of networks whose published ones are given so; ImageNet's for all others.
SCALES = {
    ((0.5,) * 3, (0.5,) * 3): ("vit", "beit", "siglip", "mobilenet"),
    ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)): ("clip", "metaclip"),
}
# Pixels square of networks whose configuration names no size.
SIDE = 224


def preparation_in(folder: Path, kind: str) -> Preparation:
    """Return the preparation of a folder's pictures.

    Args:
        folder: of the network.
        kind: the library's word for the network, such as ``vit``.

    Raises:
        ExplorerError: its settings cannot be read, or have no meaning here.
    """
    own = _own(folder)
    return _usual(folder, kind) if own is None else from_transformers(own)


def prepared_by(folder: Path, kind: str) -> tuple[str, ...]:
    """Return the sentence on the preparation of a folder that brings none."""
    if _own(folder) is not None:
        return ()
    return (
        f"The folder has no {OWN}, so it is not known how its pictures were prepared; they are given so: {summary(preparation_in(folder, kind))}. If that is not right, give --size, --resize, --mean and --std.",
    )


def _own(folder: Path) -> dict[str, Any] | None:
    if (folder / OWN).is_file():
        return read_json(folder / OWN)
    inner = read_json(folder / BOTH).get(KEY) if (folder / BOTH).is_file() else None
    return inner if isinstance(inner, dict) else None


def _usual(folder: Path, kind: str) -> Preparation:
    """Return the usual preparation at the size of the network's configuration, with the mean and deviation of its kind."""
    config = read_json(folder / "config.json")
    inner = config.get("vision_config")
    side = (inner if isinstance(inner, dict) else config).get("image_size")
    mean, std = next((values for values, kinds in SCALES.items() if kind.partition("_")[0] in kinds), (MEAN, DEVIATION))
    return replace(Preparation.usual(side if isinstance(side, int) else SIDE), mean=mean, std=std)
