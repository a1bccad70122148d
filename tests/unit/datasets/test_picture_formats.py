"""Formats of pictures that people have: each is read as its library decodes it, or refused with what to do."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import file_tree, open_dataset
from explorer.datasets.content import format_of
from explorer.datasets.picture import ENDINGS, HEIC, fault, read_picture
from tests.support.hostile_data import put
from tests.support.layouts import picture, pictures

FORMS = {
    ".jfif": "JPEG",
    ".jpe": "JPEG",
    ".avif": "AVIF",
    ".ppm": "PPM",
    ".pgm": "PPM",
    ".jp2": "JPEG2000",
    ".tif": "TIFF",
}


@pytest.mark.parametrize("ending", FORMS)
def test_a_format_is_read_by_its_ending(tmp_path, ending):
    files = {f"{kind}/{n}{ending}": picture((kind, n), FORMS[ending]) for kind in ("cat", "dog") for n in range(4)}
    found = open_dataset(str(put(tmp_path, files)))
    assert (found.class_names, len(found.train.ids), found.skipped) == (("cat", "dog"), 6, ())


def lossless(values):
    """Return a grey picture ``(h, w)`` as a lossless JPEG (ITU T.81, annex H): each value by what differs from its left."""
    height, width = values.shape
    head = b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 8, height, width, 1) + bytes([1, 0x11, 0])
    head += b"\xff\xc4" + struct.pack(">HB", 28, 0) + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9))
    head += b"\xff\xda" + struct.pack(">HB", 8, 1) + bytes([1, 0, 1, 0, 0])
    bits = ""
    for y in range(height):
        for x in range(width):
            before = values[y, x - 1] if x else values[y - 1, 0] if y else 128
            step = int(values[y, x]) - int(before)
            size = abs(step).bit_length()
            bits += f"{size:04b}" + (f"{step if step > 0 else step + (1 << size) - 1:0{size}b}" if size else "")
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    return head + data.replace(b"\xff", b"\xff\0") + b"\xff\xd9"


def test_a_lossless_jpeg_is_no_damaged_one():
    values = (np.add.outer(np.arange(16), np.arange(24)) * 5).astype(np.uint8)
    content = lossless(values)
    assert fault(content) == ""
    np.testing.assert_array_equal(np.asarray(read_picture(content))[..., 0], values)
    assert "cut short" in fault(content[:-20]) or "damaged" in fault(content[:-20])


def test_heic_is_read_upright_where_its_plugin_is_installed(tmp_path):
    pytest.importorskip("pillow_heif").register_heif_opener()
    tags = Image.Exif()
    tags[274] = 6
    stream = io.BytesIO()
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:, :32] = 250  # bright on the left, which an orientation of 6 turns to the top
    Image.fromarray(pixels).save(stream, "HEIF", exif=tags.tobytes())
    files = pictures("cat/{n}.png", 4, "x") | {f"fox/{n}.HEIC": stream.getvalue() + bytes(n) for n in range(4)}
    found = open_dataset(str(put(tmp_path, files)))
    assert (found.class_names, found.warnings) == (("cat", "fox"), ())
    turned = np.asarray(read_picture(stream.getvalue()))
    assert turned.shape == (64, 32, 3)
    assert turned[:20].min() > 200 > 50 > turned[-20:].max()
    assert format_of(stream.getvalue()[:16]) == "HEIC"
    assert {*HEIC} <= ENDINGS


def test_without_the_plugin_the_sentence_names_it(monkeypatch):
    said = f"pip install 'influence-explorer[heif]' reads it, or {file_tree.SAVE}"
    monkeypatch.setattr(file_tree, "FOREIGN", file_tree.FOREIGN | {".heic": said})
    assert file_tree.why_not("a.HEIC") == f".heic is not read; {said}"
    assert file_tree.why_not("a.jxl") == ".jxl is not read; JPEG XL has to be saved as PNG or JPEG"
    assert file_tree.why_not("a.png") == ""
