#!/usr/bin/env bash
# Pillow 13.0.0 beside NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: a grey TIFF of unsigned 32-bit numbers, as microscopes sum them up and other libraries write an array of uint32, is read as it is
# stored or refused; Pillow reads its tag for the sort of number (SampleFormat 1) and tells signed numbers from unsigned ones in 8 and 16 bits.
# Seen: it is opened in mode I without a word, every value from 2^31 on comes out negative, and so the brightest parts are the darkest;
# a picture stretched from its least to its largest value has its greys in the wrong order. The tag is kept, so a reader can undo it, as
# this program does: numpy.asarray(picture).view(numpy.uint32).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile pillow==13.0.0 numpy==2.4.6
venv/bin/python - <<'PY'
import io
import struct

import numpy as np
from PIL import Image


def tiff(values, kind, form):
    """A TIFF 6.0 of one row of grey values, black as zero, without compression."""
    held = np.array(values, dtype=kind).tobytes()
    tags = {256: len(values), 257: 1, 258: 8 * len(held) // len(values), 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: len(held), 339: form}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<I", 8 + len(held)) + held + struct.pack("<H", len(tags)) + entries + bytes(4)


VALUES = [0, 2**31 - 1, 2**31, 2**32 - 1]
picture = Image.open(io.BytesIO(tiff(VALUES, "<u4", 1)))
read = np.asarray(picture)
assert picture.mode == "I", f"changed: mode {picture.mode}"
assert read.tolist() == [[0, 2**31 - 1, -(2**31), -1]], f"changed: {read.tolist()}"
assert picture.tag_v2[339] in (1, (1,)), f"changed: the tag {picture.tag_v2[339]}"
assert read.view(np.uint32).tolist() == [VALUES]
sixteen = np.asarray(Image.open(io.BytesIO(tiff([0, 40000], "<u2", 1))))
assert sixteen.tolist() == [[0, 40000]], f"changed: 16 bits {sixteen.tolist()}"
print("as described: unsigned values from 2^31 on are negative in mode I, those of 16 bits are not")
PY
