#!/usr/bin/env bash
# Pillow 13.0.0, Python 3.11, seen 2026-11-28.
#
# Guess: Image.draft() on a JPEG that cannot be decoded at a smaller scale does nothing, since it returns None for formats without it.
# Seen: of a lossless JPEG (ITU T.81, process 14, as scanners and hospitals write it) draft() takes the smaller size as done, and load()
# then fails with "broken data stream", although a plain load gives every value exactly. A program that judges files by a draft calls
# such pictures damaged; this one decodes them whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install pillow==13.0.0
venv/bin/python - <<'PY'
import io
import struct

from PIL import Image

width, height = 24, 16
rows = [[5 * (x + y) for x in range(width)] for y in range(height)]
segments = b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 8, height, width, 1) + bytes([1, 0x11, 0])
segments += b"\xff\xc4" + struct.pack(">HB", 28, 0) + bytes([0, 0, 0, 9, *[0] * 12, *range(9)])  # sizes 0 to 8 in four bits each
segments += b"\xff\xda" + struct.pack(">HB", 8, 1) + bytes([1, 0, 1, 0, 0])  # predictor 1: the value on the left
bits = ""
for y, row in enumerate(rows):
    for x, value in enumerate(row):
        step = value - (row[x - 1] if x else rows[y - 1][0] if y else 128)
        size = abs(step).bit_length()
        bits += f"{size:04b}" + (f"{step if step > 0 else step + 2**size - 1:0{size}b}" if size else "")
bits += "1" * (-len(bits) % 8)
scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
content = segments + scan + b"\xff\xd9"

plain = Image.open(io.BytesIO(content))
plain.load()
read = [[plain.getpixel((x, y)) for x in range(width)] for y in range(height)]
assert read == rows, "changed: a plain load does not give the values"
draft = Image.open(io.BytesIO(content))
draft.draft(None, (1, 1))
try:
    draft.load()
except OSError as error:
    assert "broken data stream" in str(error), f"changed: {error}"
else:
    raise SystemExit("changed: a draft of a lossless JPEG loads")
print("as described: exact by a plain load, 'broken data stream' after draft()")
PY
