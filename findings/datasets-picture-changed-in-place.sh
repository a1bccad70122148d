#!/usr/bin/env bash
# datasets 5.2.0 beside Pillow 13.0.0 and pyarrow 26.0.1, Python 3.11, seen 2026-11-30.
#
# Guess: what map() returns as "image" is what the new data set holds, as for numbers and text; a face that was painted over is gone.
# Seen: a picture that Pillow opened from a file remembers the file's name, and a picture with such a name is kept as that name, whatever
# its pixels are by then. All that Pillow does in place is lost: ImageDraw, thumbnail(), paste(), putpixel(). Of a
# folder of pictures map() runs for each, and the result shows the files as they were; so does Dataset.from_dict of such pictures, and what
# save_to_disk writes: who passes it on passes the faces on. What makes a new picture (resize, crop, copy, convert) is kept, and so is all
# that is done in place to pictures that lie in the data set as bytes, as those from the hub do. Nothing is said.
# So: return image.copy() from map().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile datasets==5.2.0 pillow==13.0.0 pyarrow==26.0.1
HF_HOME="$folder/home" HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
from pathlib import Path

import numpy as np
from datasets import Dataset, Features, load_dataset, load_from_disk
from datasets import Image as ImageFeature
from PIL import Image, ImageDraw

SIZE, BRIGHT = 64, 200
place = Path("pictures")
place.mkdir()
for name in ("a.png", "b.jpg"):
    Image.new("RGB", (SIZE, SIZE), (BRIGHT, BRIGHT, BRIGHT)).save(place / name)


def painted(image):
    """Paint over the left half, in place."""
    ImageDraw.Draw(image).rectangle((0, 0, SIZE // 2 - 1, SIZE - 1), fill=(0, 0, 0))
    assert np.asarray(image)[5, 5].max() == 0
    return image


def smaller(image):
    image.thumbnail((16, 16))
    assert image.size == (16, 16)
    return image


def left(data):
    """Return how bright a pixel of the left half is in each picture."""
    return [int(np.asarray(row["image"])[5, 5].max()) for row in data]


def widths(data):
    return [row["image"].width for row in data]


folder = load_dataset("imagefolder", data_dir=str(place), split="train", cache_dir="cache")
changed = folder.map(lambda row: {"image": painted(row["image"])})
print(f"painted black, brightness in the data set: {left(changed)}; with copy(): ", end="")
assert left(changed) == [BRIGHT, BRIGHT], f"changed: painted {left(changed)}"
kept = folder.map(lambda row: {"image": painted(row["image"]).copy()})
print(left(kept))
assert max(left(kept)) < 10, f"changed: copy {left(kept)}"
assert widths(folder.map(lambda row: {"image": smaller(row["image"])})) == [SIZE, SIZE], "changed: thumbnail"
assert widths(folder.map(lambda row: {"image": row["image"].resize((16, 16))})) == [16, 16], "changed: resize"

changed.save_to_disk("saved")
assert left(load_from_disk("saved")) == [BRIGHT, BRIGHT], "changed: what is saved"
opened = [painted(Image.open(place / name)) for name in ("a.png", "b.jpg")]
assert left(Dataset.from_dict({"image": opened})) == [BRIGHT, BRIGHT], "changed: from_dict"

contents = [{"bytes": (place / name).read_bytes(), "path": None} for name in ("a.png", "b.jpg")]
held = Dataset.from_dict({"image": contents}, features=Features({"image": ImageFeature()}))
assert left(held) == [BRIGHT, BRIGHT] and max(left(held.map(lambda row: {"image": painted(row["image"])}))) < 10, "changed: bytes"
print("as described: the files as they were")
PY
! grep -qiE "image|filename|path" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
