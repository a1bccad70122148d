"""Formats of pictures that people have: each is read as its library decodes it, or refused with what to do."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import file_tree, open_dataset
from explorer.datasets.content import format_of
from explorer.datasets.decoding import CLIPPED, Decoding
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


def tiff(values, meaning=1, packing=1):
    """Return values ``(h, w)`` or ``(h, w, bands)`` as a TIFF 6.0; ``meaning`` 0 holds white as 0, 1 black, 2 colours."""
    height, width, *more = values.shape
    bands, bits = (more or [1])[0], values.dtype.itemsize * 8
    form = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    tags = {256: width, 257: height, 258: bits, 259: packing, 262: meaning, 273: 0, 277: bands, 278: height}
    tags |= {279: values.nbytes, 284: 1, 339: form}
    behind = 8 + 2 + 12 * len(tags) + 4
    lists = b"".join(struct.pack(f"<{bands}H", *[value] * bands) for value in (bits, form))
    entries = b""
    for tag, value in tags.items():
        several = tag in (258, 339) and bands > 1
        place = behind + (2 * bands if tag == 339 else 0) if bands > 2 else value | value << 16
        number = {True: place, False: behind + len(lists) if tag == 273 else value}[several]
        entries += struct.pack("<HHII", tag, 3 if several else 4, bands if several else 1, number)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + lists + values.tobytes()


RAMP = np.linspace(0, 1, 24).repeat(16).reshape(24, 16).T


@pytest.mark.parametrize(("kind", "top"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1)])
def test_a_scan_that_holds_white_as_zero_is_no_negative(kind, top):
    values = (RAMP * top).astype(kind)
    scan, plain = (tiff(held, meaning) for held, meaning in ((top - values, 0), (values, 1)))
    decoding = Decoding(range="unit" if kind is np.float32 else "")
    read = [np.asarray(read_picture(content, decoding=decoding))[..., 0].astype(int) for content in (scan, plain)]
    np.testing.assert_allclose(read[0], read[1], atol=1)
    assert read[1][0, 0] == 0
    assert read[1][0, -1] == 255


def test_a_negative_stays_one_where_pictures_are_read_as_pillow_does():
    content = tiff((RAMP * 65535).astype(np.uint16), meaning=0)
    plain = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    np.testing.assert_array_equal(np.asarray(read_picture(content, decoding=Decoding(range=CLIPPED))), plain)


def test_whole_numbers_of_32_bits_are_no_negative_ones(tmp_path):
    values = (RAMP * 60_000 * 65_535).astype(np.uint32)
    files = {f"{kind}/{n}.tif": tiff(values + np.uint32(n)) for n, kind in enumerate(("cat", "dog") * 4)}
    found = open_dataset(str(put(tmp_path, files)))
    assert found.facts["more than 8 bits"] == "values from 0 to 3.9321e+09, read as 16-bit"
    assert "values above 65,535 (up to 3.9321e+09) are white" in found.notice
    assert np.asarray(found.train.pictures[0])[0, -1].tolist() == [255] * 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            tiff(np.zeros((9, 8, 13), np.uint16)),
            "it is a TIFF of 13 bands of 16-bit whole numbers, which is not read; ",
        ),
        (
            tiff(np.zeros((9, 8, 3), np.float32), meaning=2),
            "it is a TIFF of 3 bands of 32-bit fractions, which is not ",
        ),
        (tiff(np.zeros((9, 8), np.float16)), "it is a TIFF of 1 band of 16-bit fractions, which is not read; save the"),
        (tiff(np.zeros((9, 8), np.uint8), packing=34712), "packed in a way that is not read (34712); save it without"),
        (tiff(np.zeros((9, 8, 13), np.uint16))[:40], "its content is of no known format"),
    ],
)
def test_a_tiff_that_is_not_read_says_what_it_holds(content, said, capfd):
    assert said in fault(content)
    assert capfd.readouterr().err == ""
