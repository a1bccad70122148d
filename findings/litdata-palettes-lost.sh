#!/usr/bin/env bash
# litdata 0.2.76 beside Pillow 13.0.0, torch 2.13.0 and NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: optimize() keeps a Pillow picture that a sample holds (it "inferred the following ['int', 'pil'] data format") as it is, in whatever mode
# Pillow opened it; what it cannot keep it refuses, as it refuses numbers in the other order of bytes.
# Seen: a picture that is no JPEG is kept as size, mode and pixels. Of a PNG or GIF with a palette the pixels are numbers of the palette, and the
# palette is left out. StreamingDataset returns a picture of mode P without one, which converted to RGB, as every loader does, is black
# all over: data of drawings, screenshots or PNGs made small lose part or all of their pictures, and labels and sizes stay right. A
# transparent entry is lost too. Nothing is said; RGB, RGBA, L and 16 bits come back right.
# So: return image.convert("RGB"), or the file's bytes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile litdata==0.2.76 pillow==13.0.0 torch==2.13.0 numpy==2.4.6
cat >kept.py <<'PY'
import torch

operators = torch.library.Library("torchvision", "FRAGMENT")  # torchvision's own do not load beside a torch without CUDA; none is used here
for name in ("nms", "qnms"):
    operators.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")

import numpy as np
from litdata import StreamingDataset, optimize
from PIL import Image

COLOURS = [(255, 0, 0), (0, 0, 255), (255, 255, 0), (0, 128, 0)]
MODES = ("P", "RGB", "RGBA", "L", "I;16")


def picture(number):
    """Return the same four squares, kept in another mode each, as Pillow opens it from a PNG."""
    colours = np.array(COLOURS, dtype=np.uint8).reshape(2, 2, 3).repeat(16, 0).repeat(16, 1)
    whole = Image.fromarray(colours)
    mode = MODES[number]
    if mode == "I;16":
        whole = Image.fromarray(np.asarray(whole.convert("L")).astype(np.uint16) * 257)
    else:
        whole = whole.quantize(4) if mode == "P" else whole.convert(mode)
    path = f"{number}.png"
    whole.save(path, transparency=1) if mode == "P" else whole.save(path)
    with Image.open(path) as opened:
        opened.load()
        return {"number": number, "image": opened.copy()}


def seen(image):
    return np.asarray(image if image.mode == "I;16" else image.convert("RGB")).astype(int)


if __name__ == "__main__":
    optimize(picture, list(range(len(MODES))), output_dir="kept", chunk_bytes="1MB", num_workers=1)
    for sample in StreamingDataset("kept"):
        mode, image, right = MODES[sample["number"]], sample["image"], picture(sample["number"])["image"]
        assert image.mode == right.mode == mode and image.size == right.size, f"changed: {mode} is {image.mode}"
        off = int(np.abs(seen(image) - seen(right)).max())
        print(f"{mode}: off by {off}")
        if mode != "P":
            assert off == 0, f"changed: {mode} is off by {off}"
            continue
        colours = {tuple(colour) for colour in seen(image).reshape(-1, 3).tolist()}
        assert colours == {(0, 0, 0)}, f"changed: {colours}"
        assert np.array_equal(np.asarray(image), np.asarray(right)), "changed: numbers of the palette"
        assert "transparency" in right.info and "transparency" not in image.info, "changed: transparency"
    print("as described: palettes are lost")
PY
venv/bin/python kept.py 2>said.txt || { cat said.txt; exit 1; }
! grep -qiE "palette|mode|colou?r" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
