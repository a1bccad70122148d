#!/usr/bin/env bash
# cleanvision 0.3.7 beside Pillow 13.0.0 and NumPy 2.4.6, Python 3.11, seen 2026-11-30.
#
# Guess: Imagelab looks at pictures as they look: dark, light and "exact duplicates" are of the same colours whether a PNG keeps colours or
# numbers of a palette (GIF, and PNG made small by pngquant or a drawing program), since "blurry" and "near duplicates" are so.
# Seen: these checks take the numbers of the palette for brightness and for the picture. A bright photo kept with 16 colours is dark, with a
# score of 0.06 where the same colours as RGB have 0.9; a black one with 256 colours, which is dark as RGB, is not. Two drawings of the same
# shapes in other colours are exact duplicates of one another, and neither is one of its own copy in RGB, of which every pixel is the
# same: that one is a near duplicate. Who removes exact duplicates removes a picture that is there once. Nothing is said.
# So: Imagelab of a folder of pictures that were converted to RGB first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile cleanvision==0.3.7 pillow==13.0.0 numpy==2.4.6
venv/bin/python - 2>said.txt <<'PY' || { cat said.txt; exit 1; }
from pathlib import Path

import numpy as np
from cleanvision import Imagelab
from PIL import Image

SIZE = 64
SHAPES = np.kron(np.random.default_rng(0).integers(0, 4, (8, 8)), np.ones((8, 8), int))
place = Path("pictures")
place.mkdir()


def photo(seed, darkest, brightest):
    """Return a smooth picture of many colours, all between two values."""
    noise = np.random.default_rng(seed).random((8, 8, 3)) * (brightest - darkest) + darkest
    return Image.fromarray(noise.astype(np.uint8)).resize((SIZE, SIZE), Image.Resampling.BILINEAR)


def drawing(*colours):
    picture = Image.new("P", (SIZE, SIZE))
    picture.putdata(SHAPES.ravel().tolist())
    picture.putpalette(sum(colours, ()))
    return picture


for seed in range(6):
    photo(seed, 60, 200).save(place / f"plain{seed}.png")
few, many = photo(50, 170, 250).quantize(16), photo(51, 2, 40).quantize(256)
first = drawing((200, 30, 30), (30, 200, 30), (30, 30, 200), (220, 220, 30))
second = drawing((240, 240, 240), (20, 90, 90), (90, 20, 90), (10, 120, 10))
for name, picture in (("bright", few), ("dark", many), ("first", first), ("second", second)):
    picture.save(place / f"{name}.png")
    picture.convert("RGB").save(place / f"{name}-rgb.png")
    assert np.array_equal(Image.open(place / f"{name}.png").convert("RGB"), Image.open(place / f"{name}-rgb.png"))

lab = Imagelab(data_path=str(place))
lab.find_issues(n_jobs=1, verbose=False)
issues = lab.issues.rename(index=lambda path: Path(path).stem)


def sets(kind):
    return sorted(sorted(Path(path).stem for path in each) for each in lab.info[kind]["sets"])


shown = issues.loc[["bright", "bright-rgb", "dark", "dark-rgb"], ["dark_score", "is_dark_issue"]]
print(shown, sets("exact_duplicates"), sep="\n")
dark = issues["is_dark_issue"]
assert dark["bright"] and not dark["bright-rgb"], "changed: the bright one"
assert not dark["dark"] and dark["dark-rgb"], "changed: the dark one"
assert issues["dark_score"]["bright"] < 0.1 and issues["dark_score"]["bright-rgb"] > 0.85, "changed: scores"
assert sets("exact_duplicates") == [["first", "second"]], f"changed: exact duplicates {sets('exact_duplicates')}"
near = sets("near_duplicates")
assert ["first", "first-rgb"] in near and ["second", "second-rgb"] in near, f"changed: near duplicates {near}"
print("as described: numbers of the palette are taken for brightness, and for the picture")
PY
! grep -qiE "palette|mode|convert" said.txt || { echo "changed: something is said"; cat said.txt; exit 1; }
