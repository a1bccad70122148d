"""Pictures of any size to batches of one size, as a network is given them."""

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from explorer.datasets.pictures import Pictures, decoded
from explorer.models.preparation.library_pixels import prepared_picture
from explorer.models.preparation.preparation import Preparation

# Images a batch: at 128 px on two cores 10 took 43 s for 12,000, 50 took 53 s (the cache holds no more).
BATCH = 10
# Ten photographs of a hundred megapixels would take 4 GB before one of them is made small.
HELD_PIXELS = 40_000_000
# A square of 64 megapixels would take 2 GB in floating point; Pillow makes large ones small in bytes.
SQUARE_PIXELS = 4_000_000


def batches(pictures: Pictures, rows: Sequence[int], how: Preparation | int, batch: int = BATCH) -> Iterator[Tensor]:
    """Yield batches ``(b, 3, height, width)`` in 0 … 1, prepared as asked, or in the usual way at a size.

    In the usual way pictures of one small size are enlarged together.
    """
    way = Preparation.of(how)
    seen = pictures if way.is_usual else decoded(pictures, way.decoding)
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        if way.is_usual:
            yield _together(seen, part, way.size[0])
        else:
            yield torch.stack([prepared_picture(seen[row], way) for row in part])


def _together(pictures: Pictures, rows: Sequence[int], size: int) -> Tensor:
    """Return :func:`prepare` of some pictures, of which no more are held at once than ``HELD_PIXELS`` and one."""
    held: list[Image.Image] = []
    pixels = 0
    for row in rows:
        held.append(pictures[row])
        pixels += held[-1].width * held[-1].height
        if not _alike([held[0], held[-1]]) or pixels > HELD_PIXELS:
            break
    else:
        return prepare(held, size)
    rest = rows[len(held) :]
    alike = _alike(held) and all(pictures[row].size == held[0].size for row in rest)
    one = _enlarged if alike else _centres
    return torch.cat([one([picture], size) for picture in chain(held, (pictures[row] for row in rest))])


def prepare(pictures: list[Image.Image], how: Preparation | int) -> Tensor:
    """Return decoded images as ``(b, 3, height, width)`` float32 in 0 … 1; in the usual way at a size where that is given."""
    way = Preparation.of(how)
    if not way.is_usual:
        return torch.stack([prepared_picture(picture, way) for picture in pictures])
    return (_enlarged if _alike(pictures) else _centres)(pictures, way.size[0])


def _alike(pictures: list[Image.Image]) -> bool:
    """Return whether pictures are enlarged together: squares of one size, small enough to be held in floating point."""
    side = pictures[0].width
    return side * side <= SQUARE_PIXELS and all(picture.size == (side, side) for picture in pictures)


def _enlarged(pictures: list[Image.Image], size: int) -> Tensor:
    batch = _batch([np.asarray(picture) for picture in pictures])
    if batch.shape[-1] == size:
        return batch
    return functional.interpolate(batch, (size, size), mode="bicubic", antialias=True).clamp_(0, 1)


def _centres(pictures: list[Image.Image], size: int) -> Tensor:
    return _batch([_cut(picture, size) for picture in pictures])


def _batch(pixels: list[np.ndarray]) -> Tensor:
    """Return pictures ``(height, width, 3)`` of bytes as ``(b, 3, height, width)`` in 0 … 1, colour by colour in memory.

    In this order torch enlarges in half the time, and ONNX Runtime takes them as they are.
    """
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).contiguous() / 255


def _cut(picture: Image.Image, size: int) -> np.ndarray:
    (width, height), (left, top) = centre_crop(picture.size, size)
    enlarged = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.array(enlarged.crop((left, top, left + size, top + size)))


def centre_crop(shape: tuple[int, int], size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the (width, height) to which an image of ``shape`` is scaled, and the (left, top) of the square cut out of it."""
    scale = size / min(shape)
    width, height = (max(size, round(side * scale)) for side in shape)
    return (width, height), ((width - size) // 2, (height - size) // 2)
