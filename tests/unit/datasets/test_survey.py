"""What pictures tell of themselves: ranges beyond eight bits, orientation, transparency, a brightness that cannot be right."""

import numpy as np
import pytest
from PIL import Image

from explorer.core import home
from explorer.core.progress import silent
from explorer.datasets import open_dataset, survey
from explorer.datasets.decoding import Decoding
from explorer.datasets.doubts import brightness
from explorer.datasets.pictures import decoded, decoding_of
from explorer.datasets.summary import summarise
from explorer.models.custom.spec import NetworkSpec
from explorer.models.preparation.choice import PreparationChoice
from explorer.runs.build.plan import plan
from explorer.runs.build.request import Config

RAMP = np.linspace(0, 1, 24 * 20).reshape(20, 24)


def folder(path, save):
    for label in ("cat", "dog"):
        (path / label).mkdir(parents=True)
        for number in range(6):
            save(path / label / f"{number}", 1 - 0.001 * (number + 10 * (label == "dog")))
    return str(path)


def sixteen(top):
    return lambda path, part: Image.fromarray((RAMP * top * part).astype(np.uint16)).save(f"{path}.png")


def tiff(top, kind):
    return lambda path, part: Image.fromarray((RAMP * top * part).astype(kind)).save(f"{path}.tif")


# How the values are stored, the range that they are read as, and what is said.
DEEP = {
    "16 bits": (sixteen(65535), "", ""),
    "12 bits in 16": (sixteen(4095), "12-bit", "values up to 4,095 here, so they are read as 12-bit (white is 4,095)"),
    "10 bits in 16": (sixteen(1020), "10-bit", "read as 10-bit"),
    "8 bits in 16": (sixteen(255), "8-bit", "read as 8-bit"),
    "8 bits in 32": (tiff(255, np.int32), "8-bit", "read as 8-bit"),
    "fractions to 1": (tiff(1, np.float32), "unit", "read as unit (white is 1)"),
    "fractions to 255": (tiff(255, np.float32), "8-bit", "read as 8-bit"),
}


@pytest.mark.parametrize("name", DEEP)
def test_pictures_of_more_than_eight_bits_are_seen_and_their_range_is_said(name, tmp_path):
    save, word, said = DEEP[name]
    dataset = open_dataset(folder(tmp_path, save), silent)
    assert decoding_of(dataset.train.pictures).range == word
    for split in (dataset.train, dataset.test):
        values = np.asarray(split.pictures[0])
        assert values.max() > 245
        assert abs(values.mean() - 127) < 4  # a ramp from black to white
    assert said in dataset.notice
    assert (dataset.notice == "") == (said == "")
    assert dataset.warnings == ()
    assert dataset.facts["more than 8 bits"].endswith(f"read as {word or '16-bit'}")


def test_a_range_is_part_of_what_a_run_is_and_can_be_given(tmp_path):
    dataset = open_dataset(folder(tmp_path / "twelve", sixteen(4095)), silent)
    config = Config(dataset.name, "small-cnn")
    assert plan(config, dataset).recipe()["preparation"]["range"] == "12-bit"
    full = open_dataset(folder(tmp_path / "full", sixteen(65535)), silent)
    assert "preparation" not in plan(Config(full.name, "small-cnn"), full).recipe()
    asked = Config(dataset.name, own=NetworkSpec(preparation=PreparationChoice(range="clipped")))
    assert plan(asked, dataset).preparation.range == "clipped"
    plain = decoded(dataset.train.pictures, Decoding(range="clipped"))
    with Image.open(dataset.train.pictures.paths[0]) as image:  # what ImageFolder gives
        np.testing.assert_array_equal(np.asarray(plain[0]), np.asarray(image.convert("RGB")))


def test_values_below_zero_are_said(tmp_path):
    dataset = open_dataset(folder(tmp_path, lambda path, part: tiff(2000, np.float32)(path, part - 0.5)), silent)
    assert (
        "Their values below 0"
        in open_dataset(
            folder(
                tmp_path / "ct",
                lambda path, part: Image.fromarray((RAMP * 3000 * part - 1000).astype(np.int32)).save(f"{path}.tif"),
            ),
            silent,
        ).notice
    )
    assert dataset.notice


def test_what_is_turned_and_what_is_see_through_is_counted(tmp_path):
    def save(path, part):
        exif = Image.Exif()
        exif[0x0112] = 6 if path.name in "01" else 1
        shown = Image.fromarray((RAMP * 255 * part).astype(np.uint8)).convert("RGBA")
        if path.name == "5":
            shown.putalpha(Image.fromarray((RAMP * 255).astype(np.uint8)))
            shown.save(f"{path}.png")
        else:
            shown.save(f"{path}.png", exif=exif)

    dataset = open_dataset(folder(tmp_path, save), silent)
    assert dataset.facts["turned upright by EXIF"] == "4 of 12 pictures looked at"
    assert dataset.facts["transparent parts"] == "2 of 12 pictures looked at; laid on white"
    assert "2 of 12 pictures looked at have transparent parts, which are laid on white" in dataset.notice


# Sets that nobody can see anything on, and those that only look so.
def shade(low, high, lit=0.5):
    values = np.full((40, 40), low, np.uint8)
    values[:, : round(40 * lit)] = high
    return Image.fromarray(values).convert("RGB")


@pytest.mark.parametrize(
    ("pictures", "word"),
    [
        ([shade(0, 16)] * 10, "black"),
        ([shade(250, 255)] * 10, "white"),
        ([shade(0, 16)] * 9 + [shade(0, 255)], "black"),
        ([shade(0, 16)] * 8 + [shade(0, 255)] * 2, ""),
        ([shade(0, 255, 0.05)] * 10, ""),  # thin digits on black
        ([shade(255, 0, 0.05)] * 10, ""),  # and on white
        ([shade(0, 16)] * 3, ""),  # too few to say
    ],
)
def test_a_brightness_that_cannot_be_right_is_said(pictures, word):
    said = brightness.warning(pictures)
    assert (f"nearly {word}, so their brightness cannot be right" in said) if word else said == ""


def test_a_build_of_black_pictures_stops_with_the_sentence(tmp_path):
    def nearly_black(path, part):
        Image.fromarray((RAMP * 16 * part).astype(np.uint8)).convert("RGB").save(f"{path}.png")

    dataset = open_dataset(folder(tmp_path, nearly_black), silent)
    assert "12 of 12 pictures that were looked at are nearly black" in dataset.warnings[0]
    assert summarise(dataset)["warnings"] == list(dataset.warnings)


def test_a_survey_is_kept_by_the_pictures_content(tmp_path, monkeypatch):
    path = folder(tmp_path, sixteen(4095))
    first = open_dataset(path, silent)
    monkeypatch.setattr(survey, "_looked", None)
    assert open_dataset(path, silent).notice == first.notice
    for kept in (home.data() / "surveys").glob("*.json"):
        kept.write_text("damaged")
    monkeypatch.undo()
    assert open_dataset(path, silent).notice == first.notice


def test_files_of_several_pictures_are_said(tmp_path):
    for kind in ("cat", "dog"):
        (tmp_path / kind).mkdir()
        for number in range(3):
            pages = [Image.new("L", (6, 5), 40 * number + 9 * page + (kind == "cat")) for page in range(3)]
            pages[0].save(tmp_path / kind / f"{number}.tif", save_all=number > 0, append_images=pages[1:])
    found = open_dataset(str(tmp_path), silent)
    assert found.facts["several frames"] == "4 of 6 pictures looked at; the first of each is used"
    assert "4 of 6 pictures looked at hold several (slices of a scan" in found.notice


@pytest.mark.parametrize("share", [0, 0.01, 0.37, 0.5, 0.99, 1])
def test_a_quantile_of_brightness_is_numpys(share):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7)).astype(np.uint8)
    assert brightness.quantile(Image.fromarray(pixels), share) == pytest.approx(np.quantile(pixels, share), abs=1e-9)
