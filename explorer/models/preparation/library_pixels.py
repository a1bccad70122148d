"""The pixels of every preparation but the usual one, made by torchvision's own operators on Pillow's pictures."""

import platform

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from explorer.core.torchvision_compat import torchvision
from explorer.models.preparation.preparation import (
    BLUE_FIRST,
    LONGEST,
    PROGRAM,
    SHORTEST,
    TENSORS,
    TIMM,
    TORCHVISION,
    UNROUNDED,
    Preparation,
)

functional = torchvision.transforms.functional
InterpolationMode = torchvision.transforms.InterpolationMode
# Interpolations of whole values that torch has; Pillow does the others.
BY_TORCH = ("nearest-exact", "bilinear", "bicubic", "lanczos")


def prepared_picture(picture: Image.Image, way: Preparation) -> Tensor:
    """Return a decoded picture as ``(3, height, width)`` float32 in 0 … 1, before mean and deviation."""
    return _tensor(_cut(resized(picture, way), way), way)


def smooth_picture(pixels: Tensor, way: Preparation) -> Tensor:
    """Return a picture ``(3, height, width)`` in 0 … 1 prepared without rounding, so that it can be differentiated.

    Interpolations that have no smooth twin are taken as bilinear ones.
    """
    width, height = scaled_size((pixels.shape[2], pixels.shape[1]), way)
    mode = "bicubic" if way.interpolation == "bicubic" else "bilinear"
    scaled = torch.nn.functional.interpolate(pixels[None], (height, width), mode=mode, antialias=way.antialias)[0]
    return _tensor(_cut(scaled, way), way)


def resized(picture: Image.Image, way: Preparation) -> Image.Image | Tensor:
    """Return a picture scaled by the rule, before the cut; as a tensor where Pillow does not scale it."""
    width, height = scaled_size(picture.size, way)
    if way.rounding in (TENSORS, UNROUNDED) and way.interpolation in BY_TORCH:
        return _by_torch(picture, (height, width), way)
    given = picture if way.antialias else functional.pil_to_tensor(picture)
    mode = InterpolationMode(way.interpolation)
    return functional.resize(given, [height, width], mode, antialias=way.antialias)


def _by_torch(picture: Image.Image, size: tuple[int, int], way: Preparation) -> Tensor:
    """Return a picture scaled to ``(height, width)`` as ``torchvision.transforms.v2`` does, which takes two seconds to load.

    Whole values stay whole; on processors whose torch cannot scale them so, and where they are not to be rounded, by way of fractions.
    """
    pixels = functional.pil_to_tensor(picture).contiguous()[None]
    if way.rounding == UNROUNDED:
        return _interpolated(pixels / 255, size, way)[0]
    if way.interpolation == "bilinear" and not _whole_bilinear():
        return _interpolated(pixels.float(), size, way)[0].round_().to(torch.uint8)
    return _interpolated(pixels, size, way)[0]


def _whole_bilinear() -> bool:
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512") or platform.machine() in ("aarch64", "arm64")


def _interpolated(pixels: Tensor, size: tuple[int, int], way: Preparation) -> Tensor:
    smooth = way.interpolation != "nearest-exact"
    corners, antialias = (False, way.antialias) if smooth else (None, False)
    return torch.nn.functional.interpolate(
        pixels, size, mode=way.interpolation, align_corners=corners, antialias=antialias
    )


def scaled_size(shape: tuple[int, int], way: Preparation) -> tuple[int, int]:
    """Return the (width, height) to which a picture of ``shape`` (width, height) is scaled."""
    if way.resize not in (SHORTEST, LONGEST):
        return way.edge
    ratios = [side / edge for side, edge in zip(shape, way.edge, strict=True)]
    nearest = (min if way.resize == SHORTEST else max)(ratios)
    if way.rounding in (PROGRAM, TIMM):
        width, height = (max(1, round(side / nearest)) for side in shape)
        return width, height
    by = ratios.index(nearest)  # this side meets its edge exactly, the other one is cut to whole pixels
    width, height = (
        way.edge[side] if side == by else max(1, int(way.edge[by] * shape[side] / shape[by])) for side in (0, 1)
    )
    return width, height


def corner(scaled: tuple[int, int], way: Preparation) -> tuple[int, int]:
    """Return the (left, top) of the cut; negative where the picture is smaller and is padded."""
    spare = [side - cut for side, cut in zip(scaled, way.size, strict=True)]
    if way.rounding in (TORCHVISION, TIMM):
        left, top = (round(each / 2) for each in spare)  # halves to the even number, as torchvision has it
    else:
        left, top = (each // 2 for each in spare)
    return left, top


def _cut(scaled: Image.Image | Tensor, way: Preparation) -> Image.Image | Tensor:
    _, height, width = functional.get_dimensions(scaled)
    missing = [max(0, cut - side) for cut, side in zip(way.size, (width, height), strict=True)]
    if any(missing):
        left, top = (each // 2 for each in missing)
        fill = [round(255 * value / way.white) for value in way.mean] if way.rounding == TIMM else 0
        scaled = functional.pad(scaled, [left, top, missing[0] - left, missing[1] - top], fill)
        width, height = width + missing[0], height + missing[1]
    left, top = corner((width, height), way)
    return functional.crop(scaled, top, left, way.size[1], way.size[0])


def _tensor(picture: Image.Image | Tensor, way: Preparation) -> Tensor:
    pixels = picture if isinstance(picture, Tensor) else torch.from_numpy(np.array(picture)).permute(2, 0, 1)
    scaled = pixels if pixels.is_floating_point() else pixels.to(torch.float32) / 255
    return scaled.flip(0) if way.colours == BLUE_FIRST else scaled
