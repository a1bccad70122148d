"""The kind of a file by its first bytes, for files whose name does not tell."""

from pathlib import Path

from explorer.datasets.picture import ENDINGS, HEIC

# What the formats that are read begin with.
STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
)
# Bytes that are enough to know a picture by.
HEAD = 16


def picture_format(path: Path) -> str:
    """Return the format of a picture file, such as ``"JPEG"``, by its first bytes; empty where it is none or cannot be read."""
    try:
        with path.open("rb") as stream:
            return format_of(stream.read(HEAD))
    except OSError:
        return ""


def format_of(head: bytes) -> str:
    """Return the format that these first bytes of a file begin; empty where it is none that is read."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF"
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1"):
        return "HEIC" if HEIC[0] in ENDINGS else ""
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "BMP"
    return next((name for start, name in STARTS if head.startswith(start)), "")
