"""Folders as people have them: each is read rightly with what was left out said, or refused with the way in."""

import re

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.content import format_of
from explorer.datasets.doubts.folder_names import paired_sides, side_of
from explorer.datasets.summary import summarise
from tests.support.hostile_data import png, put, zipped
from tests.support.layouts import KINDS, picture, pictures

TRAIN, TEST = pictures("train/{kind}/{n}.png"), pictures("test/{kind}/{n}.png", 2)


def sides(train, test, count=2):
    """Pictures in class folders of two sides."""
    return pictures(train + "/{kind}/{n}.png") | pictures(test + "/{kind}/{n}.png", count)


def without(files, start):
    """The same files but those whose name begins so."""
    return {name: content for name, content in files.items() if not name.startswith(start)}


SPLIT = "class folders in folders for training and testing"
PLAIN = "class folders"
# Files; numbers of training and test pictures a class; layout; names that are left out; parts of the doubts.
READ = {
    "train and test": (TRAIN | TEST, (5, 2), SPLIT, [], []),
    "capitals": (sides("Train", "Test"), (5, 2), SPLIT, [], []),
    "all capitals": (sides("TRAIN", "VAL"), (5, 2), SPLIT, [], []),
    "training and validation": (sides("training", "validation"), (5, 2), SPLIT, [], []),
    "training_set and test_set": (sides("training_set/training_set", "test_set/test_set"), (5, 2), SPLIT, [], []),
    "trainset and testset": (sides("trainset", "testset"), (5, 2), SPLIT, [], []),
    "Training Data": (sides("Training Data", "Testing Data"), (5, 2), SPLIT, [], []),
    "train-images": (sides("train-images", "eval-images"), (5, 2), SPLIT, [], []),
    "dev": (sides("train", "dev"), (5, 2), SPLIT, [], []),
    "eval": (sides("train", "eval"), (5, 2), SPLIT, [], []),
    "holdout": (sides("train", "hold_out"), (5, 2), SPLIT, [], []),
    "cars_train": (sides("cars_train", "cars_test"), (5, 2), SPLIT, [], []),
    "Intel scenes": (
        sides("seg_train/seg_train", "seg_test/seg_test") | pictures("seg_pred/seg_pred/{n}.jpg", 4, "x"),
        (5, 2), SPLIT, ["seg_pred"], []),
    "test before val": (TRAIN | TEST | pictures("val/{kind}/{n}.png", 1), (5, 2), SPLIT, ["val"], []),
    "flat test, val used": (TRAIN | pictures("val/{kind}/{n}.png", 2) | pictures("test/{n}.png", 4, "x"), (5, 2), SPLIT, ["test"], []),
    "test in one folder, val used": (
        TRAIN | pictures("val/{kind}/{n}.png", 2) | pictures("test/all/{n}.png", 4, "x"), (5, 2), SPLIT, ["test"], []),
    "empty test, val used": (TRAIN | pictures("val/{kind}/{n}.png", 2) | {"test/readme.txt": b"none"}, (5, 2), SPLIT, [], []),
    "train alone": (TRAIN, (4, 1), "class folders in a folder for training", [], []),
    "train and a flat test": (TRAIN | pictures("test1/{n}.png", 4, "x"), (4, 1), "class folders in a folder for training", ["test1"], []),
    "train and unlabeled": (TRAIN | pictures("unlabeled/{n}.png", 4, "x"), (4, 1), "class folders in a folder for training", ["unlabeled"], []),
    "train and extra": (TRAIN | TEST | pictures("extra/{n}.png", 4, "x"), (5, 2), SPLIT, ["extra"], []),
    "two wrapping folders": (pictures("dataset/PetImages/{kind}/{n}.png"), (4, 1), "class folders, within dataset/PetImages", [], []),
    "a split within folders": (sides("dataset/data/train", "dataset/data/test"), (5, 2), f"{SPLIT}, within dataset/data", [], []),
    "images beside masks": (
        pictures("images/{kind}/{n}.png") | pictures("masks/{kind}/{n}.png"), (4, 1), "class folders, within images", ["masks"], []),
    "Stanford Dogs": (
        pictures("Images/n02-{kind}/{n}.jpg") | {"Annotation/n02-cat/0": b"<annotation>", "lists/train_list.mat": b"MATLAB"},
        (4, 1), "class folders, within Images", [], []),
    "a copy within": (TRAIN | TEST | pictures("chest/train/{kind}/{n}.png"), (5, 2), SPLIT, ["chest"], []),
    "sides within classes": (
        pictures("{kind}/train/{n}.png") | pictures("{kind}/val/{n}.png", 2), (5, 2), "class folders that hold their sides", [], []),
    "sub-classes": (pictures("{kind}/young/{n}.png", 3) | pictures("{kind}/{n}.png", 2), (4, 1), PLAIN, [], []),
    "hidden folder beside classes": (
        pictures("{kind}/{n}.png") | pictures(".thumbnails/{n}.png", 3, "x"), (4, 1), PLAIN, [".thumbnails"], []),
    "hidden folder in a class": (
        pictures("{kind}/{n}.png") | pictures("cat/.ipynb_checkpoints/{n}-checkpoint.png", 2, "x"), (4, 1), PLAIN, ["cat/.ipynb_checkpoints"], []),
    "@eaDir": (pictures("{kind}/{n}.png") | pictures("@eaDir/{n}.png/THUMB.png", 2, "x"), (4, 1), PLAIN, ["@eaDir"], []),
    "runs": (pictures("{kind}/{n}.png") | pictures("runs/classify/{n}.png", 3, "x"), (4, 1), PLAIN, ["runs"], []),
    "wandb": (pictures("{kind}/{n}.png") | pictures("wandb/media/{n}.png", 3, "x"), (4, 1), PLAIN, ["wandb"], []),
    "FiftyOne tree": (pictures("{kind}/{n}.png") | pictures("_unlabeled/{n}.png", 3, "x"), (4, 1), PLAIN, ["_unlabeled"], []),
    "masks beside classes": (pictures("{kind}/{n}.png") | pictures("masks/{n}.png", 5, "x"), (4, 1), PLAIN, ["masks"], []),
    "pictures beside classes": (pictures("{kind}/{n}.png") | {"preview.png": picture("p")}, (4, 1), PLAIN, ["*"], []),
    "an empty class": (pictures("{kind}/{n}.png") | {"wolf/.keep": b""}, (4, 1), PLAIN, [], ["No picture of wolf"]),
    "a class of HEIC": (
        pictures("{kind}/{n}.png") | {"wolf/1.HEIC": b"?"}, (4, 1), PLAIN, ["wolf/1.HEIC"], ["No picture of wolf"]),
    "a class of JPEG XL": (
        pictures("{kind}/{n}.png") | {"wolf/1.jxl": b"?"}, (4, 1), PLAIN, ["wolf/1.jxl"], ["No picture of wolf"]),
    "a folder of notes": (pictures("{kind}/{n}.png") | {"notes/readme.txt": b"?"}, (4, 1), PLAIN, [], []),
    "plots of something": (pictures("{kind}/{n}.png", kinds=(*KINDS, "outputs")), (4, 1), PLAIN, [], ["output of a tool"]),
    "Caltech 101": (
        pictures("101_ObjectCategories/{kind}/{n}.png", kinds=(*KINDS, "BACKGROUND_Google")), (4, 1),
        "class folders, within 101_ObjectCategories", [], ["nothing in particular"]),
    "Plant Village": (
        pictures("color/{kind}/{n}.png", 2) | pictures("grayscale/{kind}/{n}.png", 2), (5, 1), PLAIN, [], ["--read folder=color"]),
    "two sets that share a class": (
        pictures("setA/{kind}/{n}.png", 2) | pictures("setB/{kind}/{n}.png", 2, ("fox", "owl", "wolf")), (5, 1), PLAIN, [], ["--read folder=setA"]),
    "domains": (
        pictures("amazon/images/{kind}/{n}.png", 2) | pictures("dslr/images/{kind}/{n}.png", 2), (5, 1), PLAIN, [], ["--read folder=amazon"]),
    "sides of a name": (
        pictures("box_{kind}/{n}.png", kinds=("train", "test", "query")), (4, 1), PLAIN, [], ["named like sides of the data"]),
    "sides in the names of classes": (
        pictures("{kind}_train/{n}.png") | pictures("{kind}_test/{n}.jpg"), (4, 1), PLAIN, [], ["named like sides of the data"]),
    "Trainingsdaten": (sides("Trainingsdaten", "Testdaten"), (5, 2), SPLIT, [], []),
    "a copy among the classes": (
        pictures("{kind}/{n}.png") | pictures("all/{kind}/{n}.jpg", 2), (4, 1), PLAIN, ["all"], []),
    "samples beside the data": (
        pictures("data/{kind}/{n}.png") | pictures("samples/{n}.png", 2, "x"), (4, 1), "class folders, within data", ["samples"], []),
    "one folder of folders": (
        pictures("birds/{kind}/{n}.png", 5, ("owl", "tit")) | pictures("other/{n}.png", 10, "x"), (8, 2), PLAIN, [], ["--read folder=birds"]),
    "a table that is not read": (
        pictures("{kind}_{n}.jpg") | {"labels.xlsx": b"PK"}, (4, 1), "classes in the files' names", [], ["labels.xlsx lies beside"]),
    "masks by name": (
        pictures("{kind}/{kind} ({n}).png") | pictures("{kind}/{kind} ({n})_mask.png"), (4, 1), PLAIN, [f"{kind}/*" for kind in KINDS], []),
    "masks in a folder of each class": (
        pictures("{kind}/images/{n}.png") | pictures("{kind}/masks/{n}.png"), (4, 1), PLAIN, [f"{kind}/*" for kind in KINDS], []),
    "letters": (
        pictures("a/a{kind}/{n}.png", 2, KINDS[:2]) | pictures("b/b{kind}/{n}.png", 2, KINDS[:2]), (3, 1), PLAIN, [], ["may be the classes"]),
    "two kinds in names": (
        pictures("home_{kind}_{n}.jpg", 4, KINDS[:2]) | pictures("zoo_{kind}_{n}.jpg", 4, KINDS[:2]), (3, 1), "classes in the files' names", [], ["if these are none"]),
    "rubbish": (pictures("{kind}/{n}.png", kinds=("glass", "metal", "trash")), (4, 1), PLAIN, [], []),
    "unsorted": (pictures("{kind}/{n}.png", kinds=(*KINDS, "unsorted")), (4, 1), PLAIN, [], ["nobody has sorted"]),
    "no ending": (
        pictures("{kind}/{n}.png", 3) | {f"{kind}/file{n}": picture(f"{n}{kind}", "JPEG") for kind in KINDS for n in range(2)},
        (4, 1), PLAIN, [], []),
    "other endings": (
        pictures("{kind}/{n}.png", 3) | {f"{kind}/{n}.jpg_large": picture(f"{n}{kind}", "JPEG") for kind in KINDS for n in range(2)},
        (4, 1), PLAIN, [], []),
    "Dogs vs Cats": (
        pictures("train/{kind}.{n}.jpg") | pictures("test1/{n}.jpg", 3, "x"), (4, 1), "classes in the files' names", ["test1"], []),
    "flat, numbered": (pictures("{kind} ({n}).jpg"), (4, 1), "classes in the files' names", [], []),
    "flat sides": (
        pictures("train/{kind}_{n}.jpg") | pictures("test/{kind}_{n}.jpg", 2), (5, 2), "classes in the files' names", [], []),
    "patients": (
        pictures("patient {kind}_{n}.jpg"), (4, 1), "classes in the files' names", [], ["if these are none"]),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_folder_is_read_as_people_mean_it(tmp_path, name):
    files, counts, layout, left_out, doubts = READ[name]
    found = summarise(open_dataset(str(put(tmp_path / "data", files))))
    assert found["layout"] == layout
    assert {(sides["train"], sides["test"]) for sides in found["classes"].values()} == {counts}
    assert [one["file"] for one in found["left_out"]] == left_out
    assert all(one["pictures"] > 0 for one in found["left_out"])
    assert len(found["warnings"]) >= len(doubts)
    assert all(any(doubt in said for said in found["warnings"]) for doubt in doubts)
    assert doubts or not found["warnings"]


FLAT = pictures("train/{n}.jpg", 4, "x") | pictures("test/{n}.jpg", 4, "x")
BOX = b'{"images": [], "annotations": [{"bbox": [1, 2, 3, 4]}], "categories": []}'
REFUSED = {
    "flat sides": (FLAT, r"train and test hold 8 pictures and no folder for each class: their labels are missing"),
    "flat": (pictures("IMG_{n}.jpg", 4, "x"), r"It holds 4 pictures and no folder for each class"),
    "flat with a list": (FLAT | {"classes.xlsx": b"PK"}, r"If classes\.xlsx names the classes, save it as a CSV"),
    "hidden": (pictures(".data/{kind}/{n}.png"), r"\.data is hidden and holds 15 pictures; give its own path"),
    "an archive": ({"data.zip": b"PK"}, r"It holds the archive data\.zip; give .*data\.zip itself"),
    "COCO": (FLAT | {"annotations/instances.json": BOX}, r"detection set \(COCO, annotations/instances\.json\)"),
    "VOC": (
        pictures("JPEGImages/{n}.jpg", 4, "x") | {"Annotations/0.xml": b"<annotation><bndbox></bndbox></annotation>"},
        r"detection set \(Pascal VOC, Annotations/0\.xml\).*Cut the boxes out"),
    "YOLO": (
        pictures("images/train/{n}.jpg", 4, "x") | {"labels/train/0.txt": b"0 0.5 0.5 0.2 0.2\n"},
        r"detection set \(YOLO, labels/train/0\.txt\)"),
    "VOC with masks": (
        pictures("VOC/JPEGImages/{n}.jpg", 4, "x") | pictures("VOC/SegmentationClass/{n}.png", 2, "x") | {"VOC/Annotations/0.xml": b"<bndbox>"},
        r"detection set \(Pascal VOC, VOC/Annotations/0\.xml\)"),
    "CelebA": (
        pictures("img_align_celeba/{n}.jpg", 4, "x")
        | {"list_attr_celeba.csv": b"image_id,Young,Male\n0.jpg,1,-1\n1.jpg,1,1\n", "list_eval_partition.csv": b"image_id,partition\n0.jpg,0\n1.jpg,1\n"},
        r"list_attr_celeba\.csv marks several classes, or none, for a picture"),
    "anomalies": (
        pictures("train/good/{n}.png", 4, "x") | pictures("test/{kind}/{n}.png", 2, ("good", "broken")),
        r"The folder train has one class only; where the other classes lie in test"),
    "pixels in a table": ({"fer2013.csv": b"emotion,pixels,Usage\n0,1 2 3,Training\n"}, r"fer2013\.csv holds the pixels themselves, .* save them as an \.npz"),
    "Create ML": (
        pictures("p{n}.jpg", 4, "x") | {"_annotations.createml.json": b'[{"image": "p0.jpg", "annotations": [{"label": "cat", "coordinates": {"x": 1, "y": 2, "width": 3, "height": 4}}]}]'},
        r"It is a detection set \(Create ML, _annotations\.createml\.json\): boxes within pictures"),
    "a text of XML a picture": (
        pictures("p{n}.jpg", 4, "x") | {"xml/p0.xml": b"<annotation><object><name>cat</name></object></annotation>"},
        r"their labels are missing\. .* If xml/p0\.xml names the classes, save it as a CSV"),
    "LMDB": ({"data.mdb": b"?", "lock.mdb": b"?"}, r"LMDB database \(data\.mdb\), which is not read; write its pictures"),
    "TFRecord": ({"train-00000-of-00002.tfrecord": b"?"}, r"TFRecord files \(train-00000-of-00002\.tfrecord\)"),
    "Flowers 102": (
        pictures("jpg/image_{n}.jpg", 4, "x") | {"imagelabels.mat": b"?"}, r"stand in imagelabels\.mat, a file of Matlab"),
    "capitals differ": (
        pictures("train/{kind}/{n}.png") | pictures("test/{kind}/{n}.png", kinds=("Cat", "Dog")),
        "classes without training pictures: Cat, Dog"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_without_classes_is_refused_with_the_way_in(tmp_path, name):
    files, sentence = REFUSED[name]
    with pytest.raises(ExplorerError, match=sentence) as refused:
        open_dataset(str(put(tmp_path / "data", files)))
    assert "\n" not in str(refused.value)


def test_sides_are_named_with_their_folders_and_what_is_left_out_is_counted(tmp_path):
    files = TRAIN | pictures("Val/{kind}/{n}.png", 2) | pictures("Test/{n}.png", 4, "x")
    found = summarise(open_dataset(str(put(tmp_path / "data", files))))
    assert {side: one["from"] for side, one in found["splits"].items()} == {
        "train": "the folder train",
        "test": "the folder Val",
    }
    (left,) = found["left_out"]
    assert (left["file"], left["pictures"]) == ("Test", 4)
    assert "no labels" in left["reason"]


def test_files_without_an_ending_are_read_from_an_archive_as_well(tmp_path):
    files = {f"{kind}/{kind}{n}": picture((kind, n), "JPEG") for kind in KINDS for n in range(4)}
    put(tmp_path, {"pets.zip": zipped(files | {"LICENSE": b"free", "cat/1.jpg_large": picture("l", "JPEG")})})
    found = open_dataset(str(tmp_path / "pets.zip"))
    assert (found.class_names, len(found.train.ids) + len(found.test.ids), found.skipped) == (KINDS, 13, ())


def test_a_class_called_train_stays_a_class(tmp_path):
    files = pictures("{kind}/{n}.png", kinds=("bus", "car", "train"))
    assert open_dataset(str(put(tmp_path / "data", files))).class_names == ("bus", "car", "train")
    deeper = pictures("{kind}/red/{n}.png", kinds=("bus", "car", "train")) | pictures(
        "{kind}/x{n}.png", kinds=("train",)
    )
    assert open_dataset(str(put(tmp_path / "deeper", deeper))).class_names == ("bus", "car", "train")


SIDES = {
    "train": "train",
    "Training_Set": "train",
    "trainData": "train",
    "test1": "test",
    "testImages": "test",
    "VALID": "val",
}
SIDES |= {
    "development": "val",
    "hold-out": "test",
    "cat": "",
    "training wheels": "",
    "testament": "",
    "2": "",
    "images": "",
}


def test_names_of_sides_are_known_however_they_are_written():
    assert {name: side_of(name) for name in SIDES} == SIDES
    assert paired_sides(["cars_train", "cars_test", "devkit"]) == {"cars_train": "train", "cars_test": "test"}
    assert paired_sides(["steam train", "night train"]) == {}


def test_the_kind_of_a_file_is_known_by_its_first_bytes():
    assert [format_of(picture("a", form)[:16]) for form in ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "AVIF", "JPEG2000")] == [
        "JPEG", "PNG", "GIF", "TIFF", "BMP", "WebP", "AVIF", "JPEG 2000",
    ]  # fmt: skip
    assert format_of(b"") == format_of(b"BMW is a car, not a picture") == ""
    assert re.fullmatch("PNG", format_of(png(1, 1)[:16]))
