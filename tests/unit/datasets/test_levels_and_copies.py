"""Class folders of two levels, pictures named as copies of others, and folders that lie beside the data."""

import pyarrow
import pyarrow.parquet
import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.container_files import encoded
from tests.support.hostile_data import put
from tests.support.layouts import KINDS, picture, pictures, table

LEVELS = pictures("mammal/{kind}/{n}.jpg", 3, ("cat", "dog")) | pictures("bird/{kind}/{n}.jpg", 3, ("owl", "hawk"))
FOLDERS = pictures("{kind}/{n}.jpg")


def opened(tmp_path, files, choices=""):
    put(tmp_path / "set", files)
    return open_dataset(f"{tmp_path / 'set'}{choices}")


def test_two_levels_are_doubted_and_either_can_be_taken(tmp_path):
    found = opened(tmp_path, LEVELS)
    assert found.class_names == ("bird", "mammal")
    assert found.warnings == (
        "The folders bird, mammal hold folders (hawk, owl, cat and 1 more), which may be the classes; "
        "--read classes=inner takes those, --read classes=folders the outer ones.",
    )
    outer = open_dataset(f"{tmp_path / 'set'}?classes=folders")
    assert (outer.class_names, outer.warnings) == (("bird", "mammal"), ())
    inner = open_dataset(f"{tmp_path / 'set'}?classes=inner")
    assert (inner.class_names, inner.warnings) == (("cat", "dog", "hawk", "owl"), ())


def test_inner_classes_keep_their_sides_and_say_what_lies_in_none(tmp_path):
    files = {f"{side}/{name}": picture((side, name)) for side in ("train", "test") for name in LEVELS} | {
        "train/bird/stray.jpg": picture("stray")
    }
    facts = summarise(opened(tmp_path, files, "?classes=inner"))
    assert [facts["splits"][side]["pictures"] for side in ("train", "test")] == [12, 12]
    assert [*facts["classes"]] == ["cat", "dog", "hawk", "owl"]
    assert [(one["reason"], one["pictures"]) for one in facts["left_out"]] == [
        ("they lie in no folder within a class folder", 1)
    ]


# Folders within the class folders that are no classes.
PLAIN = {
    "one each": ("cat/a", "dog/b"),
    "numbers": ("cat/scene1", "cat/scene2", "dog/scene3", "dog/scene4"),
    "sessions of both": ("cat/alice", "cat/bob", "dog/alice", "dog/carol", "dog/dave", "cat/erin", "cat/frank"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_folders_within_class_folders_that_are_no_classes_are_no_doubt(tmp_path, name):
    found = opened(tmp_path, pictures("{kind}/{n}.jpg", 3, PLAIN[name]))
    assert (found.class_names, found.warnings) == (("cat", "dog"), ())


def test_a_class_within_another_is_doubted(tmp_path):
    (doubt,) = opened(tmp_path, FOLDERS | pictures("cat/{kind}/{n}x.jpg", 3, ("dog",))).warnings
    assert "The folder cat/dog is called as the class 'dog' and counts as 'cat'" in doubt


@pytest.mark.parametrize("pattern", ["{kind}/thumbs/{n}.jpg", "{kind}/{n}_thumb.jpg", "{kind}/{n}_mask.jpg"])
def test_small_copies_and_masks_beside_their_pictures_are_left_out(tmp_path, pattern):
    facts = summarise(opened(tmp_path, FOLDERS | pictures(pattern)))
    assert sum(side["pictures"] for side in facts["splits"].values()) == 15
    assert sum(one["pictures"] for one in facts["left_out"]) == 15
    assert not facts["warnings"]


def test_thumbs_that_are_the_only_pictures_stay(tmp_path):
    assert len(opened(tmp_path, pictures("{kind}/thumbs/{n}.jpg")).train.labels) == 12


@pytest.mark.parametrize("pattern", ["{kind}/{n}_aug2.jpg", "{kind}/{n}_flip_rot90.jpg", "{kind}/{n}-hflip.jpg"])
def test_altered_copies_are_doubted_where_the_split_is_made_here(tmp_path, pattern):
    (doubt,) = opened(tmp_path, FOLDERS | pictures(pattern)).warnings
    assert "30 pictures are named as altered copies of each other, such as cat/0" in doubt


def test_versions_of_roboflow_are_doubted_only_where_they_share_a_picture(tmp_path):
    files = {
        f"{kind}/{kind}_{n}_jpg.rf.{code}.jpg": picture((kind, n, code))
        for kind in KINDS
        for n in range(3)
        for code in ("0a1", "9f2")
    }
    assert "named as altered copies" in opened(tmp_path, files).warnings[0]
    single = {name: content for name, content in files.items() if "0a1" in name}
    put(tmp_path / "single", single)
    assert not open_dataset(str(tmp_path / "single")).warnings


def test_copies_are_no_doubt_where_a_split_is_given(tmp_path):
    files = {f"train/{name}": content for name, content in (FOLDERS | pictures("{kind}/{n}_aug1.jpg")).items()}
    assert not opened(tmp_path, files | pictures("test/{kind}/{n}t.jpg")).warnings


def test_what_lies_beside_a_known_layout_is_left_out_and_said(tmp_path):
    lines = [f"{row} {kind}/{n}.jpg" for row, (kind, n) in enumerate((kind, n) for kind in KINDS for n in range(4))]
    texts = {
        "images.txt": lines,
        "image_class_labels.txt": [f"{row} {row // 4 + 1}" for row in range(12)],
        "train_test_split.txt": [f"{row} {int(row % 4 < 2)}" for row in range(12)],
    }
    files = {f"CUB/{name}": "\n".join(said).encode() for name, said in texts.items()}
    facts = summarise(
        opened(tmp_path, files | pictures("CUB/images/{kind}/{n}.jpg") | pictures("segmentations/{kind}/{n}.png"))
    )
    assert [facts["splits"][side]["pictures"] for side in ("train", "test")] == [6, 6]
    assert ("segmentations", 15) in [(one["file"], one["pictures"]) for one in facts["left_out"]]


def test_sides_in_json_are_read(tmp_path):
    texts = {
        f"meta/{side}.json": (
            "{"
            + ", ".join(f'"{kind}": [{", ".join(f"{chr(34)}{kind}/{n}{chr(34)}" for n in rows)}]' for kind in KINDS)
            + "}"
        ).encode()
        for side, rows in (("train", (0, 1, 2)), ("test", (3, 4)))
    }
    found = opened(tmp_path, pictures("images/{kind}/{n}.jpg") | texts)
    assert (len(found.train.labels), len(found.test.labels), found.warnings) == (9, 6, ())


MARKS = "15\nMale Smiling\n" + "".join(f"{n}.jpg 1 -1\n" for n in range(15))
ONE_OF = "".join(f"{n} {1 if n % 3 else -1}\n" for n in range(15))
HEAP = pictures("pictures/{n}.jpg", 15, ("x",))
# Files; a part of the sentence.
REFUSED = {
    "attributes": (HEAP | {"list_attr.txt": MARKS.encode()}, "says of each picture whether one thing is there or not"),
    "Pascal VOC": (HEAP | {"ImageSets/Main/cat_train.txt": ONE_OF.encode()}, "ImageSets/Main/cat_train.txt says of each picture"),
    "an archive a class": ({f"{kind}.zip": b"PK" for kind in KINDS}, r"holds 3 archives \(cat.zip, dog.zip, fox.zip\); unpack each into a folder of its name"),
    "unknown files": ({"usps.bz2": b"BZh", "README.md": b"?"}, "It holds usps.bz2, and no pictures that are read; write its pictures as files"),
    "a table beside one folder": (pictures("Base11/{n}x.tif", 5, "x", ) | {"Base11/grades.xls": b"?"}, "If Base11/grades.xls names the classes"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_the_way_in(tmp_path, name):
    files, part = REFUSED[name]
    with pytest.raises(ExplorerError, match=part):
        opened(tmp_path, files)


def test_a_list_of_one_thing_beside_marks_of_several_is_doubted(tmp_path):
    lists = {"identity.txt": "".join(f"{n}.jpg {n % 3}\n" for n in range(15)).encode(), "list_attr.txt": MARKS.encode()}
    (doubt,) = opened(tmp_path, HEAP | lists | {"list_eval_partition.txt": lists["identity.txt"]}).warnings
    assert doubt.startswith("identity.txt is taken. list_attr.txt says of each picture")


def test_two_lists_that_differ_are_doubted_whatever_they_are_called(tmp_path):
    lists = {
        name: table(("file", "label"), [(f"{n}.jpg", n % parts) for n in range(15)])
        for name, parts in (("labels.csv", 3), ("eval.csv", 2))
    }
    (doubt,) = opened(tmp_path, HEAP | lists).warnings
    assert "There are several lists; labels.csv is taken" in doubt


# Class folders that are named after something else, and what the doubt says of it; nothing where they may be classes.
NAMED = {
    "dates": (("2024-05-01", "2024-05-02"), "dates or years"),
    "years": (("2019", "2020"), "dates or years"),
    "cameras": (("100CANON", "101CANON"), "the folders of a camera"),
    "sizes": (("40X", "100X"), "sizes or magnifications"),
    "patients": (("patient_01", "patient_02"), "whom or whence"),
    "bands": (("B02", "B8A"), "bands of a satellite"),
    "a side within": (("bounding_box_train", "query"), "like a side of the data"),
    "vehicles": (("train", "train_station", "bus", "tram"), ""),
    "noisy and clean": (("noisy", "clean"), "pictures of the same names, such as '0'"),
    "colour and depth": (("rgb", "depth", "nir"), "pictures of the same names"),
    "letters": (("a", "b"), ""),
    "chapters": (("chapter 1", "chapter 2"), "whom or whence"),
    "numbers of a program": (
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "9f2504e04f8911d39a0c0305e82c3302"),
        "the numbers of a program",
    ),
    "copies": (("original", "augmented"), "copies of the same pictures"),
    "long words": (("original", "defaced"), ""),
    "vitamins": (("B1", "B12"), ""),
    "albums": (("Camera Roll", "WhatsApp Images"), "albums of a telephone"),
    "one of them": (("2019", "cat"), ""),
    "numbers": (("1", "2"), ""),
    "coins": (("1 cent", "2 cent"), ""),
    "faces": (("s1", "s2"), ""),
    "subjects": (("subject01", "subject02"), ""),
}


@pytest.mark.parametrize("name", NAMED)
def test_classes_named_after_something_else_are_doubted(tmp_path, name):
    kinds, words = NAMED[name]
    warnings = opened(tmp_path, pictures("{kind}/{n}.jpg", kinds=kinds)).warnings
    assert len(warnings) == bool(words)
    assert words in " ".join(warnings)


def test_folds_with_sides_and_classes_of_their_own_are_doubted(tmp_path):
    files = {
        f"fold_{part}/{side}/{name}": picture((part, side, name))
        for part in (1, 2)
        for side in ("train", "test")
        for name in FOLDERS
    }
    assert "The folders fold_1, fold_2 hold the same folders (test, train)" in opened(tmp_path, files).warnings[0]
    assert open_dataset(f"{tmp_path / 'set'}?folder=fold_1").warnings == ()


def test_a_class_and_its_plural_are_doubted(tmp_path):
    (doubt,) = opened(tmp_path, pictures("{kind}/{n}.jpg", kinds=("dog", "Dogs", "cat"))).warnings
    assert "'dog' and 'Dogs' differ by the letter s" in doubt


def test_all_pictures_in_two_formats_are_doubted_and_a_few_are_not(tmp_path):
    both = FOLDERS | {name.replace(".jpg", ".png"): picture(name) for name in FOLDERS}
    assert "30 pictures are named as altered copies" in opened(tmp_path, both).warnings[0]
    put(tmp_path / "few", FOLDERS | {"cat/0.png": picture("another")})
    assert not open_dataset(str(tmp_path / "few")).warnings


def test_tables_of_pictures_beside_the_figures_of_a_page_are_read(tmp_path):
    put(tmp_path / "set", {"assets/banner.png": picture("banner"), "README.md": b"?"})
    rows = pyarrow.table({"image": [encoded(row) for row in range(9)], "label": [KINDS[row % 3] for row in range(9)]})
    pyarrow.parquet.write_table(rows, tmp_path / "set" / "train-00000-of-00001.parquet")
    assert open_dataset(str(tmp_path / "set")).class_names == KINDS


def test_folders_of_the_same_names_that_count_nothing_are_doubted(tmp_path):
    scenes = {
        f"{kind}/{scene}.jpg": picture((kind, scene))
        for kind in ("day", "night")
        for scene in ("paris", "rome", "oslo", "bern", "wien")
    }
    (doubt,) = opened(tmp_path, scenes).warnings
    assert "The folders day, night hold pictures of the same names, such as 'bern'" in doubt
    put(tmp_path / "numbered", pictures("{kind}/img_{n}.jpg", kinds=("day", "night")))
    assert not open_dataset(str(tmp_path / "numbered")).warnings


@pytest.mark.parametrize(
    "pattern", ["{kind}/{kind}_crop_{n}.jpg", "{kind}/street-dark-{n}.jpg", "{kind}/img{n}_noise.jpg"]
)
def test_words_of_copies_in_the_names_of_all_pictures_are_no_doubt(tmp_path, pattern):
    assert not opened(tmp_path, pictures(pattern, 6)).warnings


def test_copies_without_their_picture_are_doubted(tmp_path):
    files = {
        f"{kind}/{kind}_{n:03d}_aug{copy}.jpg": picture((kind, n, copy))
        for kind in KINDS
        for n in range(3)
        for copy in (0, 1)
    }
    assert "18 pictures are named as altered copies" in opened(tmp_path, files).warnings[0]


def test_a_list_of_sides_without_labels_is_doubted(tmp_path):
    sides = table(
        ("path", "split"),
        [(f"images/{kind}/{n}.jpg", "train" if n < 3 else "test") for kind in KINDS for n in range(5)],
    )
    (doubt,) = opened(tmp_path, pictures("images/{kind}/{n}.jpg") | {"split.csv": sides}).warnings
    assert "split.csv says the sides of these pictures and not their labels, and another split is made" in doubt
    assert not open_dataset(f"{tmp_path / 'set'}?classes=folders").warnings


def test_texts_of_names_by_side_are_read_whatever_follows_the_side(tmp_path):
    ids = {
        f"{side}_ids.txt": "".join(f"{kind}/{n}\n" for kind in KINDS for n in rows).encode()
        for side, rows in (("train", (0, 1, 2)), ("test", (3, 4)))
    }
    found = opened(tmp_path, pictures("images/{kind}/{n}.jpg") | ids)
    assert (len(found.train.labels), len(found.test.labels)) == (9, 6)
