"""Decoding of untrusted image files to RGB, and the reason why a file cannot be used; nothing but pixels is read."""

import contextlib
import functools
import importlib.util
import io
import logging
import threading
import warnings
import zipfile

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from explorer.core.errors import DamagedError
from explorer.datasets.decoding import CLIPPED, DROPPED, FULL, KEYED, TOPS, UPRIGHT, USUAL, WHITE, Decoding
from explorer.datasets.tiff import deep_values, is_negative, unread

ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".jpe", ".jfif", ".avif"}
ENDINGS |= {".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpx", ".jpf"}
# Pillow knows forty formats, and hands PostScript to another program: only these are opened, whatever a file is called.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", "PPM", "JPEG2000")
# What telephones write; read where the extra for it is installed: pip install 'influence-explorer[heif]'.
HEIC = (".heic", ".heif", ".hif")
ENDINGS |= set(HEIC) if importlib.util.find_spec("pillow_heif") else set()
# A picture needs up to 14 bytes a pixel while it is turned and laid on white; with the program itself that stays below 2 GB.
MOST_PIXELS = 64_000_000
# A network is given the shorter side enlarged: a line of 1 × 50,000 pixels would become two thousand million.
MOST_LONG = 200
# Of pictures above this size one is decoded at a time: two large ones at once would need twice the memory.
LARGE_PIXELS = 4_000_000
_one_at_a_time = threading.Lock()
# An uncompressed picture of that many pixels has 192 MB; whatever is larger is no picture.
MOST_BYTES = 256 * 2**20
# Progressive JPEGs have about ten scans; each is decoded over all pixels, so thousands of them are a trap.
MOST_SCANS = 100
# Where a PNG may say how it is turned; Pillow takes as long to look for it there as to open the file.
TURNED = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}
# How files of the two usual formats begin and end.
PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"
JPEG, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# What people find in folders of pictures under a picture's name.
DISGUISES = {
    b"<svg": "it is an SVG drawing; save it as PNG",
    b"<?xml": "it is XML, perhaps an SVG drawing; save it as PNG",
    b"<!doctype": "it is a web page, not a picture",
    b"<html": "it is a web page, not a picture",
    b"version https://git-lfs": "it is a pointer of Git LFS; fetch the file itself with git lfs pull",
    b"%pdf": "it is a PDF; save its picture as PNG",
    b"%!ps": "it is PostScript, which is a program; save its picture as PNG",
    b"pk\3\4": "it is a ZIP archive, not a picture",
}
# What makes a picture a web page or a program as well; a photograph never has it. Six bytes or more do not come by chance.
MARKUP = (b"<script", b"<SCRIPT", b"<html>", b"<HTML>", b"<!doctype html", b"<!DOCTYPE html", b"<?php ")
# The comment at a ZIP's end, behind which its directory is named, has at most 64 KiB; a PDF may begin within its first KiB.
TAIL, HEAD = 65_557, 1024

# Words in Pillow's errors that mean no more than: the content is damaged.
JARGON = ("decoder", "data stream", "unpack", "broken PNG", "buffer", "codec", "object", "tile", "Plugin")

# Pillow warns on standard error of what it then reads or refuses; a person is told in a sentence instead.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


def read_picture(content: bytes, sketch: bool = False, decoding: Decoding = USUAL) -> Image.Image:
    """Decode one picture as RGB; usually turned upright as its EXIF orientation says, transparent parts on white.

    Args:
        content: of the file; of an animation the first frame is decoded.
        sketch: decode a JPEG at an eighth of its size, which reads all of its bytes in half the time.
        decoding: orientation, background and range.

    Raises:
        DamagedError: Pillow cannot decode all of it, or it is too large.
    """
    try:
        with Image.open(io.BytesIO(content), formats=formats()) as picture:
            large = _check_size(picture)
            if sketch and picture.format == "JPEG":
                picture.draft(None, (1, 1))
            with _one_at_a_time if large else contextlib.nullcontext():
                if decoding.orientation == UPRIGHT:
                    _turn_upright(picture)
                return _in_colours(picture, decoding)
    except DamagedError:
        raise
    except UnidentifiedImageError as error:  # its own words name an object in memory
        said = unread(content) or "its content is of no known format"
        raise DamagedError(f"A picture cannot be read: {said}.") from error
    except Image.DecompressionBombError as error:
        raise DamagedError(f"A picture cannot be read: {_too_large()}.") from error
    except Exception as error:  # Pillow promises nothing about what it raises on damaged bytes
        raise DamagedError(f"A picture cannot be read: {_reason(error)}.") from error


def _turn_upright(picture: Image.Image) -> None:
    """Turn a picture as its orientation says; a PNG that says none is only decoded."""
    picture.load()  # a PNG may say it behind its pixels
    if picture.format != "PNG" or TURNED & picture.info.keys():
        ImageOps.exif_transpose(picture, in_place=True)


@functools.cache
def formats() -> tuple[str, ...]:
    """Return the formats that are opened: Pillow's, and HEIC where its plugin is installed."""
    if HEIC[0] not in ENDINGS:
        return FORMATS
    import pillow_heif  # an extra

    pillow_heif.register_heif_opener(thumbnails=False)
    return (*FORMATS, "HEIF")


def fault(content: bytes, decode: bool = True) -> str:
    """Return the reason why ``content`` cannot be used as an image; empty where it can.

    Args:
        content: of the file.
        decode: also what begins and ends as a whole picture does; anything else always is.
    """
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not content:
        return "it is empty"
    if start.startswith(tuple(DISGUISES)):
        return next(words for mark, words in DISGUISES.items() if start.startswith(mark))
    if other := _second_nature(content):
        return f"it is a picture and {other} at once; save it again as a picture alone"
    if start.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MOST_SCANS:
        return f"it is a JPEG of more than {MOST_SCANS} scans, made to keep a computer busy; save it again"
    if not decode and _begins_and_ends(content):
        return ""
    reason = _refusal(content, sketch=True)
    if reason and start.startswith(b"\xff\xd8\xff"):  # a lossless JPEG, as medicine has, cannot be decoded at an eighth
        return _refusal(content, sketch=False)
    return reason


def _begins_and_ends(content: bytes) -> bool:
    """Return whether a PNG or JPEG ends as it should, which one that was cut short does not, and states a size that is read."""
    if content.startswith(PNG) and content.endswith(PNG_END):
        size = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    elif content.startswith(JPEG) and content.endswith(JPEG_END):
        try:
            size = Image.open(io.BytesIO(content), formats=("JPEG",)).size
        except Exception:  # Pillow promises nothing about what it raises on damaged bytes
            return False
    else:
        return False
    return 0 < max(size) <= MOST_LONG * min(size) and size[0] * size[1] <= MOST_PIXELS


def _refusal(content: bytes, sketch: bool) -> str:
    try:
        read_picture(content, sketch)
    except DamagedError as error:
        return str(error).removeprefix("A picture cannot be read: ").rstrip(".")
    return ""


def _check_size(picture: Image.Image) -> bool:
    """Return whether an image has more than ``LARGE_PIXELS``.

    Raises:
        DamagedError: it is too large, or too long for its width.
    """
    pixels = picture.width * picture.height
    if pixels > MOST_PIXELS:
        raise DamagedError(f"A picture cannot be read: {_too_large(picture.width, picture.height)}.")
    if max(picture.size) > MOST_LONG * min(picture.size):
        long = f"it has {picture.width:,} × {picture.height:,} pixels; no side may be {MOST_LONG} times the other"
        raise DamagedError(f"A picture cannot be read: {long}.")
    return pixels > LARGE_PIXELS


def _too_large(width: int = 0, height: int = 0) -> str:
    size = f"it has {width:,} × {height:,} pixels" if width else "it has too many pixels"
    return f"{size}; at most {MOST_PIXELS:,} can be read"


def _in_colours(picture: Image.Image, decoding: Decoding) -> Image.Image:
    """Return a picture of any mode in RGB."""
    if decoding.range != CLIPPED and (picture.mode.startswith("I") or picture.mode == "F"):
        values = _in_bytes(deep_values(picture), decoding.range)
        picture = Image.fromarray(255 - values if is_negative(picture) else values)
    see_through = "A" in picture.getbands() or "transparency" in picture.info
    if decoding.background == DROPPED or not see_through:
        return picture.convert("RGB")
    if decoding.background == KEYED:
        plain = picture.convert("RGB")
        return _laid_on(WHITE, plain) if plain.info.get("transparency") is not None else plain
    return _laid_on(decoding.background, picture)


def _laid_on(background: str, picture: Image.Image) -> Image.Image:
    picture = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, background), picture).convert("RGB")


def _in_bytes(values: np.ndarray, of: str) -> np.ndarray:
    """Return values of more than 8 bits as bytes, from black to white by the range ``of``; beyond it they are clipped."""
    if of in ("", FULL) and values.dtype.kind != "f":  # the high byte
        return (values >> 8).clip(0, 255).astype(np.uint8)
    known = np.nan_to_num(values.astype(np.float64), posinf=np.inf, neginf=0.0)
    if of in ("", "8-bit"):
        return known.clip(0, 255).astype(np.uint8)  # fractions are cut off, as Pillow does
    return np.rint(known.clip(0, TOPS[of]) * (255 / TOPS[of])).astype(np.uint8)


def _reason(error: Exception) -> str:
    """Return the reason in an error of Pillow's, on one line; jargon is replaced by plain words."""
    words = " ".join(str(error).split()).rstrip(".")
    if "truncated" in words.lower() or "end of file" in words.lower():
        return "it is cut short"
    plain = isinstance(error, OSError | ValueError | SyntaxError) and words
    return words if plain and not any(term in words for term in JARGON) else "its content is damaged"


def _second_nature(content: bytes) -> str:
    """Return what else the bytes of an image are, such as a PDF; empty for nothing else."""
    if any(mark in content for mark in MARKUP):
        return "a web page or program"
    if b"%PDF-" in content[:HEAD]:
        return "a PDF"
    return "a ZIP archive" if b"PK\5\6" in content[-TAIL:] and _is_archive(content) else ""


def _is_archive(content: bytes) -> bool:
    """Return whether a ZIP's directory can be read; its four bytes alone come by chance, too."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return bool(archive.namelist())
    except Exception:  # damaged archives raise almost anything
        return False
