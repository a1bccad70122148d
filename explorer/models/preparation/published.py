"""The preparation that a network's own library uses: torchvision's ``transforms()``, timm's ``pretrained_cfg``, Hugging Face's JSON."""

import math
from collections.abc import Mapping
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.decoding import AS_STORED, CLIPPED, DROPPED, UPRIGHT
from explorer.models.preparation.preparation import (
    DEVIATION,
    LONGEST,
    MEAN,
    SHORTEST,
    SQUEEZE,
    TIMM,
    TORCHVISION,
    TRANSFORMERS,
    Preparation,
)

# Pillow's numbers of its interpolations, which Hugging Face writes down.
RESAMPLES = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
# What ImageFolder, timm's reader and a plain ``Image.open(…).convert("RGB")`` do to a file.
PLAIN: dict[str, Any] = {"orientation": AS_STORED, "background": DROPPED, "range": CLIPPED}
# timm's default part of a picture.
CROP = 0.875
# Hugging Face's ConvNeXT squeezes from this size on, and cuts below it.
CONVNEXT_SQUEEZED = 384


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
    _, height, width = _numbers(config.get("input_size", (3, 224, 224)), "input_size")
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
        mean=_numbers(config.get("mean", MEAN), "mean"),
        std=_numbers(config.get("std", DEVIATION), "std"),
        **PLAIN,
    )


def from_transformers(config: Mapping[str, Any]) -> Preparation:
    """Return the preparation of a ``preprocessor_config.json``; its pipeline turns pictures upright as it reads them.

    Raises:
        ExplorerError: a field has no meaning here; the sentence names it.
    """
    resize, edge, size = _transformers_sides(config)
    mean, std = _transformers_values(config)
    resample = int(config.get("resample", 2))
    if not 0 <= resample < len(RESAMPLES):
        raise ExplorerError(f"preprocessor_config.json has resample {resample}; 0 to {len(RESAMPLES) - 1} are known.")
    return Preparation(
        size,
        edge,
        resize,
        RESAMPLES[resample],
        rounding=TRANSFORMERS,
        mean=mean,
        std=std,
        orientation=UPRIGHT,
        background=DROPPED,
        range=CLIPPED,
    )


def _transformers_sides(config: Mapping[str, Any]) -> tuple[str, tuple[int, int], tuple[int, int]]:
    """Return the rule of scaling, and the sides ``(width, height)`` before and after the cut."""
    given = config.get("size", 224)
    sides = {"shortest_edge": given} if isinstance(given, int | float) else dict(given)
    if "crop_pct" in config and "shortest_edge" in sides:
        return _convnext_sides(int(sides["shortest_edge"]), float(config["crop_pct"] or CROP))
    short = "shortest_edge" in sides and (config.get("do_center_crop") or isinstance(given, Mapping))
    if short and "longest_edge" in sides:
        raise ExplorerError(
            "preprocessor_config.json bounds both edges, so pictures keep different sizes; give --size and --resize."
        )
    edge = _sides(sides)
    cut = config.get("crop_size") if config.get("do_center_crop") else None
    size = edge if cut is None else _sides({"shortest_edge": cut} if isinstance(cut, int | float) else dict(cut))
    return SHORTEST if short else SQUEEZE, edge, size


def _convnext_sides(side: int, share: float) -> tuple[str, tuple[int, int], tuple[int, int]]:
    if side >= CONVNEXT_SQUEEZED:
        return SQUEEZE, (side, side), (side, side)
    return SHORTEST, (int(side / share),) * 2, (side, side)


def _sides(sides: Mapping[str, Any]) -> tuple[int, int]:
    """Return width and height of Hugging Face's ``{"height", "width"}`` or ``{"shortest_edge"}``."""
    width, height = (sides.get(name, sides.get("shortest_edge")) for name in ("width", "height"))
    if not isinstance(width, int | float) or not isinstance(height, int | float):
        raise ExplorerError(
            f"preprocessor_config.json gives the size as {', '.join(map(str, sides))}; height and width, or shortest_edge, are known."
        )
    return int(width), int(height)


def _transformers_values(config: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation for values in 0 … 1; Hugging Face multiplies by a factor, and may subtract 1, before them."""
    factor = 255 * float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 255.0
    if factor <= 0:
        raise ExplorerError("preprocessor_config.json has a rescale_factor that is not positive.")
    shift = 1.0 if config.get("rescale_offset") else 0.0
    plain = not config.get("do_normalize", True)
    mean = (0.0,) * 3 if plain else _numbers(config.get("image_mean", (0.5,) * 3), "image_mean")
    std = (1.0,) * 3 if plain else _numbers(config.get("image_std", (0.5,) * 3), "image_std")
    if abs(factor - 1) < 1e-12 and not shift:
        return mean, std
    return tuple((value + shift) / factor for value in mean), tuple(value / factor for value in std)


def _numbers(values: Any, name: str) -> tuple[float, ...]:
    """Return three numbers; one counts for all three.

    Raises:
        ExplorerError: they are neither one number nor three.
    """
    given = list(values) if isinstance(values, list | tuple) else [values]
    if len(given) not in (1, 3) or not all(isinstance(one, int | float) and math.isfinite(one) for one in given):
        raise ExplorerError(f"The preparation of this network has {name} {values!r}; three numbers are known.")
    return tuple(float(one) for one in given) * (3 // len(given))
