"""Data sets: folders in both layouts, the drawn one, refusals."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets import SOURCES, open_dataset
from explorer.datasets.sources.drawn import Drawn

PHOTOS = Path(__file__).parents[4] / "shared/data/photos"
SMALL = Drawn(train=24, test=12)
BLUE = (20, 40, 220)


def put(path, colour):
    """Write a picture whose content is decided by ``colour``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4), colour).save(path)


def fill(folder, classes=("cat", "dog"), count=10):
    """Write ``count`` different pictures a class."""
    for row, name in enumerate(classes):
        for number in range(count):
            put(folder / name / f"{number}.png", (number, 100 * row, 7))
    return folder


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    return tmp_path


# Folders


def test_a_folder_with_train_and_test_is_taken_as_it_is_split(tmp_path):
    fill(tmp_path / "train", count=3)
    fill(tmp_path / "test", count=2)
    found = open_dataset(str(tmp_path))
    assert (found.class_names, found.name, found.title) == (("cat", "dog"), str(tmp_path), tmp_path.name)
    assert (found.train.labels.tolist(), found.test.labels.tolist()) == ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1])
    np.testing.assert_array_equal(np.asarray(found.train.pictures[4])[0, 0], (1, 100, 7))


def test_a_test_folder_without_one_class_keeps_the_numbers_of_training(tmp_path):
    fill(tmp_path / "train", ("cat", "dog", "fox"), count=2)
    fill(tmp_path / "test", ("dog", "fox"), count=1)
    assert open_dataset(str(tmp_path)).test.labels.tolist() == [1, 2]


def test_a_test_class_without_training_pictures_is_refused(tmp_path):
    fill(tmp_path / "train", count=2)
    fill(tmp_path / "test", ("cat", "fox"), count=2)
    with pytest.raises(ExplorerError, match=r"has classes without training pictures: fox; the training side has "):
        open_dataset(str(tmp_path))


def test_a_folder_without_a_split_is_split_eighty_to_twenty_in_each_class(tmp_path):
    found = open_dataset(str(fill(tmp_path, count=20)))
    assert (np.bincount(found.train.labels).tolist(), np.bincount(found.test.labels).tolist()) == ([16, 16], [4, 4])
    assert not set(found.train.ids) & set(found.test.ids)


def test_the_split_of_a_folder_is_the_same_each_time_and_place(tmp_path):
    one, other = (open_dataset(str(fill(tmp_path / name))) for name in ("one", "other"))
    assert one.manifest() == other.manifest()
    assert one.digest == other.digest


def test_duplicates_keep_to_one_side_even_across_classes(tmp_path):
    fill(tmp_path, count=12)
    for name in ("cat", "dog"):
        for number in range(5):
            put(tmp_path / name / "again" / f"copy {number}.png", (number, 0, 7))
    found = open_dataset(str(tmp_path))
    assert len(found.train.labels) + len(found.test.labels) == 34
    assert not set(found.train.ids) & set(found.test.ids)


def test_other_files_and_empty_folders_are_passed_over(tmp_path):
    fill(tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/readme.txt").write_text("none")
    (tmp_path / "cat/list.csv").write_text("none")
    assert open_dataset(str(tmp_path)).class_names == ("cat", "dog")


def test_a_relabelled_or_repainted_picture_is_another_data_set(tmp_path):
    before = open_dataset(str(fill(tmp_path))).digest
    put(tmp_path / "cat/0.png", BLUE)
    assert open_dataset(str(tmp_path)).digest != before


REFUSED = {
    "one class": (lambda folder: fill(folder, ("cat",)), r"holds 1 folders with pictures; at least two are needed"),
    "nothing": (lambda folder: folder.mkdir(exist_ok=True), r"holds 0 folders with pictures; at least two are needed"),
    "one picture": (
        lambda folder: fill(folder, count=1),
        r"has too few different pictures of: cat, dog; give at least",
    ),
    "not UTF-8": (
        lambda folder: fill(folder, ("cat", os.fsdecode(b"\xff"))),
        r"folder '\\udcff', whose name is not in UTF-8",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_that_is_no_data_set_is_refused_in_a_sentence(tmp_path, name):
    prepare, sentence = REFUSED[name]
    prepare(tmp_path)
    with pytest.raises(ExplorerError, match=sentence):
        open_dataset(str(tmp_path))


def test_a_missing_folder_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ExplorerError, match=r"^There is no folder '.*/nowhere'; give a data set's name or a folder of"):
        open_dataset(str(tmp_path / "nowhere"))


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(
        ExplorerError, match=rf"no data set 'cats'; choose one of {', '.join(SOURCES)}, or give the path"
    ):
        open_dataset("cats")


@pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"the photographs are not at {PHOTOS}")
def test_the_photographs_open_as_600_and_300():
    found = open_dataset(str(PHOTOS))
    assert found.class_names == ("cat", "dog")
    assert np.bincount(found.train.labels).tolist() == [300, 300]
    assert np.bincount(found.test.labels).tolist() == [150, 150]
    assert [found.train.pictures[row].mode for row in (0, 300, 599)] == ["RGB"] * 3


# The drawn data set


def test_drawn_pictures_are_the_same_each_time(tmp_path, monkeypatch):
    digests = []
    for name in ("one", "other"):
        monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / name))
        digests.append(SMALL.open(silent).digest)
    assert digests[0] == digests[1]


def test_a_second_opening_draws_nothing(at_home):
    told = []
    SMALL.open(silent)
    assert SMALL.cached()
    SMALL.open(lambda *report: told.append(report))
    assert told == []


def test_planted_mistakes_are_as_many_as_said_and_only_in_training(at_home):
    found = SMALL.open(silent)
    assert (len(found.train.pictures), len(found.test.pictures)) == (24, 12)
    wrong = found.train.labels != found.train.truth
    assert wrong.sum() == round(24 * SMALL.mistakes)
    np.testing.assert_array_equal(found.test.labels, found.test.truth)


def test_truth_is_what_the_kind_says(at_home):
    found = SMALL.open(silent)
    for split in (found.train, found.test):
        assert split.truth.tolist() == [int(kind == "dog") for kind in split.kinds]
        assert (split.truth == 0).sum() == len(split.truth) // 2
    assert found.train.kinds.count("wild cat") == 2
    assert found.notice.startswith("These pictures are drawn by the program, not photographed.")


def test_another_seed_or_size_is_drawn_anew(at_home):
    before = SMALL.open(silent)
    other = Drawn(train=24, test=12, seed=1).open(silent)
    assert not set(before.train.ids) & set(other.train.ids)
    assert len(Drawn(train=12, test=12).open(silent).train.labels) == 12


@pytest.mark.parametrize("damage", ["truncated", "missing", "changed"])
def test_a_damaged_array_is_drawn_again(at_home, damage):
    before = SMALL.open(silent).digest
    path = SMALL.folder() / "train.npy"
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:-100] if damage == "truncated" else content[:-1] + bytes([content[-1] ^ 1]))
    assert SMALL.open(silent).digest == before
    assert path.read_bytes() == content


def test_an_edited_manifest_is_noticed_and_undone(at_home):
    before = SMALL.open(silent).train.labels
    path = SMALL.folder() / "manifest.json"
    content = json.loads(path.read_text())
    content["train"]["mistakes"] = []
    path.write_text(json.dumps(content))
    np.testing.assert_array_equal(SMALL.open(silent).train.labels, before)
    assert json.loads(path.read_text())["train"]["mistakes"] != []


def test_an_interrupted_drawing_leaves_nothing_behind(at_home):
    def stop(stage, done, total, figures=None):
        if done == 5:
            raise ExplorerError("stopped")

    with pytest.raises(ExplorerError, match="stopped"):
        SMALL.open(stop)
    assert not SMALL.cached()
    assert [path.name for path in SMALL.folder().parent.iterdir()] == [".drawn.lock"]


# Layers


def test_importing_the_library_imports_no_streamlit():
    packages = ["explorer.attribution", "explorer.datasets", "explorer.models.head"]
    code = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n    print(name, 'streamlit' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code, *packages], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == [f"{package} False" for package in packages]
