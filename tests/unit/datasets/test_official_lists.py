"""Published data sets are read by the files in which they state their sides and labels."""

import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.layouts import KINDS, picture

NUMBERED = {kind: number for number, kind in enumerate(KINDS)}


def put(root, files):
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def listed(pattern, lines, sides, place="images", count=5):
    """Pictures of each kind below a folder, and one text a side: three of five lines train."""
    names = [(kind, n, pattern.format(kind=kind, n=n)) for kind in KINDS for n in range(count)]
    files = {f"{place}/{name}": picture(name, "JPEG") for _, _, name in names}
    for at, side in enumerate(sides):
        rows = [lines(kind, name) for kind, n, name in names if (n < 3) == (at == 0)]
        files[side] = "\n".join(rows) + "\n"
    return files


def bare(name):
    return name.rpartition(".")[0]


def oxford_pet():
    files = listed(
        "{kind}_{n}.jpg",
        lambda kind, name: f"{bare(name)} {NUMBERED[kind] + 1} 1 1",
        ("annotations/trainval.txt", "annotations/test.txt"),
    )
    trimaps = {f"annotations/trimaps/{kind}_{n}.png": picture(("mask", kind, n)) for kind in KINDS for n in range(5)}
    return files | trimaps | {"annotations/list.txt": "#Image CLASS-ID\ncat_0 1 1 1\n"}


def food101():
    return listed("{kind}/{n}.jpg", lambda kind, name: bare(name), ("meta/train.txt", "meta/test.txt")) | {
        "meta/classes.txt": "\n".join(KINDS)
    }


def dtd():
    files = listed("{kind}/{kind}_{n}.jpg", lambda kind, name: name, ("labels/train1.txt", "labels/test1.txt"))
    return files | {"labels/train2.txt": files["labels/test1.txt"], "labels/val1.txt": files["labels/train1.txt"]}


def aircraft():
    return listed(
        "{kind}{n}.jpg",
        lambda kind, name: f"{bare(name)} Boeing {kind}",
        ("data/images_variant_train.txt", "data/images_variant_test.txt"),
        "data/images",
    )


def caffe():
    files = listed("{n}/{kind}.jpg", lambda kind, name: f"images/{name} {NUMBERED[kind]}", ("train.txt", "val.txt"))
    return files | {"synsets.txt": "\n".join(KINDS)}


def places():
    return listed(
        "{kind}/{n}.jpg", lambda kind, name: f"/{name} {NUMBERED[kind]}", ("train.txt", "val.txt"), "data"
    ) | {"readme.txt": "places"}


def places365():
    files = {}
    for at, kind in enumerate(KINDS):
        files |= {f"data_256/c/{kind}/{n}.jpg": picture((kind, n), "JPEG") for n in range(3)}
        files |= {f"val_256/val_{at}{n}.jpg": picture(("val", kind, n), "JPEG") for n in range(2)}
    train = [f"/c/{kind}/{n}.jpg {at}" for at, kind in enumerate(KINDS) for n in range(3)]
    return files | {
        "places365_train_standard.txt": "\n".join(train),
        "places365_val.txt": "\n".join(f"val_{at}{n}.jpg {at}" for at in range(3) for n in range(2)),
        "categories_places365.txt": "\n".join(f"/c/{kind} {at}" for at, kind in enumerate(KINDS)),
    }


def sun397():
    return listed(
        "c/{kind}/sun_{n}.jpg", lambda kind, name: f"/{name}", ("Training_01.txt", "Testing_01.txt"), "SUN397"
    )


def tiny_imagenet():
    files = {
        f"train/n0{at}/images/n0{at}_{n}.JPEG": picture((kind, n), "JPEG")
        for at, kind in enumerate(KINDS)
        for n in range(3)
    }
    files |= {f"val/images/val_{n}.JPEG": picture(("val", n), "JPEG") for n in range(6)}
    files |= {f"test/images/test_{n}.JPEG": picture(("test", n), "JPEG") for n in range(4)}
    rows = [f"val_{n}.JPEG\tn0{n % 3}\t0\t0\t9\t9" for n in range(6)]
    words = [f"n0{at}\t{kind}, {kind}s" for at, kind in enumerate(KINDS)]
    return files | {
        "val/val_annotations.txt": "\n".join(rows),
        "words.txt": "\n".join(words),
        "wnids.txt": "n00\nn01\nn02",
    }


def cub200():
    names = [f"00{at + 1}.{kind}/{kind}_{n}.jpg" for at, kind in enumerate(KINDS) for n in range(5)]
    files = {f"images/{name}": picture(name, "JPEG") for name in names}
    texts = {
        "images.txt": [f"{row} {name}" for row, name in enumerate(names, 1)],
        "image_class_labels.txt": [f"{row} {int(name[:3])}" for row, name in enumerate(names, 1)],
        "train_test_split.txt": [f"{row} {int(row % 5 in (1, 2, 3))}" for row in range(1, 16)],
        "classes.txt": [f"{at + 1} 00{at + 1}.{kind}" for at, kind in enumerate(KINDS)],
    }
    return files | {name: "\n".join(lines) for name, lines in texts.items()}


CASES = [
    (oxford_pet, KINDS, "annotations/trainval.txt"),
    (food101, KINDS, "meta/train.txt"),
    (dtd, KINDS, "labels/train1.txt"),
    (aircraft, [f"Boeing {kind}" for kind in KINDS], "data/images_variant_train.txt"),
    (caffe, KINDS, "train.txt"),
    (places, KINDS, "train.txt"),
    (places365, KINDS, "places365_train_standard.txt"),
    (sun397, KINDS, "Training_01.txt"),
    (tiny_imagenet, KINDS, "Tiny-ImageNet"),
    (cub200, [f"00{at + 1}.{kind}" for at, kind in enumerate(KINDS)], "CUB-200"),
]


@pytest.mark.parametrize(("make", "classes", "layout"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_sides_and_labels_are_those_that_the_data_set_states(tmp_path, make, classes, layout):
    put(tmp_path, make())
    found = summarise(open_dataset(str(tmp_path)))
    assert found["classes"] == {name: {"train": 3, "test": 2} for name in classes}
    assert layout in found["layout"]
    assert found["warnings"] == []
    assert found["notice"] == "" or "left out" in found["notice"]


def test_what_no_list_names_is_left_out_by_name(tmp_path):
    put(tmp_path, oxford_pet() | {"images/unlisted.jpg": picture("unlisted", "JPEG")})
    gone = {one["file"]: one["pictures"] for one in summarise(open_dataset(str(tmp_path)))["left_out"]}
    assert gone == {"images": 1, "annotations": 15}


def test_a_list_never_leads_out_of_its_folder(tmp_path):
    (tmp_path / "secret.jpg").write_bytes(picture("secret", "JPEG"))
    put(tmp_path / "set", caffe())
    with (tmp_path / "set/train.txt").open("a") as stream:
        stream.write("../secret.jpg 1\n")
    dataset = open_dataset(str(tmp_path / "set"))
    assert [one.reason for one in dataset.skipped] == ["there is no such picture"]


def test_lists_for_detection_are_no_lists_of_labels(tmp_path):
    names = [f"images/train/{n}.jpg" for n in range(6)]
    put(tmp_path, {name: picture(name, "JPEG") for name in names} | {"train.txt": "\n".join(names)})
    put(tmp_path, {f"labels/train/{n}.txt": "0 0.5 0.5 0.1 0.1\n" for n in range(6)})
    with pytest.raises(ExplorerError, match=r"detection|YOLO|labels"):
        open_dataset(str(tmp_path))
