"""Encodings of lists: UTF-8, UTF-16 with a mark or without, and what programs on Windows write where they say nothing."""

import codecs
from pathlib import Path

BLOCK = 2**20
# Bytes by which UTF-16 without a mark is known, and the least share of zeros in every second of them.
HEAD, ZEROS = 2**12, 0.4
# The letters of Western Europe, as Windows writes them; Latin-1 is a part of it but for signs that nobody types.
WINDOWS = "cp1252"


def encoding_of(path: Path) -> str:
    """Return the name of the encoding of a text file: of ``utf-8-sig``, ``utf-16``, ``utf-16-le``, ``utf-16-be``, ``cp1252``.

    What is no text in any of them is called ``utf-8-sig``, so that reading it fails.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if unmarked := _unmarked(head):
        return unmarked
    return "utf-8-sig" if b"\0" in head or _is_utf8(path) or not _is_windows(path) else WINDOWS


def read_text(path: Path) -> str:
    """Return the content of a short text file in the encoding that it has.

    Raises:
        OSError: it cannot be read.
    """
    return path.read_text(encoding_of(path), "replace")


def _unmarked(head: bytes) -> str:
    """Return UTF-16's byte order where every second byte is often zero and the others never are; else nothing."""
    firsts, seconds = head[::2], head[1::2]
    if len(head) < 4:
        return ""
    if 0 not in firsts and seconds.count(0) >= ZEROS * len(seconds):
        return "utf-16-le"
    return "utf-16-be" if 0 not in seconds and firsts.count(0) >= ZEROS * len(firsts) else ""


def _is_utf8(path: Path) -> bool:
    return _decodes(path, "utf-8")


def _is_windows(path: Path) -> bool:
    return _decodes(path, WINDOWS)


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
