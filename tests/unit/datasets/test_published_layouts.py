"""Published data sets as they are unpacked, with the split that their authors give."""

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.hostile_data import put, zipped
from tests.support.layouts import KINDS, picture, pictures


def text(*lines):
    """Return a text of lines."""
    return "".join(f"{line}\n" for line in lines).encode()


PETS = ("Abyssinian", "basset_hound", "pug")
FOLDERS = pictures("images/{kind}/{n}.jpg")
NAMES = [(kind, n) for kind in KINDS for n in range(5)]
BIRDS = [
    (number, f"00{row + 1}.{kind}", n)
    for number, (row, kind, n) in enumerate((r, k, n) for r, k in enumerate(KINDS) for n in range(5))
]
CUB = {
    **{f"CUB_200_2011/{name}": content for name, content in pictures("images/{kind}/{n}.jpg", kinds=("001.cat", "002.dog", "003.fox")).items()},
    "CUB_200_2011/images.txt": text(*(f"{number} {label}/{n}.jpg" for number, label, n in BIRDS)),
    "CUB_200_2011/image_class_labels.txt": text(*(f"{number} {label[:3].lstrip('0')}" for number, label, _ in BIRDS)),
    "CUB_200_2011/classes.txt": text("1 001.cat", "2 002.dog", "3 003.fox"),
    "CUB_200_2011/train_test_split.txt": text(*(f"{number} {int(n > 1)}" for number, _, n in BIRDS)),
    "attributes.txt": b"?",
}  # fmt: skip
# Files; class names; numbers of training and test pictures a class; part of the layout; names that are left out.
PUBLISHED = {
    "Oxford-IIIT Pet": (
        pictures("images/{kind}_{n}.jpg", kinds=PETS) | pictures("annotations/trimaps/{kind}_{n}.png", kinds=PETS)
        | {"annotations/trainval.txt": text(*(f"{pet}_{n} {row + 1} 1 1" for row, pet in enumerate(PETS) for n in range(3))),
           "annotations/test.txt": text(*(f"{pet}_{n} {row + 1} 1 1" for row, pet in enumerate(PETS) for n in (3, 4))),
           "annotations/list.txt": text("#Image CLASS-ID SPECIES BREED ID")},
        PETS, (3, 2), "annotations/trainval.txt, annotations/test.txt", ["annotations"]),
    "Food-101": (
        FOLDERS | {"meta/train.txt": text(*(f"{kind}/{n}" for kind, n in NAMES if n < 3)),
                   "meta/test.txt": text(*(f"{kind}/{n}" for kind, n in NAMES if n > 2)), "meta/classes.txt": text(*KINDS)},
        KINDS, (3, 2), "meta/train.txt, meta/test.txt", []),
    "MIT's indoor scenes": (
        pictures("Images/{kind}/{n}.jpg") | {"TrainImages.txt": text(*(f"{kind}/{n}.jpg" for kind, n in NAMES if n < 3)),
                                             "TestImages.txt": text(*(f"{kind}/{n}.jpg" for kind, n in NAMES if n == 4))},
        KINDS, (3, 1), "TrainImages.txt, TestImages.txt", ["Images"]),
    "Caffe, names of folders": (
        FOLDERS | {"train.txt": text(*(f"images/{kind}/{n}.jpg {KINDS.index(kind)}" for kind, n in NAMES if n < 4)),
                   "val.txt": text(*(f"images/{kind}/{n}.jpg {KINDS.index(kind)}" for kind, n in NAMES if n > 3))},
        KINDS, (4, 1), "train.txt, val.txt", []),
    "Caffe, one heap": (
        pictures("images/{kind}{n}x.jpg") | {"train.txt": text(*(f"{kind}{n}x.jpg {KINDS.index(kind)}" for kind, n in NAMES if n < 4)),
                                             "val.txt": text(*(f"{kind}{n}x.jpg {KINDS.index(kind)}" for kind, n in NAMES if n > 3))},
        ("0", "1", "2"), (4, 1), "train.txt, val.txt", []),
    "DTD, ten splits": (
        FOLDERS | {f"labels/{side}{part}.txt": text(*(f"{kind}/{n}.jpg" for kind, n in NAMES if (n < 3) == (side == "train"))) for side in ("train", "test") for part in (1, 2)},
        KINDS, (3, 2), "labels/train1.txt, labels/test1.txt", ["labels/test2.txt", "labels/train2.txt"]),
    "CUB-200": (CUB, ("001.cat", "002.dog", "003.fox"), (3, 2), "CUB-200", []),
    "Tiny-ImageNet": (
        pictures("train/n0{kind}/images/n0{kind}_{n}.JPEG") | pictures("val/images/val_{n}.JPEG", 6, "x") | pictures("test/images/test_{n}.JPEG", 3, "x")
        | {"val/val_annotations.txt": text(*(f"val_{n}.JPEG\tn0{KINDS[n % 3]}\t0\t0\t9\t9" for n in range(6))),
           "words.txt": text("n0cat\tcat, true cat", "n0dog\tcrane", "n0fox\tcrane"), "wnids.txt": text("n0cat", "n0dog", "n0fox"),
           "train/n0cat/n0cat_boxes.txt": text("n0cat_0.JPEG\t0\t0\t9\t9")},
        ("cat", "n0dog", "n0fox"), (5, 2), "Tiny-ImageNet", ["test"]),
    "Imagenette": (
        pictures("train/n0{kind}/{n}.JPEG") | pictures("val/n0{kind}/{n}.JPEG", 2)
        | {"noisy_imagenette.csv": text("path,noisy_labels_0,noisy_labels_1,is_valid", *(f"train/n0{kind}/{n}.JPEG,n0{kind},n0cat,False" for kind, n in NAMES))},
        ("n0cat", "n0dog", "n0fox"), (5, 2), "class folders in folders for training and testing", []),
    "EuroSAT": (pictures("2750/{kind}/{kind}_{n}.jpg"), KINDS, (4, 1), "class folders", []),
    "Intel, all folders": (
        pictures("archive/seg_train/seg_train/{kind}/{n}.jpg") | pictures("archive/seg_test/seg_test/{kind}/{n}.jpg", 2) | pictures("archive/seg_pred/seg_pred/{n}.jpg", 3, "x"),
        KINDS, (5, 2), "within archive", ["archive/seg_pred"]),
    "Flowers, with names": (
        pictures("train/{kind}/{n}.jpg") | pictures("valid/{kind}/{n}.jpg", 2) | pictures("test/{n}.jpg", 3, "x") | {"cat_to_name.json": b'{"1": "rose"}'},
        KINDS, (5, 2), "class folders in folders", ["test"]),
    "Pascal's lists of one class": (
        FOLDERS | {f"ImageSets/Main/{kind}_{side}.txt": text("0 -1", "1 1") for kind in KINDS for side in ("train", "val")},
        KINDS, (4, 1), "class folders", []),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_data_set_is_read_as_its_authors_split_it(tmp_path, name):
    files, classes, counts, layout, left_out = PUBLISHED[name]
    for path in (put(tmp_path / "data", files), put(tmp_path, {"data.zip": zipped(files)}) / "data.zip"):
        found = summarise(open_dataset(str(path)))
        assert tuple(found["classes"]) == classes
        assert {(sides["train"], sides["test"]) for sides in found["classes"].values()} == {counts}
        assert layout.removeprefix("within archive") in found["layout"]
        assert [one["file"].removeprefix("archive/") for one in found["left_out"]] == [
            one.removeprefix("archive/") for one in left_out
        ]
        assert found["warnings"] == []


def test_one_folder_of_many_classes_is_told_what_to_do(tmp_path):
    faces = {f"UTKFace/{20 + n}_{n % 2}_0_2017{n:04}.jpg.chip.jpg": picture(("face", n)) for n in range(9)}
    with pytest.raises(
        ExplorerError, match=r"or where that one holds several, put each into a folder of its name or give a CSV"
    ):
        open_dataset(str(put(tmp_path, faces)))
