"""Choosing rows in proportion, and pictures of every mode, turned, transparent, damaged."""

import io
import zlib
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from explorer.core.errors import DamagedError
from explorer.datasets import stratified
from explorer.datasets.base import Split
from explorer.datasets.picture import read_picture
from explorer.datasets.pictures import ArrayPictures, FilePictures

# No deadline: a slow day is no failure. The same examples each time: a red test is about the change at hand.
steady = settings(deadline=None, derandomize=True, max_examples=60)
some_labels = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)
RED, BLUE = (200, 30, 30), (20, 40, 220)


def encoded(picture, form="PNG", **options):
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


# stratified


@steady
@given(some_labels, st.data(), st.integers(0, 9))
def test_stratified_gives_as_many_different_sorted_rows_as_asked(labels, data, seed):
    size = data.draw(st.integers(0, len(labels)))
    rows = stratified(labels, size, seed)
    assert len(rows) == size
    np.testing.assert_array_less(rows[:-1], rows[1:])
    assert set(rows) <= set(range(len(labels)))


@steady
@given(some_labels, st.data(), st.integers(0, 9))
def test_stratified_keeps_every_class_where_the_size_allows(labels, data, seed):
    classes = np.unique(labels)
    size = data.draw(st.integers(0, len(labels)))
    assert len(np.unique(labels[stratified(labels, size, seed)])) >= min(size, len(classes))


@steady
@given(some_labels, st.data(), st.integers(0, 9))
def test_stratified_deals_seats_as_sainte_lague(labels, data, seed):
    """After one seat a class, the next goes to the largest m/(k + ½): no seat taken may be worth less than one left."""
    size = data.draw(st.integers(len(np.unique(labels)), len(labels)))
    chosen = labels[stratified(labels, size, seed)]
    all_of, taken = (np.array([(rows == label).sum() for label in np.unique(labels)]) for rows in (labels, chosen))
    dearest = max((k - 0.5) / m for k, m in zip(taken, all_of, strict=True) if k > 1) if taken.max() > 1 else 0
    cheapest_left = min((k + 0.5) / m if k < m else np.inf for k, m in zip(taken, all_of, strict=True))
    assert dearest <= cheapest_left + 1e-12


@steady
@given(st.integers(1, 5), st.integers(1, 12), st.data())
def test_stratified_is_even_to_one_where_classes_are_even(classes, each, data):
    size = data.draw(st.integers(0, classes * each))
    labels = np.arange(classes * each) % classes
    counts = np.bincount(labels[stratified(labels, size, 0)], minlength=classes)
    assert counts.max() - counts.min() <= 1


@steady
@given(some_labels, st.integers(0, 9))
def test_stratified_depends_on_the_seed_alone(labels, seed):
    size = len(labels) // 2
    np.testing.assert_array_equal(stratified(labels, size, seed), stratified(labels, size, seed))


def test_stratified_of_another_seed_is_another_choice():
    labels = np.arange(100) % 2
    assert stratified(labels, 20, 0).tolist() != stratified(labels, 20, 1).tolist()


# Pictures


def half_transparent():
    picture = Image.new("RGBA", (4, 2), (*RED, 255))
    picture.paste((*RED, 0), (2, 0, 4, 2))
    return picture


def test_transparent_parts_become_white():
    pixels = np.asarray(read_picture(encoded(half_transparent())))
    np.testing.assert_array_equal(pixels[:, :2], np.broadcast_to(RED, (2, 2, 3)))
    np.testing.assert_array_equal(pixels[:, 2:], np.full((2, 2, 3), 255))


def test_a_palette_with_a_transparent_colour_becomes_white_there():
    picture = Image.new("P", (2, 1))
    picture.putpalette([*RED, *BLUE])
    picture.putpixel((1, 0), 1)
    pixels = np.asarray(read_picture(encoded(picture, transparency=1)))
    np.testing.assert_array_equal(pixels, [[RED, (255, 255, 255)]])


MODES = {
    "RGB": "the usual",
    "L": "grey",
    "P": "a palette",
    "1": "black and white",
    "LA": "grey with transparency",
    "CMYK": "from a printer",
}


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: f"{mode}: {MODES[mode]}")
def test_every_mode_is_read_as_rgb_with_its_brightness(mode):
    form = "TIFF" if mode == "CMYK" else "PNG"
    found = read_picture(encoded(Image.new("RGB", (5, 3), "white").convert(mode), form))
    assert (found.mode, found.size) == ("RGB", (5, 3))
    np.testing.assert_array_equal(np.asarray(found), 255)


def test_sixteen_bit_grey_keeps_its_shades():
    pixels = np.array([[0, 0x4000, 0x8000, 0xFFFF]], dtype=np.uint16)
    found = np.asarray(read_picture(encoded(Image.fromarray(pixels))))[0, :, 0]
    np.testing.assert_allclose(found, [0, 64, 128, 255], atol=1)  # rounding may go either way


@pytest.mark.parametrize("where", ["eXIf", "eXIf behind the pixels", "Raw profile type exif", "XML:com.adobe.xmp"])
def test_wherever_a_png_says_how_it_is_turned_it_stands_upright(where):
    tags, note, chunk = Image.Exif(), PngInfo(), b""
    tags[0x0112] = 6
    if where == "Raw profile type exif":
        note.add_text(where, f"\nexif\n{len(tags.tobytes()):8}\n{tags.tobytes().hex()}\n")
    elif where == "XML:com.adobe.xmp":
        note.add_itxt(where, '<tiff:Orientation="6"/>')
    elif where == "eXIf behind the pixels":
        named = b"eXIf" + tags.tobytes()[6:]
        chunk = (len(named) - 4).to_bytes(4) + named + zlib.crc32(named).to_bytes(4)
    told = {"exif": tags} if where == "eXIf" else {}
    whole = encoded(Image.new("RGB", (7, 3), RED), pnginfo=note, **told)
    found = read_picture(whole[:-12] + chunk + whole[-12:])  # the last chunk is the end's
    assert found.size == (3, 7)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_turned_by_exif_stands_upright(orientation):
    upright = Image.new("RGB", (6, 4), RED)
    upright.paste(BLUE, (0, 0, 3, 2))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transpose whose inverse the orientation asks for
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read_picture(encoded(stored, exif=exif))
    np.testing.assert_array_equal(np.asarray(found), np.asarray(upright))


def noise(form):
    pixels = np.random.default_rng(0).integers(256, size=(16, 16, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels), form)


WHOLE = {form: noise(form) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")}


def told(content):
    """Return the mode of a picture, or the first words of its refusal."""
    try:
        return read_picture(content).mode
    except DamagedError as error:
        return str(error)[:24]


@steady
@given(st.sampled_from(sorted(WHOLE)), st.data())
@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it then refuses
def test_a_picture_cut_short_or_overwritten_is_read_or_refused_in_a_sentence(form, data):
    content = bytearray(WHOLE[form])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    with patch.object(Image, "MAX_IMAGE_PIXELS", 1000):  # an overwritten width may ask for gigabytes
        assert told(bytes(content[:cut])) in ("RGB", "A picture cannot be read")


@pytest.mark.parametrize("content", [b"", b"no picture", WHOLE["PNG"][:60]], ids=["empty", "text", "cut short"])
def test_a_damaged_picture_is_refused(content):
    with pytest.raises(DamagedError, match=r"^A picture cannot be read: [^<]*$"):  # and no object in memory is named
        read_picture(content)


def test_the_refusal_of_a_damaged_file_names_it(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DamagedError, match=r"broken\.png"):
        FilePictures([tmp_path / "broken.png"])[0]


def test_a_split_of_rows_keeps_pictures_labels_truth_kinds_and_ids_together():
    pixels = np.arange(4 * 2 * 2 * 3, dtype=np.uint8).reshape(4, 2, 2, 3)
    whole = Split(ArrayPictures(pixels), np.array([0, 1, 0, 1]), np.array([0, 1, 1, 1]), ("a", "b", "c", "d"))
    part = whole.take(np.array([3, 2]))
    np.testing.assert_array_equal([np.asarray(part.pictures[row]) for row in (0, 1)], pixels[[3, 2]])
    assert (part.labels.tolist(), part.truth.tolist(), part.kinds) == ([1, 0], [1, 1], ("d", "c"))
    assert part.ids == [whole.ids[3], whole.ids[2]]
