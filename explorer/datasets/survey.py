"""What only the pictures of a file set tell: how many are turned by EXIF or see-through, and which range their values have.

Some are looked at, all over the set; what is found is said, and kept by the pictures' content.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from explorer.core import home
from explorer.core.checksums import canonical, digest, read_manifest, write_manifest
from explorer.core.errors import DamagedError
from explorer.core.scale import sharded
from explorer.datasets.base import Dataset
from explorer.datasets.decoding import FULL, TOPS, USUAL, Decoding
from explorer.datasets.doubts import brightness
from explorer.datasets.picture import FORMATS, read_picture
from explorer.datasets.pictures import EncodedPictures, FilePictures, Pictures, decoded, decoding_of
from explorer.datasets.tiff import deep_values

# Counted up when the same pictures would be judged otherwise.
VERSION = 3
# Pictures whose headers are read, and of those the ones whose pixels are: about a second for large photographs.
HEADERS, PIXELS = 400, 48
ORIENTATION = 0x0112
# A PNG is decoded as a whole before Pillow tells its orientation; these bytes stand in one that has any.
PNG_MARKS = (b"eXIf", b"Raw profile type")
# The keys of the facts.
TURNED, TRANSPARENT, DEEP = "turned upright by EXIF", "transparent parts", "more than 8 bits"
FRAMES = "several frames"
# Formats whose files may hold several pictures: scans of many slices, films.
FRAMED = ("TIFF", "GIF", "WEBP")


@dataclass(frozen=True)
class Survey:
    """What was found in the files that were looked at.

    Attributes:
        looked: how many they are.
        turned: those whose EXIF orientation turns or mirrors them.
        seen: those whose pixels were looked at.
        transparent: of these, the ones with parts that are not opaque.
        peak: largest value of those with more than 8 bits a channel; None where there are none.
        lowest: their smallest value.
        fractions: whether values have fractions.
        framed: those, of ``seen``, that hold several pictures, of which the first is used.
    """

    looked: int = 0
    turned: int = 0
    seen: int = 0
    transparent: int = 0
    peak: float | None = None
    lowest: float = 0.0
    fractions: bool = False
    framed: int = 0

    @property
    def range(self) -> str:
        """The range from black to white: the least that holds all values; empty for the full one, which is usual."""
        if self.peak is None or (not self.fractions and self.peak > TOPS["14-bit"]):
            return ""
        if self.fractions and self.peak <= 1:
            return "unit"
        fitting = [name for name, top in TOPS.items() if name != "unit" and self.peak <= top]
        return fitting[0] if fitting else FULL


def surveyed(dataset: Dataset) -> Dataset:
    """Return a data set of files with what its pictures tell: their range, further facts, a notice, a warning."""
    found, warning = _kept(dataset)
    train, test = (
        replace(each, pictures=_ranged(each.pictures, found.range)) for each in (dataset.train, dataset.test)
    )
    return replace(
        dataset,
        train=train,
        test=test,
        facts=dataset.facts | facts(found),
        notice=" ".join(filter(None, (dataset.notice, notice(found)))),
        warnings=(*dataset.warnings, *filter(None, (warning,))),
    )


def facts(found: Survey) -> dict[str, str]:
    """Return what a screen says of the pictures, by heading; nothing where they are as usual."""
    said = {TURNED: f"{found.turned:,} of {found.looked:,} pictures looked at"} if found.turned else {}
    if found.transparent:
        said[TRANSPARENT] = f"{found.transparent:,} of {found.seen:,} pictures looked at; laid on white"
    if found.framed:
        said[FRAMES] = f"{found.framed:,} of {found.seen:,} pictures looked at; the first of each is used"
    if found.peak is not None:
        said[DEEP] = f"values from {found.lowest:,g} to {found.peak:,g}, read as {found.range or FULL}"
    return said


def notice(found: Survey) -> str:
    """Return the sentences that everybody must see: a range that was chosen, and what lies behind transparent parts."""
    said = []
    if found.range:
        top = f"{TOPS[found.range]:,}"
        said.append(
            f"Pictures of more than 8 bits have values up to {found.peak:,g} here, so they are read as {found.range} (white is {top}); --range changes that for a network."
        )
    if found.peak is not None and found.lowest < 0:
        said.append(f"Their values below 0 (down to {found.lowest:,g}) are black.")
    if found.peak is not None and found.peak > TOPS[FULL]:
        said.append(f"Their values above {TOPS[FULL]:,} (up to {found.peak:,g}) are white.")
    if found.framed:
        said.append(
            f"{found.framed:,} of {found.seen:,} pictures looked at hold several (slices of a scan, frames of a film), of which the first is used; save the one that shows the class where that is another."
        )
    if found.transparent:
        said.append(
            f"{found.transparent:,} of {found.seen:,} pictures looked at have transparent parts, which are laid on white; --background changes that for a network."
        )
    return " ".join(said)


def _ranged(pictures: Pictures, word: str) -> Pictures:
    return decoded(pictures, replace(decoding_of(pictures), range=word)) if word else pictures


def _kept(dataset: Dataset) -> tuple[Survey, str]:
    """Return the survey and the warning on brightness of a data set, from its file where it was surveyed before."""
    path = home.data() / "surveys" / f"{_key(dataset)[:24]}.json"
    try:
        kept = read_manifest(path)
        return Survey(**kept["found"]), str(kept["warning"])
    except (DamagedError, KeyError, TypeError):
        found, warning = _looked(dataset)
    content: dict[str, Any] = {"found": vars(found), "warning": warning}
    write_manifest(path, content)
    return found, warning


def _key(dataset: Dataset) -> str:
    """Return a hash of the pictures of a data set, whatever their labels."""
    sides = (dataset.train, dataset.test)
    if sharded(sum(len(side.labels) for side in sides)):
        return digest(canonical(VERSION) + b"".join(side.id_numbers.tobytes() for side in sides))
    return digest(canonical([VERSION, *(list(side.ids) for side in sides)]))


def _looked(dataset: Dataset) -> tuple[Survey, str]:
    """Return the survey and the warning; each picture is read once, as those of larger files lie in groups that are slow to reach."""
    sides = (dataset.train.pictures, dataset.test.pictures)
    count = sum(map(len, sides))
    headers, pixels = _spread(count, HEADERS), _spread(count, PIXELS)
    found, sketches = Survey(), []
    for place in sorted(headers | pixels):
        pictures, row = _at(sides, place)
        with suppress(DamagedError, OSError):  # whoever needs the picture itself is told
            content = _encoded(pictures, row)
            if place in headers and content:
                found = replace(found, looked=found.looked + 1, turned=found.turned + _is_turned(content))
            if place in pixels:
                found = _with_pixels(found, content) if content else found
                sketches.append(_sketch(pictures, row, content))
    if found.range:  # known only now
        sketches = [*_sketches(sides, sorted(pixels), Decoding(range=found.range))]
    return found, brightness.warning(sketches)


def _sketches(sides: Sequence[Pictures], places: Sequence[int], decoding: Decoding) -> Iterator[Image.Image]:
    """Yield some pictures for a judgement of their brightness."""
    for pictures, row in (_at(sides, place) for place in places):
        with suppress(DamagedError, OSError):
            yield _sketch(pictures, row, _encoded(pictures, row), decoding)


def _sketch(pictures: Pictures, row: int, content: bytes, decoding: Decoding = USUAL) -> Image.Image:
    """Return a picture small and grey, a JPEG decoded at an eighth of its size; ``content`` is empty where it is no file."""
    return brightness.small(read_picture(content, sketch=True, decoding=decoding) if content else pictures[row])


def _spread(count: int, most: int) -> set[int]:
    """Return at most ``most`` of ``count`` places, evenly from all over."""
    return {*np.linspace(0, count - 1, min(most, count)).round().astype(int).tolist()}


def _at(sides: Sequence[Pictures], place: int) -> tuple[Pictures, int]:
    """Return the pictures and the row in them of a place in all sides, one behind the other."""
    first = len(sides[0])
    return (sides[0], place) if place < first else (sides[1], place - first)


def _encoded(pictures: Pictures, row: int) -> bytes:
    """Return the bytes of a picture's file; empty for images that are no files."""
    return pictures.encoded(row) if isinstance(pictures, FilePictures | EncodedPictures) else b""


def _is_turned(content: bytes) -> bool:
    if content.startswith(b"\x89PNG") and not any(mark in content for mark in PNG_MARKS):
        return False
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            return picture.getexif().get(ORIENTATION, 1) in range(2, 9)
    except Exception:  # damaged EXIF raises almost anything, and turns nothing
        return False


def _with_pixels(found: Survey, content: bytes) -> Survey:
    """Return the survey with one more picture: its range, and whether parts of it are see-through."""
    with suppress(Exception):  # damaged bytes raise almost anything in Pillow; they were checked, and tell nothing here
        return _with_values_and_alpha(found, content)
    return found


def _with_values_and_alpha(found: Survey, content: bytes) -> Survey:
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        seen = replace(found, seen=found.seen + 1, framed=found.framed + _has_frames(picture))
        if picture.mode.startswith("I") or picture.mode == "F":
            values = deep_values(picture)
            values = values[np.isfinite(values)] if values.dtype.kind == "f" else values
            return _with_values(seen, values) if values.size else seen
        if "A" not in picture.getbands() and "transparency" not in picture.info:
            return seen
        clear = bool((np.asarray(picture.convert("RGBA").getchannel("A")) < 255).any())
        return replace(seen, transparent=seen.transparent + clear)


def _has_frames(picture: Image.Image) -> bool:
    """Return whether a file holds a second picture; its first one is at hand afterwards."""
    if picture.format not in FRAMED:
        return False
    try:
        picture.seek(1)
    except EOFError:
        return False
    finally:
        picture.seek(0)
    return True


def _with_values(found: Survey, values: np.ndarray) -> Survey:
    high, low = float(values.max()), float(values.min())
    return replace(
        found,
        peak=high if found.peak is None else max(found.peak, high),
        lowest=low if found.peak is None else min(found.lowest, low),
        fractions=found.fractions or (values.dtype.kind == "f" and bool((values % 1).any())),
    )
