"""The preparation that a network's own library uses: torchvision's ``transforms()``, timm's ``pretrained_cfg``, open_clip's ``preprocess_cfg``."""

import math
from collections.abc import Mapping
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.decoding import AS_STORED, CLIPPED, DROPPED
from explorer.models.preparation.preparation import (
    DEVIATION,
    LONGEST,
    MEAN,
    PROGRAM,
    SHORTEST,
    SQUEEZE,
    TIMM,
    TORCHVISION,
    Preparation,
)

# What ImageFolder, timm's reader and a plain ``Image.open(…).convert("RGB")`` do to a file.
PLAIN: dict[str, Any] = {"orientation": AS_STORED, "background": DROPPED, "range": CLIPPED}
# timm's default part of a picture.
CROP = 0.875
# What OpenAI gave to CLIP, which open_clip takes where a file says nothing.
CLIP_MEAN, CLIP_DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
# How open_clip scales: its words, and ours.
OPEN_CLIP_MODES = {"shortest": SHORTEST, "squash": SQUEEZE, "longest": LONGEST}

# What most of torchvision's networks are given: ``ImageClassification(crop_size=224)``.
USUAL_OF_TORCHVISION = Preparation((224, 224), (256, 256), interpolation="bilinear", rounding=TORCHVISION, **PLAIN)


def from_torchvision(transforms: Any) -> Preparation:
    """Return the preparation of ``weights.transforms()``, files being read as ``ImageFolder`` reads them."""
    size, edge = transforms.crop_size[0], transforms.resize_size[0]
    return Preparation(
        (size, size),
        (edge, edge),
        interpolation=transforms.interpolation.value,
        antialias=transforms.antialias is not False,
        rounding=TORCHVISION,
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
        **PLAIN,
    )


def from_timm(config: Mapping[str, Any]) -> Preparation:
    """Return the preparation of ``timm.data.resolve_data_config``'s result, or of a ``pretrained_cfg``.

    Raises:
        ExplorerError: a field has no meaning here; the sentence names it.
    """
    channels, height, width = numbers(config.get("input_size", (3, 224, 224)), "input_size")
    listed = [len(each) for key in ("mean", "std") if isinstance(each := config.get(key), list | tuple)]
    if (most := max(int(channels), *listed, 0)) > 3:
        raise ExplorerError(
            f"timm's settings ask for pictures of {most} channels, and they are given here with the three of red, green and blue; give a network for these."
        )
    share = float(config.get("crop_pct") or CROP)
    if not 0.2 <= share <= 2:
        raise ExplorerError(f"timm's crop_pct is {share:g}; 0.2 to 2 are known.")
    modes = {"squash": SQUEEZE, "border": LONGEST}
    resize = modes.get(str(config.get("crop_mode") or "center"), SHORTEST)
    square = width == height and resize == SHORTEST
    return Preparation(
        (int(width), int(height)),
        (math.floor(width / share), math.floor(height / share)),
        resize,
        str(config.get("interpolation") or "bicubic"),
        rounding=TORCHVISION if square or resize == SQUEEZE else TIMM,
        mean=numbers(config.get("mean", MEAN), "mean"),
        std=numbers(config.get("std", DEVIATION), "std"),
        **PLAIN,
    )


def from_open_clip(config: Mapping[str, Any]) -> Preparation:
    """Return the preparation of an ``open_clip_config.json``: what ``create_model_and_transforms`` returns for testing.

    Raises:
        ExplorerError: a field has no meaning here; the sentence names it.
    """
    given = {key: value for key, value in _table(config, "preprocess_cfg").items() if value is not None}
    sizes = _table(_table(config, "model_cfg"), "vision_cfg").get("image_size", given.get("size", 224))
    height, width = sizes if isinstance(sizes, list | tuple) and len(sizes) == 2 else (sizes, sizes)
    mode = given.get("resize_mode", "shortest")
    for key, value, known in (
        ("resize_mode", mode, tuple(OPEN_CLIP_MODES)),
        ("interpolation", given.get("interpolation", "bicubic"), ("bicubic", "bilinear", "random")),
        ("mode", given.get("mode", "RGB"), ("RGB",)),
        ("fill_color", given.get("fill_color", 0) if mode == "longest" else 0, (0,)),
        ("image_size", [each for each in (height, width) if type(each) is not int], ([],)),
    ):
        if value not in known:
            words = " or ".join(map(str, known)) if known != ([],) else "whole numbers"
            raise ExplorerError(
                f"open_clip_config.json has {key} {value!r}; {words} can be followed, so give --size, --resize, --mean and --std."
            )
    oblong = height != width and mode == "shortest"  # for which open_clip knows bicubic alone
    return Preparation(
        (width, height),
        (width, height),
        OPEN_CLIP_MODES[mode],
        "bilinear" if given.get("interpolation") == "bilinear" and not oblong else "bicubic",
        rounding=PROGRAM if mode == "longest" else TIMM if oblong else TORCHVISION,
        mean=numbers(given.get("mean", CLIP_MEAN), "mean"),
        std=numbers(given.get("std", CLIP_DEVIATION), "std"),
        **PLAIN,
    )


def _table(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = config.get(key)
    return found if isinstance(found, Mapping) else {}


def numbers(values: Any, name: str) -> tuple[float, ...]:
    """Return three numbers; one counts for all three.

    Raises:
        ExplorerError: they are neither one number nor three.
    """
    given = list(values) if isinstance(values, list | tuple) else [values]
    if len(given) not in (1, 3) or not all(isinstance(one, int | float) and math.isfinite(one) for one in given):
        raise ExplorerError(f"The preparation of this network has {name} {values!r}; three numbers are known.")
    return tuple(float(one) for one in given) * (3 // len(given))
