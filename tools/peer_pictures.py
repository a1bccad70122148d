"""Photographs as people have them: of many sizes, turned by EXIF, in grey, CMYK, with a palette or see-through; two classes."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("cat", "dog")
# EXIF's tag of the orientation; every second picture has one of its eight values.
ORIENTATION = 0x0112
# Factors by which photographs are made larger or smaller.
SCALES = (1.0, 0.4, 2.3, 3.1, 1.7)


def written(folder: Path, photographs: Path | None, train: int, test: int, side: int = 224) -> Path:
    """Write class folders ``train`` and ``test`` and return the folder.

    Args:
        folder: to write into.
        photographs: a folder with ``train/cat`` and so on; drawn pictures where there is none.
        train: how many pictures of the training side; each is stored in its own way.
        test: how many of the other side, likewise.
        side: pixels of the longer side of drawn pictures.
    """
    for split, count in (("train", train), ("test", test)):
        for number in range(count):
            label = CLASSES[number % 2]
            picture = _picture(photographs, split, label, number // 2, side)
            place = folder / split / label
            place.mkdir(parents=True, exist_ok=True)
            ending, content = stored(picture, number)
            (place / f"{number:04d}.{ending}").write_bytes(content)
    return folder


def stored(picture: Image.Image, number: int) -> tuple[str, bytes]:
    """Return the ending and the bytes of a picture, in the way that its number asks for."""
    rng = np.random.default_rng(number)
    scale = SCALES[number % len(SCALES)]
    width, height = (max(24, round(side * scale) + int(rng.integers(0, 3))) for side in picture.size)
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    orientation = number // 2 % 8 + 1 if number % 2 == 0 else 1
    kind = number % 11
    if kind == 3:
        return "jpg", _bytes(picture.convert("L"), "JPEG", orientation)
    if kind == 5:
        return "jpg", _bytes(picture.convert("CMYK"), "JPEG", orientation)
    if kind == 7:
        paletted = picture.convert("P", palette=Image.Palette.ADAPTIVE)
        paletted.info["transparency"] = 0
        return "png", _bytes(paletted, "PNG", orientation)
    if kind == 9:
        alpha = Image.fromarray(np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1)))
        picture.putalpha(alpha)
        return "png", _bytes(picture, "PNG", orientation)
    return "jpg", _bytes(picture, "JPEG", orientation)


def orientation_of(file: Path) -> int:
    """Return the orientation in a file's EXIF, 1 where it has none."""
    with Image.open(file) as picture:
        return int(picture.getexif().get(ORIENTATION, 1))


def _bytes(picture: Image.Image, form: str, orientation: int) -> bytes:
    stream, exif = io.BytesIO(), Image.Exif()
    exif[ORIENTATION] = orientation
    picture.save(stream, form, quality=92, **({"exif": exif} if orientation > 1 else {}))
    return stream.getvalue()


def _picture(photographs: Path | None, split: str, label: str, number: int, side: int) -> Image.Image:
    if photographs is None:
        return _drawn(CLASSES.index(label), number + (0 if split == "train" else 10_000), side)
    files = sorted((photographs / split / label).glob("*.jpg"))
    with Image.open(files[number % len(files)]) as picture:
        return picture.convert("RGB")


def _drawn(label: int, number: int, side: int) -> Image.Image:
    """Return coarse coloured noise, warmer in one class."""
    rng = np.random.default_rng([number, label])
    pixels = rng.integers(0, 256, (9, 12, 3)) + np.array([(0, 0, 40), (40, 0, 0)][label])
    shape = (side, int(side * (0.6 + 0.4 * rng.random())))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).resize(shape, Image.Resampling.BICUBIC)


def photographs_beside(folder: Path) -> Path | None:
    """Return the photographs beside a checkout, None where there are none."""
    return next(_there(folder), None)


def _there(folder: Path) -> Iterator[Path]:
    for above in (folder, *folder.parents):
        place = above / "shared/data/photos"
        if (place / "test" / CLASSES[0]).is_dir():
            yield place
