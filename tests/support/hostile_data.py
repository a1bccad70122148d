"""Builders of hostile data: pictures, folders, lists and archives, small on disk. Every one lies among good pictures."""

import io
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.core.checksums import digest
from explorer.datasets import open_dataset

# As many pictures a class as a split needs, and one more.
EACH = 3


def encoded(picture, form="PNG", **options):
    """Return a picture as bytes."""
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def noise(form="JPEG", size=(24, 24), **options):
    """Return a small picture that hardly compresses."""
    pixels = np.random.default_rng(7).integers(256, size=(*size, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels), form, **options)


def good(label, number):
    """Return one of the good pictures; no two are alike."""
    return encoded(Image.new("RGB", (8, 8), (number * 9, 200, len(label) * 11)))


GOOD = {f"{label}/{number}.png": good(label, number) for label in ("cat", "doggy") for number in range(EACH)}
IDS = {digest(content)[:16] for content in GOOD.values()}


def put(folder, files):
    """Write files, by their names below ``folder``, and return it."""
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def chunk(kind, content):
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, *chunks, data=b""):
    """Return a PNG that says it has this size; its pixels need not be there."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def bmp(width, height):
    """Return the head of a BMP that says it has this size."""
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def gif(width, height):
    """Return a small GIF that says it has this size."""
    content = noise("GIF")
    return content[:6] + struct.pack("<HH", width, height) + content[10:]


def many_scans():
    """Return a progressive JPEG whose last scan is there hundreds of times."""
    content = noise(progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * 300 + b"\xff\xd9"


def zipped(files, **changes):
    """Return a ZIP of files; a change is a function of a member's :class:`zipfile.ZipInfo`, by the file's name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for change in changes.values():
                change(info)
            archive.writestr(info, content)
    return stream.getvalue()


def raw_zip(files):
    """Return a ZIP whose names stand in it exactly as given, even where Python would mend them."""
    content = zipped({name.replace("\\", "|").replace("\0", "|"): data for name, data in files.items()})
    for name in files:
        content = content.replace(name.replace("\\", "|").replace("\0", "|").encode(), name.encode())
    return content


def tarred(files, *members, packed=True):
    """Return a ``.tar.gz`` (or ``.tar``) of files and of other members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz" if packed else "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in members:
            archive.addfile(info)
    return stream.getvalue()


def member(name, kind, target=""):
    """Return a tar's member that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def claims(content, size):
    """Return a ZIP whose members all say that they have this size."""
    found = bytearray(content)
    for mark, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = -1
        while (start := found.find(mark, start + 1)) >= 0:
            found[start + place : start + place + 4] = struct.pack("<I", size)
    return bytes(found)


def trap(path):
    """Return a pickle that makes a folder at ``path`` where somebody loads it."""
    return pickle.dumps(_Maker(str(path)))


@dataclass(frozen=True)
class _Maker:
    path: str

    def __reduce__(self):
        return os.mkdir, (self.path,)


def tree(folder):
    """Return every name below a folder but the cache, with what would change if it were written."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent, name) for name in (*folders, *files)):
            if path.relative_to(folder).parts[0] != "home" and len(str(path)) < 4000:
                facts = path.lstat()
                found[str(path)] = (facts.st_mode, facts.st_size, facts.st_mtime_ns)
    return found


def opened(path, outside):
    """Open a data set; nothing outside the cache may change by that."""
    before = tree(outside)
    found = open_dataset(str(path))
    assert tree(outside) == before
    return found


def ids(found):
    """Return the ids of all pictures."""
    return {*found.train.ids, *found.test.ids}


def reasons(found):
    """Return why files were left out, a line each."""
    return "\n".join(one.reason for one in found.skipped)
