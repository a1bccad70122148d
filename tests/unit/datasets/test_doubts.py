"""Readings that no person means are said, and a build stops before it takes one."""

import shutil

import numpy as np
import pytest
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.doubts.conflicts import label_conflicts
from explorer.datasets.doubts.reading import class_doubts
from explorer.datasets.summary import summarise
from explorer.runs.build.plan import plan
from explorer.runs.build.request import Config
from tests.support import noise_pictures

PLAIN = [
    ("cat", "dog"),
    ("0", "1", "2"),
    ("train", "bus", "car"),
    ("n01440764", "n02102040"),
    ("tench, Tinca tinca", "goldfish, Carassius auratus"),
    ("maillot", "maillot, tank suit"),
    ("mask", "no_mask"),
    ("jump", "run", "walk"),
    ("cooked", "raw"),
    ("fist", "none", "palm"),
    ("figures", "tables"),
    ("_a", "_b"),
    ("room (1)", "room (2)"),
    ("100", "10", "1"),
    ("red apple", "apple"),
]
DOUBTFUL = [
    (("Test", "Train"), "like a side of the data"),
    (("Meta", "Test", "Train"), "like a container"),
    (("training", "validation"), "like a side of the data"),
    (("seg_pred", "seg_train"), "like a side of the data"),
    (("cat", "dog", "test"), "like a side of the data"),
    (("annotations", "images"), "like a container"),
    (("cat", "dog", "runs"), "output of a tool"),
    (("images", "masks"), "'images', 'masks' are named like a container"),
    (("color", "grayscale", "segmented"), "like a container"),
    (("_unlabeled", "cat", "dog"), "without a label"),
    ((".thumbnails", "cat", "dog"), "hidden"),
    (("cat", "dog", "nan"), "no label"),
    (("-1", "0", "1"), "no label"),
    (("0", "0.0", "1"), "decimal point"),
    (("cat", "cat|outdoor", "dog"), "several labels"),
    (("cat", "dog", "cat, dog"), "several labels"),
    (("rust", "rust scab", "scab"), "several labels"),
    (("cat", "Cat", "dog"), "differ by capitals or spaces"),
    (("cat", "cat ", "dog"), "differ by capitals or spaces"),
    (("caf\u00e9", "cafe\u0301", "bar"), "differ by capitals or spaces"),
    (("01", "1", "2"), "differ by capitals or spaces"),
    (("cat", "cat - Copy", "dog"), "copy of another class"),
    (("cat", "cat (1)", "dog"), "copy of another class"),
    (("cat", "New folder (2)", "dog"), "a new folder"),
    (("_old", "cat", "dog"), "put aside"),
    (("cat", "dog", "gradcam"), "output of a tool"),
    (("16 0", "5", "7 1 2"), "several labels"),
    (('["cat", "pet"]', "dog"), "several labels"),
]


@pytest.mark.parametrize("names", PLAIN, ids=str)
def test_usual_class_names_are_not_doubted(names):
    assert class_doubts(names) == []


@pytest.mark.parametrize(("names", "said"), DOUBTFUL, ids=str)
def test_names_that_no_class_has_are_doubted(names, said):
    assert any(said in sentence for sentence in class_doubts(names))


def test_a_picture_in_two_classes_is_named_with_both():
    ids, labels = np.array(["a", "b", "a", "c"]), np.array([0, 0, 1, 1])
    (sentence,) = label_conflicts(ids, labels, ("cat", "dog"), ["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"])
    assert "cat/1.png (cat), dog/1.png (dog)" in sentence
    assert label_conflicts(ids[:2], labels[:2], ("cat", "dog"), ["cat/1.png", "cat/2.png"]) == []


def test_a_doubtful_reading_is_summarised_and_not_built_before_it_is_confirmed(tmp_path):
    noise_pictures.written(tmp_path, 4, 2)
    data = tmp_path / "train"
    shutil.copytree(data / "cat", data / "outputs")
    Image.new("RGB", (32, 32), "red").save(data / "outputs" / "more.png")
    found = summarise(open_dataset(str(data)))
    assert found["layout"] == "class folders"
    assert found["splits"]["test"]["from"].startswith("made here")
    assert len(found["warnings"]) == 2  # the name, and the copies in both classes
    with pytest.raises(ExplorerError, match=r"'outputs' is named like the output of a tool.*--as-read"):
        plan(Config(str(data)), open_dataset(str(data)))
    assert plan(Config(str(data), as_read=True), open_dataset(str(data))).dataset.class_names[-1] == "outputs"
    assert Config(str(data), as_read=True).hashed() == Config(str(data)).hashed()
