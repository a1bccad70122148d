#!/usr/bin/env bash
# Pillow 13.0.0, Python 3.11, seen 2026-11-30.
#
# Guess: a grey TIFF that says that its zeros are white (photometric interpretation 0, as scanners, fax and X-ray programs write it) is
# opened with white as its largest value, whatever the number of its bits: of 1, 2, 4 and 8 bits Pillow turns the values round.
# Seen: of 16 bits, and of 32-bit fractions, the same tag is accepted and the values come out as they are stored: the same scan is a
# picture in 8 bits and its negative in 16. (In the other order of bytes, MM, the 16-bit one is not opened at all.)
# This program turns those pictures round where they are read as a range of values, and leaves them where Pillow's own reading is asked for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install pillow==13.0.0
venv/bin/python - <<'PY'
import io
import struct

from PIL import Image, UnidentifiedImageError


def tiff(values, letter, form, order="<"):
    """A TIFF 6.0 of one row of grey values, white as zero, without compression."""
    held = struct.pack(f"{order}{len(values)}{letter}", *values)
    bits = 8 * struct.calcsize(letter)
    tags = {256: len(values), 257: 1, 258: bits, 259: 1, 262: 0, 273: 8, 277: 1, 278: 1, 279: len(held), 339: form}
    held += bytes(len(held) % 2)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(held))
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items())
    return head + held + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)


def read(content):
    picture = Image.open(io.BytesIO(content))
    return picture.mode, [picture.getpixel((x, 0)) for x in range(picture.width)]


seen = read(tiff([0, 51, 255], "B", 1))
assert seen == ("L", [255, 204, 0]), f"changed: 8 bits {seen}"
seen = read(tiff([0, 13107, 65535], "H", 1))
assert seen == ("I;16", [0, 13107, 65535]), f"changed: 16 bits {seen}"
seen = read(tiff([0.0, 0.25, 1.0], "f", 3))
assert seen == ("F", [0.0, 0.25, 1.0]), f"changed: fractions {seen}"
try:
    seen = read(tiff([0, 13107, 65535], "H", 1, order=">"))
except UnidentifiedImageError:
    pass
else:
    raise SystemExit(f"changed: 16 bits in the other order of bytes {seen}")
print("as described: white as zero is turned round in 8 bits, and left as stored in 16 bits and in fractions")
PY
