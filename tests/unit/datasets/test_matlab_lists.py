"""Flowers 102 and Stanford's Cars, whose labels stand in MATLAB's files."""

import numpy as np
import pytest
import scipy.io

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.hostile_data import put
from tests.support.layouts import picture

NAMES = ("AM General Hummer SUV 2000", "Audi S4/S6 2012")


@pytest.fixture
def flowers(tmp_path):
    """Fifteen flowers of three classes: nine for training, two for validation, four for testing."""
    put(tmp_path / "flowers", {f"jpg/image_{number:05d}.jpg": picture(number, "JPEG") for number in range(1, 16)})
    scipy.io.savemat(tmp_path / "flowers" / "imagelabels.mat", {"labels": np.arange(15)[None] % 3 + 1})
    parts = {"trnid": np.arange(1, 10)[None], "valid": np.arange(10, 12)[None], "tstid": np.arange(12, 16)[None]}
    scipy.io.savemat(tmp_path / "flowers" / "setid.mat", parts)
    return tmp_path / "flowers"


def counts(facts):
    return [facts["splits"][side]["pictures"] for side in ("train", "test")]


def test_flowers_are_read_by_their_numbers_and_sides(flowers):
    facts = summarise(found := open_dataset(str(flowers)))
    assert (found.class_names, found.warnings) == (("1", "2", "3"), ())
    assert counts(facts) == [9, 4]
    assert [(one["file"], one["pictures"]) for one in facts["left_out"]] == [("pictures for validation", 2)]
    assert [int(label) for label in found.test.labels] == [2, 0, 1, 2]  # pictures 12 to 15
    (flowers / "cat_to_name.json").write_text('{"1": "pink primrose", "2": "canterbury bells", "3": "rose"}')
    assert open_dataset(str(flowers)).class_names == ("canterbury bells", "pink primrose", "rose")


def test_flowers_without_whole_labels_are_refused(flowers):
    (flowers / "imagelabels.mat").write_bytes(b"MATLAB 5.0 MAT-file, cut short")
    with pytest.raises(ExplorerError, match=r"imagelabels.mat is no file of MATLAB that can be read"):
        open_dataset(str(flowers))


def cars(folder, sides, place="cars_{side}"):
    """Six cars a side of two classes, with labels for those sides."""
    put(
        folder,
        {
            f"{place.format(side=side)}/{n:05d}.jpg": picture((side, n), "JPEG")
            for side in ("train", "test")
            for n in range(1, 7)
        },
    )
    (folder / "devkit").mkdir()
    scipy.io.savemat(folder / "devkit" / "cars_meta.mat", {"class_names": np.array(NAMES, dtype=object)[None]})
    kind = [("bbox_x1", "O"), ("class", "O"), ("fname", "O")]
    for side, file in (("train", "cars_train_annos.mat"), ("test", "cars_test_annos_withlabels.mat")):
        rows = np.array([[(5, n % 2 + 1, f"{n:05d}.jpg") for n in range(1, 7)]], dtype=kind)
        if side in sides:
            scipy.io.savemat(folder / "devkit" / file, {"annotations": rows})
    return str(folder)


@pytest.mark.parametrize("place", ["cars_{side}", "cars_{side}/cars_{side}"])
def test_cars_are_read_by_their_names_and_sides(tmp_path, place):
    found = open_dataset(cars(tmp_path / "cars", ("train", "test"), place))
    assert found.class_names == (NAMES[0], "Audi S4-S6 2012")
    assert (len(found.train.labels), len(found.test.labels), found.warnings) == (6, 6, ())


def test_cars_without_labels_for_testing_say_so(tmp_path):
    facts = summarise(open_dataset(cars(tmp_path / "cars", ("train",))))
    assert sum(counts(facts)) == 6
    assert [(one["file"], one["pictures"]) for one in facts["left_out"]] == [("cars_test", 6)]
