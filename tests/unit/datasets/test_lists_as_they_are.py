"""Lists as people have them: any usual columns, separators, names of pictures; folders whose labels stand in lists."""

import json
import re

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.choices import Choices, joined, parted
from explorer.datasets.summary import summarise
from tests.support.hostile_data import put, zipped
from tests.support.layouts import KINDS, picture, pictures, table

HEAP = pictures("images/{kind}{n}.jpg")
PAIRS = [(name, name[7:10]) for name in HEAP]


def listed(names, rows, separator=",", name="list.csv"):
    """The pictures of one folder, and a list of them."""
    return HEAP | {name: table(names, rows, separator)}


def cut(rows, start="images/", ending=".jpg"):
    """Rows whose names have no folder and no ending."""
    return [(name.removeprefix(start).removesuffix(ending), *rest) for name, *rest in rows]


def sided(column, values, rows=PAIRS):
    """A list with a column that says sides: of each class the last picture is for testing."""
    return listed(("path", "label", column), [(*row, values[index % 5 == 4]) for index, row in enumerate(rows)])


WINDOWS = [(name.replace("/", "\\"), label) for name, label in PAIRS]
# Files; numbers of training and test pictures a class; parts of the facts; parts of the doubts.
LISTS = {
    "filename, species": (listed(("filename", "species"), PAIRS), (4, 1), "", ""),
    "image_id, target": (listed(("image_id", "target"), PAIRS), (4, 1), "", ""),
    "Image Name, Class": (listed(("Image Name", "Class"), PAIRS), (4, 1), "", ""),
    "id, breed without endings": (listed(("id", "breed"), cut(PAIRS)), (4, 1), "another folder or ending", ""),
    "filepaths, labels": (listed(("class id", "filepaths", "labels"), [(0, *row) for row in PAIRS]), (4, 1), "", ""),
    "img, diagnosis": (listed(("img", "diagnosis", "age"), [(*row, 50) for row in PAIRS]), (4, 1), "", ""),
    "id, has_cactus": (listed(("id", "has_cactus"), PAIRS), (4, 1), "", ""),
    "Image, Id": (listed(("Image", "Id"), cut(PAIRS, ending="")), (4, 1), "", ""),
    "semicolons": (listed(("path", "label"), PAIRS, ";"), (4, 1), "", ""),
    "tabs in .csv": (listed(("path", "label"), PAIRS, "\t"), (4, 1), "", ""),
    "tabs in .tsv": (listed(("path", "label"), PAIRS, "\t", "list.tsv"), (4, 1), "", ""),
    "pipes": (listed(("path", "label"), PAIRS, "|"), (4, 1), "", ""),
    "Windows": (listed(("path", "label"), WINDOWS), (4, 1), "", ""),
    "drive": (listed(("path", "label"), [(f"D:\\data\\{name}", label) for name, label in WINDOWS]), (4, 1), "", ""),
    "another computer": (listed(("path", "label"), [(f"/content/drive/data/{name}", label) for name, label in PAIRS]), (4, 1), "", ""),
    "a folder above": (listed(("path", "label"), [(f"birds/{name}", label) for name, label in PAIRS]), (4, 1), "", ""),
    "dots before": (listed(("path", "label"), [(f"./{name}", label) for name, label in PAIRS]), (4, 1), "", ""),
    "set": (sided("set", ("train", "test")), (4, 1), "as the list gives it", ""),
    "data set": (sided("data set", ("Train", "Valid")), (4, 1), "as the list gives it", ""),
    "is_train": (sided("is_train", (1, 0)), (4, 1), "as the list gives it", ""),
    "ml_use": (sided("ml_use", ("training", "validation")), (4, 1), "as the list gives it", ""),
    "numbers beside names": (
        listed(("Filename", "Label", "ClassName"), [(name, KINDS.index(label), label) for name, label in PAIRS]), (4, 1), "ClassName", ""),
    "is_valid": (sided("is_valid", ("False", "True")), (4, 1), "as the list gives it", ""),
    "usage": (sided("Usage", ("Training", "Testing")), (4, 1), "as the list gives it", ""),
    "folds": (sided("fold", (0, 4)), (4, 1), "", "may be the split and is not used"),
    "partitions": (sided("partition", (0, 2)), (4, 1), "", "--read split=partition --read test=2"),
    "label and name": (listed(("path", "label", "class_name"), [(*row, row[1].upper()) for row in PAIRS]), (4, 1), "label", ""),
    "label and class": (
        listed(("path", "label", "class"), [(*row, row[1] if n else "fox") for n, row in enumerate(PAIRS)]), (4, 1), "", "say different things of 1 of 15"),
    "0 and 0.0": (
        listed(("path", "label"), [(name, f"{KINDS.index(label)}{'.0' * (n % 2)}") for n, (name, label) in enumerate(PAIRS)]), (4, 1), "", ""),
    "capitals": (listed(("path", "label"), [(name, label.title() if n % 2 else label) for n, (name, label) in enumerate(PAIRS)]), None, "", "differ by capitals"),
    "nan": (listed(("path", "label"), [(name, "nan" if label == "fox" else label) for name, label in PAIRS]), (4, 1), "", "no label"),
    "other endings": (listed(("file", "label"), [(name.replace(".jpg", ".JPEG"), label) for name, label in PAIRS]), (4, 1), "another folder or ending", ""),
    "img_id beside img_filename": (listed(("img_id", "img_filename", "y"), [(n, *row) for n, row in enumerate(PAIRS)]), (4, 1), "", ""),
    "path, name": (listed(("path", "name", "age"), [(*row, 3) for row in PAIRS]), (4, 1), "", ""),
    "id_test": (sided("split", ("train", "id_test")), (4, 1), "as the list gives it", ""),
    "several with commas": (listed(("path", "label"), [(name, f"{label},pet") for name, label in PAIRS]), (4, 1), "", "several labels a picture"),
    "boxes": (listed(("filename", "class", "xmin", "ymin"), [(*row, 1, 2) for row in PAIRS]), (4, 1), "", "boxes within pictures"),
    "tags": (listed(("image_name", "tags"), [(name, f"{label} clear") for name, label in PAIRS]), (4, 1), "", "several words a picture"),
    "one of several marked": (
        listed(("image_id", *KINDS), [(name[7:-4], *(int(kind == label) for kind in KINDS)) for name, label in PAIRS]), (4, 1), "mark one class", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_as_people_mean_it(tmp_path, name):
    files, counts, fact, doubt = LISTS[name]
    file = next(file for file in files if file.startswith("list."))
    for path in (tmp_path / "data" / file, tmp_path / "data"):
        put(tmp_path / "data", files)
        found = summarise(open_dataset(str(path)))
        assert {(sides["train"], sides["test"]) for sides in found["classes"].values()} == {counts} or counts is None
        assert not found["skipped"]
        assert fact in str(found["facts"])
        assert doubt in str(found["warnings"])
        assert bool(found["warnings"]) == bool(doubt)


BESIDE = {
    "Kaggle's GTSRB": (
        pictures("Train/{kind}/{n}.png", kinds="012") | pictures("Test/{n}.png", 6, "x") | pictures("Meta/{n}.png", 3, "x")
        | {"Train.csv": table(("Width", "ClassId", "Path"), [(9, kind, f"Train/{kind}/{n}.png") for kind in "012" for n in range(5)]),
           "Test.csv": table(("Width", "ClassId", "Path"), [(9, n % 3, f"Test/{n}.png") for n in range(6)]),
           "Meta.csv": table(("Path", "ClassId"), [(f"Meta/{n}.png", n) for n in range(3)])},
        (5, 2), "lists beside the pictures: Train.csv, Test.csv", ["Meta"]),
    "train.csv beside images": (HEAP | {"train.csv": table(("image_id", "label"), cut(PAIRS))}, (4, 1), "a list beside the pictures: train.csv", []),
    "dog breeds": (
        pictures("train/{kind}{n}.jpg") | pictures("test/t{n}.jpg", 3, "x")
        | {"labels.csv": table(("id", "breed"), cut(PAIRS)), "sample_submission.csv": table(("id", "label"), cut(PAIRS))},
        (4, 1), "a list beside the pictures: labels.csv", ["test"]),
    "the same numbers in train and test": (
        pictures("train/{n}.jpg", 6, "x") | pictures("test/{n}.jpg", 6, "x") | {"train.csv": table(("id", "label"), [(n, "cd"[n % 2]) for n in range(6)])},
        (2, 1), "a list beside the pictures: train.csv", ["test"]),
    "HAM10000": (
        pictures("HAM10000_images_part_1/ISIC_{n}.jpg", 5, "x") | pictures("HAM10000_images_part_2/ISIC_{n}.jpg", 5, "x", 5)
        | {"HAM10000_metadata.csv": table(("lesion_id", "image_id", "dx", "dx_type", "age"), [(f"L{n}", f"ISIC_{n}", ("nv", "mel")[n % 2], "histo", 50) for n in range(10)])},
        (4, 1), "a list beside the pictures: HAM10000_metadata.csv", []),
    "images beside masks": (
        HEAP | pictures("masks/{kind}{n}.png") | {"labels.csv": table(("image", "label"), cut(PAIRS))},
        (4, 1), "a list beside the pictures: labels.csv", ["masks"]),
    "a list in a folder": (HEAP | {"annotations/labels.csv": table(("file", "label"), cut(PAIRS, ending=""))}, (4, 1), "a list beside the pictures: annotations/labels.csv", []),
    "lists for each side": (
        HEAP | {f"{side}.csv": table(("filename", "label"), [row for n, row in enumerate(cut(PAIRS, ending="")) if (n % 5 == 4) == (side == "val")]) for side in ("train", "val")},
        (4, 1), "lists beside the pictures: train.csv, val.csv", []),
    "a list in the folder of each side": (
        {f"{side}/{file}": content for side, start in (("train", 0), ("valid", 9)) for file, content in (
            pictures("{n}.png", 6, "x", start) | {"labels.csv": table(("file", "label"), [(f"{n}.png", "cd"[n % 2]) for n in range(start, start + 6)])}).items()},
        (3, 3), "lists beside the pictures: train/labels.csv, valid/labels.csv", []),
    "an official split beside class folders": (
        pictures("{kind}/{n}.png") | {"split.csv": table(("path", "label", "set"), [(f"{kind}/{n}.png", kind, "test" if n > 2 else "train") for kind in KINDS for n in range(5)])},
        (3, 2), "a list beside the pictures: split.csv", []),
    "test.csv without labels": (
        pictures("train/{kind}{n}.jpg") | pictures("test/t{n}.jpg", 3, "x")
        | {"train.csv": table(("id", "label"), cut(PAIRS)), "test.csv": table(("id",), [("t0",), ("t1",)])},
        (4, 1), "a list beside the pictures: train.csv", ["test"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_a_folder_is_read_by_the_lists_in_it(tmp_path, name):
    files, counts, layout, left_out = BESIDE[name]
    for path in (put(tmp_path / "data", files), put(tmp_path, {"data.zip": zipped(files)}) / "data.zip"):
        found = summarise(open_dataset(str(path)))
        assert {(sides["train"], sides["test"]) for sides in found["classes"].values()} == {counts}
        assert found["layout"] == layout
        assert [one["file"] for one in found["left_out"]] == left_out
        assert found["warnings"] == []


@pytest.mark.parametrize("other", ["labels.csv", "train/clean.csv"])
def test_lists_of_sides_beside_another_list_stay_doubted(other, tmp_path):
    files = BESIDE["a list in the folder of each side"][0]
    start = "" if "/" in other else "train/"
    rows = table(("file", "label"), [(f"{start}{n}.png", "cdd"[n % 3]) for n in range(6)])
    found = summarise(open_dataset(str(put(tmp_path / "data", files | {other: rows}))))
    assert "There are several lists" in found["warnings"][0]


def test_numbers_get_the_names_that_lie_beside_the_list(tmp_path):
    rows = [(name, KINDS.index(label)) for name, label in cut(PAIRS, ending="")]
    names = json.dumps({number: f"{kind} disease" for number, kind in enumerate(KINDS)}).encode()
    files = HEAP | {"train.csv": table(("image_id", "label"), rows), "label_num_to_disease_map.json": names}
    assert open_dataset(str(put(tmp_path / "cassava", files))).class_names == (
        "cat disease",
        "dog disease",
        "fox disease",
    )


def test_numbers_by_name_beside_the_list_are_those_of_its_classes(tmp_path):
    rows = [(name, KINDS.index(label)) for name, label in cut(PAIRS, ending="")]
    numbers = json.dumps({kind: number for number, kind in reversed([*enumerate(KINDS)])}).encode()
    files = HEAP | {"train.csv": table(("image_id", "label"), rows), "class_to_idx.json": numbers}
    assert open_dataset(str(put(tmp_path / "set", files))).class_names == KINDS


@pytest.mark.parametrize(
    ("file", "numbers"),
    [("ages.json", {"anna": 0, "bert": 1, "carl": 2}), ("class_to_idx.json", {"1": 0, "0": 1, "2": 2})],
)
def test_numbers_of_people_and_of_numbers_beside_the_list_name_no_classes(file, numbers, tmp_path):
    rows = [(name, KINDS.index(label)) for name, label in cut(PAIRS, ending="")]
    files = HEAP | {"train.csv": table(("image_id", "label"), rows)}
    alone = open_dataset(str(put(tmp_path / "alone", files)))
    beside = open_dataset(str(put(tmp_path / "beside", files | {file: json.dumps(numbers).encode()})))
    assert beside.class_names == alone.class_names == ("0", "1", "2")
    assert [*beside.train.labels] == [*alone.train.labels]


def test_class_folders_stay_where_a_list_says_other_things_and_that_is_doubted(tmp_path):
    files = pictures("{kind}/{n}.png") | {
        "labels.csv": table(("path", "label"), [(f"{kind}/{n}.png", "ab"[n % 2]) for kind in KINDS for n in range(5)])
    }
    found = summarise(open_dataset(str(put(tmp_path / "data", files))))
    assert (found["layout"], [*found["classes"]]) == ("class folders", [*KINDS])
    (said,) = found["warnings"]
    assert re.search(r"labels\.csv groups \d+% .*--read classes=list takes its labels", said)
    assert open_dataset(str(tmp_path / "data?classes=list")).class_names == ("a", "b")
    assert not open_dataset(str(tmp_path / "data?classes=folders")).warnings


def test_a_split_of_numbers_beside_class_folders_is_doubted_and_can_be_chosen(tmp_path):
    rows = [(f"{kind}/{n}.png", kind, n % 3) for kind in KINDS for n in range(6)]
    files = pictures("{kind}/{n}.png", 6) | {"metadata.csv": table(("img_filename", "y", "split"), rows)}
    (said,) = open_dataset(str(put(tmp_path, files))).warnings
    assert "--read classes=list --read split=split --read test=VALUE" in said
    chosen = open_dataset(joined(str(tmp_path), ["classes=list", "split=split", "test=2"]))
    assert (len(chosen.train.ids), len(chosen.test.ids)) == (12, 6)


def test_names_that_several_files_have_are_doubted(tmp_path):
    files = pictures("a/{n}.jpg", 5, "x") | pictures("b/{n}.jpg", 5, "x")
    put(tmp_path, files | {"list.csv": table(("file", "label"), [(f"{n}.jpg", "cd"[n % 2]) for n in range(5)])})
    (said,) = open_dataset(str(tmp_path)).warnings
    assert "several files have the names in it" in said


# Choices


def test_choices_stand_behind_the_path_and_change_what_is_read(tmp_path):
    rows = [(*row, "pet" if row[1] != "fox" else "wild", number % 5) for number, row in enumerate(PAIRS)]
    put(tmp_path, HEAP | {"list.csv": table(("file", "label", "kingdom", "fold"), rows)})
    name = joined(str(tmp_path / "list.csv"), ["label=kingdom", "split=fold", "test=4"])
    found = open_dataset(name)
    assert (found.class_names, len(found.test.ids), found.warnings) == (("pet", "wild"), 3, ())
    assert found.name == name
    assert open_dataset(joined(str(tmp_path), ["label=kingdom"])).class_names == ("pet", "wild")


def test_a_folder_within_is_chosen(tmp_path):
    put(tmp_path / "plants", pictures("color/{kind}/{n}.png") | pictures("segmented/{kind}/{n}.png"))
    found = open_dataset(joined(str(tmp_path / "plants"), ["folder=color"]))
    assert (found.class_names, found.title, found.warnings) == (KINDS, "color", ())


def test_a_path_with_a_question_mark_is_a_path(tmp_path):
    put(tmp_path / "what?", pictures("{kind}/{n}.png"))
    assert parted(str(tmp_path / "what?")) == (str(tmp_path / "what?"), Choices())
    assert open_dataset(str(tmp_path / "what?")).class_names == KINDS


NO_CHOICES = {
    "another key": ("?colour=red", "is no choice of how data are read; give KEY=VALUE with one of path, label"),
    "no value": ("?label=", "is no choice"),
    "another source": ("?classes=stars", "names nothing; give one of folders, inner, list, names"),
    "no such column": ("?label=kingdom", "holds no list or table whose columns are label=kingdom"),
    "no such folder": ("?folder=color", "names no folder in"),
    "a folder outside": ("?folder=../..", "names no folder in"),
}


@pytest.mark.parametrize("name", NO_CHOICES)
def test_a_choice_that_means_nothing_is_refused(tmp_path, name):
    words, sentence = NO_CHOICES[name]
    put(tmp_path / "in/data", pictures("{kind}/{n}.png"))
    with pytest.raises(ExplorerError, match=sentence):
        open_dataset(str(tmp_path / "in/data") + words)


REFUSED = {
    "one array": ("images.npy", b"?", r"no data set that is read: give its folder, with the labels beside it"),
    "a spreadsheet": ("labels.xlsx", b"PK", r"no data set that is read: save the table as CSV"),
    "TFRecord": ("a.tfrecord-00001-of-00002", b"?", "write its pictures as files"),
    "addresses": ("a.csv", table(("url", "path", "label"), [(1, "https://example.org/1.jpg", "cat")] * 3), "address elsewhere"),
    "several labels": ("a.csv", table(("image_id", "young", "male"), [("1.jpg", 1, -1), ("2.jpg", 1, 1)]), "marks several classes"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_list_says_the_way_in(tmp_path, name):
    file, content, sentence = REFUSED[name]
    with pytest.raises(ExplorerError, match=sentence):
        open_dataset(str(put(tmp_path, {file: content}) / file))


def test_a_folder_with_the_name_of_a_published_data_set_is_not_fetched_in_its_place(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(put(tmp_path, pictures("food101/{kind}/{n}.png")))
    with pytest.raises(
        ExplorerError, match=r"both a data set that would be fetched and a folder here; give \./food101"
    ):
        open_dataset("food101")
    assert open_dataset("./food101").class_names == KINDS
    assert picture("a")
