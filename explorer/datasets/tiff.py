"""What a TIFF says of its values that Pillow leaves aside, and what it holds where Pillow does not open it."""

import io
from contextlib import suppress

import numpy as np
from PIL import Image, TiffImagePlugin

# How TIFFs begin, of either order of bytes; the last two are BigTIFF's.
BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
BIG = (b"II+\0", b"MM\0+")
# Numbers of tags (TIFF 6.0, section 8): what each says.
BITS, PACKING, MEANING, BANDS, FORM = 258, 259, 262, 277, 339
# Those without which a TIFF is none: width, height, and two of the above.
NEEDED = (256, 257, PACKING, MEANING)
WHITE_IS_ZERO, UNSIGNED, FRACTIONS = 0, 1, 3


def deep_values(picture: Image.Image) -> np.ndarray:
    """Return the values ``(h, w)`` of a picture of more than 8 bits; Pillow reads whole numbers of 32 bits as signed ones."""
    values = np.asarray(picture)
    signs = getattr(picture, "tag_v2", {}).get(FORM, (UNSIGNED,))
    unsigned = picture.format == "TIFF" and values.dtype == np.int32 and signs[0] == UNSIGNED
    return values.view(np.uint32) if unsigned else values


def is_negative(picture: Image.Image) -> bool:
    """Return whether a picture of more than 8 bits holds 0 for white; Pillow turns only those of up to 8 bits round."""
    return getattr(picture, "tag_v2", {}).get(MEANING) == WHITE_IS_ZERO


def unread(content: bytes) -> str:
    """Return what a TIFF holds that Pillow does not open, and what to do; empty for anything else."""
    if not content.startswith(BEGINNINGS):
        return ""
    with suppress(Exception):  # Pillow promises nothing about what it raises on damaged bytes
        tags = _tags(content)
        if not set(NEEDED) <= set(tags):
            return ""
        packing, bands, bits = tags.get(PACKING, 1), tags.get(BANDS, 1), max(tags.get(BITS, (1,)))
        if packing not in TiffImagePlugin.COMPRESSION_INFO:
            return f"it is a TIFF packed in a way that is not read ({packing}); save it without compression, or as PNG"
        kind = "fractions" if FRACTIONS in tags.get(FORM, ()) else "whole numbers"
        count = "1 band" if bands == 1 else f"{bands:,} bands"
        return f"it is a TIFF of {count} of {bits}-bit {kind}, which is not read; save the one or three bands that show the class as PNG"
    return ""


def _tags(content: bytes) -> TiffImagePlugin.ImageFileDirectory_v2:
    """Return the first directory of a TIFF."""
    found = TiffImagePlugin.ImageFileDirectory_v2(content[: 16 if content.startswith(BIG) else 8])
    stream = io.BytesIO(content)
    stream.seek(found.next)
    found.load(stream)
    return found
