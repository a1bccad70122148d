"""The preparation that transformers' image processors give: their settings, and what each kind of them does of its own (5.24)."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from explorer.core.errors import ExplorerError
from explorer.datasets.decoding import CLIPPED, DROPPED, KEYED, UPRIGHT
from explorer.models.preparation.preparation import (
    BLUE_FIRST,
    DEVIATION,
    MEAN,
    RED_FIRST,
    SHORTEST,
    SQUEEZE,
    TENSORS,
    UNROUNDED,
    Preparation,
)
from explorer.models.preparation.published import CLIP_DEVIATION, CLIP_MEAN, CROP, numbers

Sides = tuple[int, int]

# Pillow's numbers of its interpolations, which Hugging Face writes down.
RESAMPLES = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
BILINEAR, BICUBIC = 2, 3
# What torch calls Pillow's nearest.
ON_TENSORS = {"nearest": "nearest-exact"}
HALVES: dict[str, Any] = {"image_mean": (0.5,) * 3, "image_std": (0.5,) * 3}
IMAGENET: dict[str, Any] = {"image_mean": MEAN, "image_std": DEVIATION}
CLIP: dict[str, Any] = {
    "image_mean": CLIP_MEAN,
    "image_std": CLIP_DEVIATION,
}
# These lay what Pillow still calls transparent on white, see :data:`~explorer.datasets.decoding.KEYED`.
LAID_ON_WHITE = {"do_convert_rgb": True}
# Hugging Face's ConvNeXT squeezes from this size on, and cuts below it.
CONVNEXT_SQUEEZED = 384
# LeViT scales the shorter side to this share of what its settings say.
LEVIT = 256 / 224


def _settings(size: Mapping[str, int], resample: int, values: Mapping[str, Any], cut: int = 0) -> dict[str, Any]:
    """Return the settings that a kind of processor has where a file leaves them out."""
    square = {"default_to_square": "height" in size}
    return {"size": size, "resample": resample, "do_center_crop": cut > 0, **square, **values} | (
        {"crop_size": cut} if cut else {}
    )


def _square(side: int) -> dict[str, int]:
    return {"height": side, "width": side}


def _short(side: int) -> dict[str, int]:
    return {"shortest_edge": side}


# Kinds of processors -> their settings where a file leaves them out.
KINDS: dict[str, dict[str, Any]] = {
    "BeitImageProcessor": _settings(_square(224), BICUBIC, HALVES) | {"crop_size": 224},
    "BitImageProcessor": _settings(_short(224), BICUBIC, CLIP, 224) | LAID_ON_WHITE,
    "CLIPImageProcessor": _settings(_short(224), BICUBIC, CLIP, 224) | LAID_ON_WHITE,
    "ConvNextImageProcessor": _settings(_short(384), BICUBIC, HALVES) | {"crop_pct": CROP},
    "DeiTImageProcessor": _settings(_square(256), BICUBIC, HALVES, 224),
    "DINOv3ViTImageProcessor": _settings(_square(224), BILINEAR, IMAGENET),
    "EfficientNetImageProcessor": _settings(_square(346), BICUBIC, HALVES) | {"crop_size": 289, "include_top": True},
    "LevitImageProcessor": _settings(_short(224), BICUBIC, IMAGENET, 224),
    "MobileNetV1ImageProcessor": _settings(_short(256), BILINEAR, HALVES, 224),
    "MobileNetV2ImageProcessor": _settings(_short(256), BILINEAR, HALVES, 224),
    "MobileViTImageProcessor": _settings(_short(224), BICUBIC, HALVES, 256) | {"do_flip_channel_order": True},
    "PoolFormerImageProcessor": _settings(_short(224), BICUBIC, IMAGENET, 224) | {"crop_pct": 0.9},
    "PvtImageProcessor": _settings(_square(224), BICUBIC, IMAGENET),
    "SegformerImageProcessor": _settings(_square(512), BILINEAR, IMAGENET),
    "SiglipImageProcessor": _settings(_square(224), BICUBIC, HALVES) | {"default_to_square": False} | LAID_ON_WHITE,
    "ViTImageProcessor": _settings(_square(224), BILINEAR, HALVES),
}
# Those that cut before they scale, keep several sizes, or give something else than pictures.
OTHERS = ("Donut", "ImageGPT", "Perceiver", "PPLCNet", "Siglip2", "TextNet", "VideoMAE")


def kind_of(config: Mapping[str, Any]) -> str:
    """Return the kind of processor whose settings these are, such as ``ViTImageProcessor``; empty where they do not say."""
    named = str(config.get("image_processor_type") or config.get("feature_extractor_type") or "")
    return named.removesuffix("Fast").replace("FeatureExtractor", "ImageProcessor")


def from_transformers(config: Mapping[str, Any]) -> Preparation:
    """Return the preparation of a ``preprocessor_config.json``; its pipeline turns pictures upright as it reads them.

    Raises:
        ExplorerError: a field has no meaning here; the sentence names it.
    """
    kind = kind_of(config)
    if kind.removesuffix("ImageProcessor") in OTHERS:
        raise ExplorerError(
            f"preprocessor_config.json asks for {kind}, which prepares pictures in a way that is not known here; give --size and --resize."
        )
    whole = KINDS.get(kind, {}) | {name: one for name, one in config.items() if one is not None}
    resize, edge, size = _scaled(kind, whole)
    padded = whole.get("pad_size") if whole.get("do_pad") else None
    if padded and padded != {"width": size[0], "height": size[1]}:
        raise ExplorerError(
            "preprocessor_config.json pads pictures once they are scaled (pad_size), which is not known here; give --size and --resize."
        )
    mean, std = _values(kind, whole)
    flipped = kind == "MobileViTImageProcessor" and whole["do_flip_channel_order"]
    usual = Preparation(size, edge, resize, _interpolation(whole), mean=mean, std=std)
    return replace(
        usual,
        rounding=UNROUNDED if kind == "DINOv3ViTImageProcessor" else TENSORS,
        orientation=UPRIGHT,
        background=KEYED if whole.get("do_convert_rgb") else DROPPED,
        range=CLIPPED,
        colours=BLUE_FIRST if flipped else RED_FIRST,
    )


def _interpolation(config: Mapping[str, Any]) -> str:
    number = int(config.get("resample", BILINEAR))
    if not 0 <= number < len(RESAMPLES):
        raise ExplorerError(f"preprocessor_config.json has resample {number}; 0 to {len(RESAMPLES) - 1} are known.")
    name = RESAMPLES[number]
    return ON_TENSORS.get(name, name)


def _scaled(kind: str, config: Mapping[str, Any]) -> tuple[str, Sides, Sides]:
    """Return the rule of scaling, and the sides ``(width, height)`` before and after the cut."""
    if not config.get("do_resize", True):
        raise ExplorerError(
            "preprocessor_config.json does not scale pictures, so they keep different sizes; give --size and --resize."
        )
    named = _named(config)
    if "shortest_edge" in named and "longest_edge" in named:
        raise ExplorerError(
            "preprocessor_config.json bounds both edges, so pictures keep different sizes; give --size and --resize."
        )
    sides, short = _sides(named), "shortest_edge" in named
    cut = _cut(kind, config)
    if kind == "ConvNextImageProcessor" or (not kind and short and "crop_pct" in config):
        return _convnext_sides(sides[0], float(config.get("crop_pct", CROP)), cut)
    edge, short = _enlarged(kind, sides, short, config)
    if cut is None and short:
        raise ExplorerError(
            "preprocessor_config.json scales the shorter side and cuts nothing, so pictures keep different sizes; give --size and --resize."
        )
    return SHORTEST if short else SQUEEZE, edge, cut or edge


def _cut(kind: str, config: Mapping[str, Any]) -> Sides | None:
    """Return width and height of what is cut out of the middle; None where nothing is."""
    given = config.get("crop_size") if config.get("do_center_crop") and kind != "SegformerImageProcessor" else None
    if given is None:
        return None
    return _sides(_square(int(given)) if isinstance(given, int | float) else dict(given))


def _named(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the size with the names of its sides, which files of before leave out."""
    given = config.get("size", 224)
    if isinstance(given, int | float):
        square = config.get("default_to_square", not config.get("do_center_crop"))
        return _square(int(given)) if square else _short(int(given))
    if isinstance(given, list | tuple):
        return dict(zip(("height", "width"), given, strict=False))
    return {name: side for name, side in dict(given).items() if side is not None}


def _enlarged(kind: str, sides: Sides, short: bool, config: Mapping[str, Any]) -> tuple[Sides, bool]:
    """Return the sides before the cut, and whether the shorter one is scaled to them."""
    if kind == "LevitImageProcessor" and short:
        return (int(LEVIT * sides[0]),) * 2, True
    share = config.get("crop_pct") if kind == "PoolFormerImageProcessor" else None
    if share:
        width, height = (int(side / float(share)) for side in sides)
        return (width, height), short or width == height
    return sides, short


def _convnext_sides(side: int, share: float, cut: Sides | None) -> tuple[str, Sides, Sides]:
    if cut not in (None, (side, side)):
        raise ExplorerError(
            "preprocessor_config.json cuts pictures by crop_pct and once more by crop_size, which is not known here; give --size and --resize."
        )
    if side >= CONVNEXT_SQUEEZED:
        return SQUEEZE, (side, side), (side, side)
    return SHORTEST, (int(side / share),) * 2, (side, side)


def _sides(sides: Mapping[str, Any]) -> Sides:
    """Return width and height of Hugging Face's ``{"height", "width"}`` or ``{"shortest_edge"}``."""
    width, height = (sides.get(name, sides.get("shortest_edge")) for name in ("width", "height"))
    if not isinstance(width, int | float) or not isinstance(height, int | float):
        raise ExplorerError(
            f"preprocessor_config.json gives the size as {', '.join(map(str, sides))}; height and width, or shortest_edge, are known, so give --size and --resize."
        )
    return int(width), int(height)


def _values(kind: str, config: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation for values in 0 … 1; Hugging Face multiplies by a factor, and may subtract 1, before them."""
    factor = 255 * float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 255.0
    if not math.isfinite(factor) or factor <= 0:
        raise ExplorerError("preprocessor_config.json has a rescale_factor that is not positive.")
    shift = 1.0 if config.get("rescale_offset") else 0.0
    plain = not config.get("do_normalize", True) or kind == "MobileViTImageProcessor"  # which never does
    mean = numbers(config.get("image_mean", (0.5,) * 3), "image_mean")
    given = numbers(config.get("image_std", (0.5,) * 3), "image_std")
    std = (1.0,) * 3 if plain else given
    if kind == "EfficientNetImageProcessor" and config["include_top"]:  # divides by it once more
        std = tuple(one * again for one, again in zip(std, given, strict=True))
    mean = (0.0,) * 3 if plain else mean
    if abs(factor - 1) < 1e-12 and not shift:
        return mean, std
    return tuple((value + shift) / factor for value in mean), tuple(value / factor for value in std)
