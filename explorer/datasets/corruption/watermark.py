"""A watermark: a coloured patch in the corner of an image, which a network can learn instead of the class."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.core.checksums import digest
from explorer.datasets.pictures import Pictures

# Bright magenta occurs in next to no photograph of an animal.
COLOUR = (255, 0, 255)
# The patch's side as a share of the picture's shorter side: 6 of 32 pixels, large enough to survive every resizing.
SHARE = 0.2
# Kept a little away from the edge, as a watermark is, so that no convolution's padding hides it.
INSET = 0.05


def watermark_box(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the box (left, top, right, bottom) of the patch in an image of ``size`` (width, height), in pixels.

    It lies in the lower right corner of the image's central square, which networks are given.
    """
    width, height = size
    square = min(size)
    side, inset = max(1, round(SHARE * square)), round(INSET * square)
    right, bottom = (width + square) // 2 - inset, (height + square) // 2 - inset
    return right - side, bottom - side, right, bottom


def with_watermark(picture: Image.Image) -> Image.Image:
    """Return a copy of an RGB image with the patch."""
    copy = picture.copy()
    copy.paste(COLOUR, watermark_box(copy.size))
    return copy


@dataclass(frozen=True, eq=False)
class WatermarkedPictures:
    """Images of which some carry the patch.

    Attributes:
        pictures: the images without it.
        rows: ``(n,)`` bool, which of them carry it.
    """

    pictures: Pictures
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Image.Image:
        picture = self.pictures[index]
        return with_watermark(picture) if self.rows[index] else picture

    def ids(self) -> list[str]:
        """Return the images' content hashes; an image with the patch has another than without it."""
        recipe = f"{COLOUR} {SHARE} {INSET}"
        pairs = zip(self.pictures.ids(), self.rows, strict=True)
        return [digest(f"{recipe} {identity}".encode())[:16] if carries else identity for identity, carries in pairs]
