#!/usr/bin/env bash
# transformers 5.24.0 beside Pillow 13.0.0 and NumPy 2.4.6, without torch, Python 3.11, seen 2026-11-28.
#
# Guess: a picture that was made RGB before (as every example does, .convert("RGB")) has nothing see-through left, so a processor that
# converts to RGB (CLIP's, SigLIP's, BiT's and so DINOv2's) leaves its colours alone; an alpha channel was dropped with its stored colours.
# Seen: for a PNG or GIF with a palette of which one entry is transparent, Pillow notes that entry's colour on the RGB picture, and the
# processor lays every pixel of this colour on white, opaque pixels that merely have the same colour among them. A PNG with an alpha
# channel and the same look keeps its stored colours. So two files that look alike are given to the network differently.
# This program does the same to pictures for networks with such a processor, and nothing of it for all others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install transformers==5.24.0 pillow==13.0.0 numpy==2.4.6
venv/bin/python - 2>/dev/null <<'PY'
import numpy as np
from PIL import Image
from transformers import CLIPImageProcessorPil

DARK, RED = (10, 20, 30), (200, 0, 0)
palette = Image.fromarray(np.array([[0, 1, 2, 1]], dtype=np.uint8), "P")
palette.putpalette([*DARK, *RED, *DARK])  # entries 0 and 2 have one colour; only entry 0 is transparent
palette.save("palette.png", transparency=0)
channel = Image.new("RGBA", (4, 1))
channel.putdata([(*DARK, 0), (*RED, 255), (*DARK, 255), (*RED, 255)])
channel.save("channel.png")

plain = {"do_resize": False, "do_center_crop": False, "do_rescale": False, "do_normalize": False}
processor = CLIPImageProcessorPil(**plain)


def given(name):
    picture = Image.open(name).convert("RGB")
    assert picture.mode == "RGB"
    assert [picture.getpixel((x, 0)) for x in range(4)] == [DARK, RED, DARK, RED], "changed: convert gives other colours"
    values = np.asarray(processor(picture, return_tensors="np")["pixel_values"])[0]
    return [tuple(int(value) for value in values[:, 0, x]) for x in range(4)]


WHITE = (255, 255, 255)
assert given("channel.png") == [DARK, RED, DARK, RED], f"changed: alpha channel {given('channel.png')}"
assert given("palette.png") == [WHITE, RED, WHITE, RED], f"changed: palette {given('palette.png')}"
print("as described: the same RGB pixels, but white for the palette's transparent colour, its opaque twin included")
PY
