"""Copies of pictures are recognised by their pixels whatever was done to them, and pictures that are only alike are not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from explorer.evaluation.near_copies import SAME, SAME_AT_BOUND, correlation, needed, pixel_likeness


def picture(seed, side=32):
    """Soft patches of colour, as an animal before grass would be; all of one palette."""
    coarse = np.random.default_rng(seed).uniform(40, 200, size=(6, 6, 3)).astype(np.uint8)
    return Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)


def recompressed(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=30)
    return Image.open(file)


def shifted(image, by=3):
    return Image.fromarray(np.roll(np.asarray(image), (by, -by), (0, 1)))


def cut(image, by=2):
    return image.crop((by, by, image.width - by, image.height - by)).resize(image.size)


CHANGES = {
    "nothing": lambda image: image,
    "mirrored": ImageOps.mirror,
    "recompressed": recompressed,
    "shifted": shifted,
    "cut a little": cut,
    "cut at one side": lambda image: image.crop((3, 0, 32, 32)).resize((32, 32)),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.7),
    "less contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.6),
    "larger": lambda image: image.resize((224, 224), Image.Resampling.BICUBIC),
    "all at once": lambda image: ImageEnhance.Brightness(recompressed(cut(ImageOps.mirror(image)))).enhance(1.2),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_copy_is_recognised_whichever_comes_first(name):
    image = picture(0)
    copy = CHANGES[name](image)
    assert correlation(image, copy) >= SAME
    assert correlation(copy, image) == correlation(image, copy)


def test_other_pictures_are_no_copies():
    found = [correlation(picture(one), picture(other)) for one in range(8) for other in range(one)]
    assert max(found) < SAME - 0.05


def test_what_is_moved_by_half_or_turned_upside_down_is_no_copy():
    assert correlation(picture(0), shifted(picture(0), 16)) < SAME
    assert correlation(picture(0), picture(0).rotate(180)) < SAME


def test_pictures_of_one_colour_say_nothing_against_the_features():
    grey, black, image = Image.new("RGB", (32, 32), "grey"), Image.new("RGB", (20, 20), "black"), picture(0)
    assert correlation(grey, black) == 1
    assert correlation(grey, image) == 0


def test_each_pair_is_answered_and_each_picture_is_opened_once():
    opened, told = [], []

    def picture_of(row):
        opened.append(row)
        return picture(row // 2)

    pairs = np.array([[0, 1], [1, 2], [2, 3], [0, 3]])
    found = pixel_likeness(picture_of)(pairs, lambda *words: told.append(words))
    assert (found >= SAME_AT_BOUND).tolist() == [True, False, True, False]
    assert found[[1, 3]].max() < SAME
    assert sorted(opened) == [0, 1, 2, 3]
    assert told == [("Looking at pairs", 0, 4), ("Looking at pairs", 4, 4)]


def test_the_farther_apart_for_the_network_the_more_must_the_pixels_agree():
    np.testing.assert_allclose(needed(np.array([0.0, 0.375, 0.4375, 0.5]), 0.5), [0.9, 0.9, 0.93, 0.96])
