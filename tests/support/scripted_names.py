"""A data set whose classes and files are named like programs."""

import csv
import io

import numpy as np
from PIL import Image

# A class cannot hold a slash, so none can end a script element.
IMAGE, SCRIPT = "<img src=x onerror=window.pwned=1>", "<script>window.pwned=1<!--"
MARKDOWN = "![x](x.png) :red[x] $a$ *b* `c`"
CLASSES = (IMAGE, SCRIPT, MARKDOWN)
# Pictures a class: enough for groups, for a test image of each, and for a model that is wrong about some.
EACH = 24


def drawn(number, label):
    """A small picture; the classes look nearly alike, so that some predictions are wrong."""
    rng = np.random.default_rng([number, label])
    pixels = rng.integers(0, 256, size=(12, 12, 3)).astype(np.uint8)
    pixels[:4] = pixels[:4] // 2 + 40 * label
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def written(folder):
    """Write the data set as a list with pictures and return the list's path; one picture occurs twice, one is damaged."""
    rows = [["path", "label", "split"]]
    for number in range(EACH):
        for label, name in enumerate(CLASSES):
            file = f'"><svg onload=window.pwned=1> {label} {number}.png'
            (folder / file).write_bytes(drawn(0 if number == 2 else number, label))
            rows.append([file, name, "test" if number % 3 == 0 else "train"])
    damaged = "<b onclick=window.pwned=1>damaged.png"
    (folder / damaged).write_bytes(b"\x89PNG\r\n\x1a\n")
    rows.append([damaged, CLASSES[0], "train"])
    with (folder / "list.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return folder / "list.csv"
