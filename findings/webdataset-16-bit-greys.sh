#!/usr/bin/env bash
# webdataset 1.0.2 and ImageHash 4.3.2 beside Pillow 13.0.0 and NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: decode("torchrgb"), "rgb", "rgb8", "l8" and the others make of a grey PNG of 16 bits, as X-ray, depth and microscope pictures are kept, what
# they make of the same one in 8 bits, 0 to 255 or 0 to 1; or they refuse it. So does ImageHash, whose hashes of one picture are alike.
# Seen: neither. Both leave it to Pillow's convert, which cuts off at 255 what does not fit into 8 bits, so that everything but the darkest 0.4 % is
# white. A smooth picture of 256 greys has two left, 0 and 255, in each of the nine ways to decode; of 12 bits in 16 the darkest sixteenth is left.
# To ImageHash the same picture in 8 and in 16 bits is as far apart as two that have nothing in common (24 to 31 of 64 bits by all five hashes), and
# average_hash, dhash and phash_simple find two others in 16 bits near one another (6 to 8). Nothing is said.
# So: np.asarray of the opened picture, divided by 257, before the hash; and a decoder of one's own for webdataset.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile webdataset==1.0.2 ImageHash==4.3.2 pillow==13.0.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
import io
import tarfile

import imagehash
import numpy as np
import webdataset
from PIL import Image

WAYS = ("l8", "rgb8", "rgba8", "l", "rgb", "rgba", "pill", "pilrgb", "pil")
HASHES = (imagehash.average_hash, imagehash.dhash, imagehash.whash, imagehash.phash, imagehash.phash_simple)


def greys(seed):
    """Return a smooth picture of values 0 to 255."""
    squares = Image.fromarray(np.random.default_rng(seed).integers(0, 256, size=(8, 8), dtype=np.uint8))
    return np.asarray(squares.resize((128, 128), Image.Resampling.BICUBIC))


def opened(values):
    held = io.BytesIO()
    Image.fromarray(values).save(held, "PNG")
    return held.getvalue()


def decoded(way, content):
    """Return what a reader of a tar file of one picture gets."""
    with tarfile.open("one.tar", "w") as archive:
        entry = tarfile.TarInfo("one.png")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    sample = next(iter(webdataset.WebDataset("one.tar", shardshuffle=False).decode(way)))
    found = np.asarray(sample["png"])
    return np.rint(found * 255) if found.dtype == np.float32 else found


first, second = greys(1), greys(2)
eight, sixteen, twelve = opened(first), opened(first.astype(np.uint16) * 257), opened(first.astype(np.uint16) * 16)
for way in WAYS:
    right, found, dark = (decoded(way, content) for content in (eight, sixteen, twelve))
    right, found, dark = (of[..., 0] if of.ndim == 3 else of for of in (right, found, dark))
    assert np.array_equal(right, first), f"changed: {way} of 8 bits"
    assert np.array_equal(found, np.where(first > 0, 255, 0)), f"changed: {way} of 16 bits"
    assert np.array_equal(dark, np.minimum(first.astype(int) * 16, 255)), f"changed: {way} of 12 bits"
print(f"{len(WAYS)} ways to decode: {len(np.unique(first))} greys are {len(np.unique(np.where(first > 0, 255, 0)))}")

for of in HASHES:
    whole = [of(Image.fromarray(values)) for values in (first, second)]
    deep = [of(Image.open(io.BytesIO(opened(values.astype(np.uint16) * 257)))) for values in (first, second)]
    same, others, deep_others = whole[0] - deep[0], whole[0] - whole[1], deep[0] - deep[1]
    print(f"{of.__name__}: the same picture in 8 and 16 bits {same} bits apart, two others {others}, these in 16 bits {deep_others}")
    assert same > 16 and others > 24, f"changed: {of.__name__} {same}, {others}"
    assert of in HASHES[2:4] or deep_others < 12, f"changed: {of.__name__} of 16 bits {deep_others}"
print("as described: 16 bits are cut off at 255")
PY
! grep -qiE "bit|mode|convert|clip" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
