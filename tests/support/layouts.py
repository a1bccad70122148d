"""Builders of data sets as people have them: small pictures below a folder, no two alike, and lists beside them."""

import csv
import io
import zlib

from PIL import Image

KINDS = ("cat", "dog", "fox")


def picture(seed, form="PNG", **options):
    """Return a small picture as bytes; another number, another picture."""
    number = zlib.crc32(str(seed).encode())
    image = Image.new("RGB", (6, 5), (number & 255, number >> 8 & 255, number >> 16 & 255))
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def pictures(pattern, count=5, kinds=KINDS, start=0):
    """Return pictures of each kind by names such as ``train/{kind}/{n}.png``."""
    names = [pattern.format(kind=kind, n=n) for kind in kinds for n in range(start, start + count)]
    return {name: picture(name) for name in names}


def table(head, rows, separator=","):
    """Return a list as CSV; no head where it is empty."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator).writerows([*([head] if head else []), *rows])
    return stream.getvalue().encode()
