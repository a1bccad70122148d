"""Files that hold many pictures each are read as their libraries write them, or refused with one sentence."""

import gzip
import io
import json
import pickle
import re
import tarfile

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import scipy.io

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.container_files import NAMES, arrays, cifar, encoded, idx, parquet, pixels, saved, shard

SPLIT = {name: {"train": 8, "test": 4} for name in NAMES}
MADE = {name: {"train": 6, "test": 2} for name in NAMES}
NUMBERED = {str(number): {"train": 8, "test": 4} for number in range(3)}


def parquet_hub(root):
    for number in (0, 1):
        parquet(root / f"data/train-0000{number}-of-00002.parquet", 100 * number)
    parquet(root / "data/test-00000-of-00001.parquet", 500)


def parquet_hub_converted(root):
    parquet(root / "default/train/0000.parquet", 0, each=8)
    parquet(root / "default/validation/0000.parquet", 500)


def parquet_three_sides(root):
    parquet_hub(root)
    parquet(root / "data/validation-00000-of-00001.parquet", 700)


def parquet_test_without_labels(root):
    parquet(root / "train-00000-of-00001.parquet", 0, each=8)
    parquet(root / "validation-00000-of-00001.parquet", 500)
    parquet(root / "test-00000-of-00001.parquet", 700, label=-1)


def parquet_names_in_readme(root):
    parquet(root / "train.parquet", 0, each=8, names=None)
    parquet(root / "test.parquet", 500, names=None)
    names = "".join(f"        '{number}': {name}\n" for number, name in enumerate(NAMES))
    (root / "README.md").write_text(
        f"---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n{names}---\n"
    )


def parquet_text_labels(root):
    images = [{"bytes": encoded(row), "path": None} for row in range(36)]
    table = pyarrow.table({"img": images, "category": [NAMES[row % 3] for row in range(36)], "split": ["x"] * 36})
    pyarrow.parquet.write_table(table, root / "train.parquet")
    (root / "train.parquet").rename(root / "pets.parquet")


def saved_dict(root):
    saved(root / "train", 0, each=8)
    saved(root / "test", 500)
    (root / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))


def shards(root):
    shard(root / "train-000000.tar", 0)
    shard(root / "train-000001.tar", 100)
    shard(root / "test-000000.tar", 500)


def shards_with_names(root):
    shards(root)
    (root / "classes.txt").write_text("cat\ndog\nfox\n")


def shards_with_texts(root):
    for name, start, each in (("train", 0, 8), ("val", 500, 4)):
        shard(root / f"pets-{name}-000000.tar", start, each, "txt", lambda row: NAMES[row])


def shards_with_json(root):
    for name, start, each in (("train", 0, 8), ("val", 500, 4)):
        shard(
            root / f"{name}/000.tar",
            start,
            each,
            "json",
            lambda row: json.dumps({"class_name": NAMES[row], "width": 16}),
        )


def shards_with_points(root):
    for side, start, each in (("train", 0, 8), ("test", 500, 4)):
        shard(root / f"{side}.tar", start, each, "json", lambda row: json.dumps({"label": float(row)}))


def shards_with_dotted_endings(root):
    for side, start, each in (("train", 0, 8), ("test", 500, 4)):
        shard(root / f"{side}.tar", start, each, "target.cls", form="input.png")


def shards_below_folders(root):
    shard(root / "train-000000.tar", 0, 8, folder="00/", form="seg.png")
    shard(root / "test-000000.tar", 500, folder="01/")


def shards_with_masks(root):
    for side, start, each in (("train", 0, 8), ("test", 500, 4)):
        shard(root / f"{side}.tar", start, each)
        with tarfile.open(root / f"{side}.tar") as old, tarfile.open(root / f"{side}-1.tar", "w") as new:
            for info in old:
                content = old.extractfile(info).read()
                info.name = info.name.removeprefix("./")
                new.addfile(info, io.BytesIO(content))
                if not info.name.endswith(".cls"):
                    info.name = f"{info.name.partition('.')[0]}.mask.png"
                    new.addfile(info, io.BytesIO(content))
        (root / f"{side}-1.tar").rename(root / f"{side}.tar")


def parquet_sides_in_a_column(root):
    rows = range(36)
    sides = ["train" if row < 24 else "test" for row in rows]
    labels = [NAMES[row % 3] for row in rows]
    table = pyarrow.table({"image": [encoded(row) for row in rows], "label": labels, "split": sides})
    pyarrow.parquet.write_table(table, root / "pets.parquet")


def numbered_from_one(root):
    images, labels = arrays(0, 10)
    np.savez(root / "own.npz", images=images[..., 0] > 99, labels=labels + 1, class_names=np.array(NAMES))
    return root / "own.npz"


def medmnist(root):
    sides = {side: arrays(start, each) for side, start, each in (("train", 0, 8), ("val", 300, 2), ("test", 500, 4))}
    named = {f"{side}_images": images for side, (images, _) in sides.items()}
    np.savez_compressed(
        root / "bloodmnist.npz", **named, **{f"{side}_labels": labels[:, None] for side, (_, labels) in sides.items()}
    )
    return root / "bloodmnist.npz"


def keras_arrays(root):
    (x, y), (u, v) = arrays(0, 8), arrays(500)
    np.savez(root / "own.npz", x_train=x[:, :, :, 0], y_train=y, x_test=u[:, :, :, 0], y_test=v)
    return root / "own.npz"


def floats_channels_first_one_hot(root):
    (x, y), (u, v) = arrays(0, 8), arrays(500)
    eye = np.eye(3)
    np.savez(
        root / "own.npz",
        X_train=(x / 255).transpose(0, 3, 1, 2),
        Y_train=eye[y],
        X_test=(u / 255).transpose(0, 3, 1, 2),
        Y_test=eye[v],
    )
    return root / "own.npz"


def separate_npy(root):
    for side, start, each in (("train", 0, 8), ("test", 500, 4)):
        images, labels = arrays(start, each)
        np.save(root / f"{side}_images.npy", images)
        np.save(root / f"{side}_labels.npy", np.array(NAMES)[labels])


def svhn(root):
    for side, start, each in (("train", 0, 8), ("test", 500, 4)):
        images, labels = arrays(start, each, range(1, 11))
        values = {"X": images.transpose(1, 2, 3, 0), "y": (labels + 1)[:, None].astype(np.uint8)}
        scipy.io.savemat(root / f"{side}_32x32.mat", values)


def cifar_python(root):
    cifar(root / "cifar-10-batches-py")


def cifar_binary(root):
    for name, start, each in (("data_batch_1.bin", 0, 8), ("test_batch.bin", 500, 4)):
        labels = np.repeat(np.arange(3), each)
        images = (
            np.stack([pixels(start + row, 32) for row in range(len(labels))])
            .transpose(0, 3, 1, 2)
            .reshape(len(labels), -1)
        )
        (root / name).write_bytes(np.concatenate([labels[:, None].astype(np.uint8), images], axis=1).tobytes())
    (root / "batches.meta.txt").write_text("\n".join(NAMES))


def mnist(root, prefix="", ending=".gz"):
    for side, start, each in (("train", 0, 8), ("t10k", 500, 4)):
        images, labels = arrays(start, each)
        idx(root / f"MNIST/raw/{prefix}{side}-images-idx3-ubyte{ending}", images[..., 0])
        idx(root / f"MNIST/raw/{prefix}{side}-labels-idx1-ubyte{ending}", labels)


def mnist_unpacked_beside_packed(root):
    mnist(root)
    mnist(root, ending="")


LAYOUTS = [
    (parquet_hub, "Parquet", SPLIT, ""),
    (parquet_hub_converted, "Parquet", SPLIT, ""),
    (parquet_three_sides, "Parquet", SPLIT, "validation"),
    (parquet_test_without_labels, "Parquet", SPLIT, "no label"),
    (parquet_names_in_readme, "Parquet", SPLIT, ""),
    (parquet_text_labels, "Parquet", {name: {"train": 10, "test": 2} for name in NAMES}, ""),
    (saved_dict, "save_to_disk", SPLIT, ""),
    (shards, "WebDataset", NUMBERED, ""),
    (shards_with_names, "WebDataset", SPLIT, ""),
    (shards_with_texts, "WebDataset", SPLIT, ""),
    (shards_with_json, "WebDataset", SPLIT, ""),
    (shards_with_points, "WebDataset", NUMBERED, ""),
    (shards_below_folders, "WebDataset", NUMBERED, ""),
    (shards_with_dotted_endings, "WebDataset", NUMBERED, ""),
    (shards_with_masks, "WebDataset", NUMBERED, ""),
    (parquet_sides_in_a_column, "Parquet", SPLIT, ""),
    (medmnist, "MedMNIST", NUMBERED, "array val_images"),
    (keras_arrays, ".npz", NUMBERED, ""),
    (floats_channels_first_one_hot, ".npz", NUMBERED, ""),
    (separate_npy, ".npy", SPLIT, ""),
    (svhn, ".mat", {str(digit): {"train": 8, "test": 4} for digit in range(10)}, ""),
    (cifar_python, "CIFAR", SPLIT, ""),
    (cifar_binary, "CIFAR", SPLIT, ""),
    (mnist, "MNIST", NUMBERED, ""),
    (mnist_unpacked_beside_packed, "MNIST", NUMBERED, ""),
]


@pytest.mark.parametrize(
    ("make", "layout", "classes", "gone"), LAYOUTS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_file_of_many_pictures_is_read_rightly(tmp_path, make, layout, classes, gone):
    given = make(tmp_path) or tmp_path
    given = tmp_path / "pets.parquet" if make is parquet_text_labels else given
    dataset = open_dataset(str(given))
    found = summarise(dataset)
    assert found["classes"] == classes
    assert found["warnings"] == []
    assert layout in found["layout"]
    assert any(gone in one["file"] + one["reason"] for one in found["left_out"]) if gone else not found["left_out"]
    again = open_dataset(str(given))
    assert again.digest == dataset.digest
    for side in ("train", "test"):
        split = again.split(side)
        assert split.pictures[0].size in ((16, 16), (32, 32))
        assert len(set(split.ids)) == len(split.labels)
        assert split.pictures.name_of(len(split.labels) - 1)


def test_pixels_arrive_as_they_were_written(tmp_path):
    parquet(tmp_path / "train.parquet", 0)
    parquet(tmp_path / "test.parquet", 100)
    dataset = open_dataset(str(tmp_path))
    for row in (0, 4, 5, 11):
        np.testing.assert_array_equal(np.asarray(dataset.train.pictures[row]), pixels(row))
    np.testing.assert_array_equal(
        np.asarray(open_dataset(str(keras_arrays(tmp_path))).test.pictures[2])[:, :, 0], pixels(502)[:, :, 0]
    )


def test_emnist_is_turned_upright(tmp_path):
    mnist(tmp_path, "emnist-letters-")
    dataset = open_dataset(str(tmp_path))
    np.testing.assert_array_equal(np.asarray(dataset.train.pictures[3])[:, :, 0], pixels(3)[:, :, 0].T)
    assert "EMNIST" in dataset.layout


def several_labels(root):
    parquet(root / "train.parquet", 0, label=[0, 1], kind=pyarrow.list_(pyarrow.int64()), names=None)


def no_pictures(root):
    pyarrow.parquet.write_table(pyarrow.table({"text": ["a", "b"], "label": [0, 1]}), root / "train.parquet")


def no_labels(root):
    pyarrow.parquet.write_table(
        pyarrow.table({"image": [{"bytes": encoded(0)}], "caption": ["a cat"]}), root / "train.parquet"
    )


def within_columns(root):
    rows = [{"label": number % 2} for number in range(4)]
    table = {"image": [{"bytes": encoded(number)} for number in range(4)], "annotations": rows}
    pyarrow.parquet.write_table(pyarrow.table(table), root / "train.parquet")


def pixels_in_lists(root):
    table = {"image": [[[0, 1], [2, 3]]] * 4, "label": [0, 1, 0, 1]}
    pyarrow.parquet.write_table(pyarrow.table(table), root / "train.parquet")


def several_pictures(root):
    table = {"views": [[{"bytes": encoded(0)}, {"bytes": encoded(1)}]] * 4, "label": [0, 1, 0, 1]}
    pyarrow.parquet.write_table(pyarrow.table(table), root / "train.parquet")


def cut_short(root):
    parquet_hub(root)
    path = root / "data/train-00001-of-00002.parquet"
    path.write_bytes(path.read_bytes()[:-50])


def captions(root):
    number = iter(range(100))
    shard(root / "a-000.tar", 0, 16, "txt", lambda row: f"picture {next(number)} of kind {row}")


def compressed_shard(root):
    shard(root / "a-000.tar", 0)
    (root / "a-000.tar.gz").write_bytes(gzip.compress((root / "a-000.tar").read_bytes()))
    (root / "a-000.tar").unlink()


def multi_label_arrays(root):
    images, _ = arrays(0)
    np.savez(root / "chestmnist.npz", train_images=images, train_labels=np.ones((12, 14)))
    return root / "chestmnist.npz"


def objects(root):
    np.savez(root / "own.npz", images=np.array([{}, {}], dtype=object), labels=np.arange(2))
    return root / "own.npz"


def no_pictures_in_arrays(root):
    np.savez(root / "own.npz", features=np.zeros((5, 64)), labels=np.arange(5))
    return root / "own.npz"


def a_pickle_that_names_a_function(root):
    cifar(root / "batches")
    (root / "batches/data_batch_2").write_bytes(pickle.dumps({b"data": print, b"labels": [0]}, protocol=2))


def idx_that_claims_more(root):
    mnist(root, ending="")
    path = root / "MNIST/raw/train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-10])


REFUSED = [
    (several_labels, "several labels a picture"),
    (no_pictures, "no column of pictures (text: numbers or words; label: numbers or words)"),
    (no_labels, "no column of labels (image: encoded pictures; caption: numbers or words)"),
    (
        within_columns,
        "annotations: columns within a column); make them columns of their own where the table was made, dataset = dataset.flatten()",
    ),
    (
        pixels_in_lists,
        "save the numbers in 'image' as an array: numpy.savez('data.npz', images=numpy.array(table['image'], 'uint8')",
    ),
    (
        several_pictures,
        "views: several pictures a row; label: numbers or words); write a row for each of the pictures in 'views'.",
    ),
    (cut_short, "no whole Parquet file"),
    (captions, "captions and no classes"),
    (compressed_shard, "decompress it (gunzip)"),
    (lambda root: compressed_shard(root) or root / "a-000.tar.gz", "decompress it (gunzip)"),
    (multi_label_arrays, "one label a picture"),
    (objects, "holds no arrays of numbers that can be read"),
    (no_pictures_in_arrays, "features (5, 64) float64"),
    (a_pickle_that_names_a_function, "no pickle of plain data"),
    (idx_that_claims_more, "cut short or damaged"),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_cannot_be_read_is_refused_with_one_sentence(tmp_path, make, sentence):
    given = make(tmp_path) or tmp_path
    with pytest.raises(ExplorerError, match=re.escape(sentence)) as refused:
        open_dataset(str(given))
    assert "\n" not in str(refused.value)


def test_numbers_from_one_are_rows_of_as_many_names(tmp_path):
    names = open_dataset(str(numbered_from_one(tmp_path))).class_names
    assert names == tuple(NAMES)


def two_pictures_a_row(root):
    rows = range(36)
    columns = {name: [encoded(row + start) for row in rows] for name, start in (("left", 0), ("right", 100))}
    pyarrow.parquet.write_table(
        pyarrow.table(columns | {"label": [NAMES[row % 3] for row in rows]}), root / "a.parquet"
    )


def sides_without_names(root):
    rows = range(36)
    table = {
        "image": [encoded(row) for row in rows],
        "label": [NAMES[row % 3] for row in rows],
        "fold": [row % 5 for row in rows],
    }
    pyarrow.parquet.write_table(pyarrow.table(table), root / "a.parquet")


def views_of_a_key(root):
    with tarfile.open(root / "a.tar", "w") as archive:
        for row in range(36):
            for ending, content in (
                ("left.png", encoded(row)),
                ("right.png", encoded(row + 100)),
                ("cls", b"%d" % (row % 3)),
            ):
                info = tarfile.TarInfo(f"{row:03}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (two_pictures_a_row, "several columns of pictures; 'left' is taken"),
        (sides_without_names, "column 'fold' (0, 1, 2 and 2 more) may be the split"),
        (views_of_a_key, "72 pictures have 36 keys"),
    ],
)
def test_what_a_file_holds_beside_what_is_used_is_doubted(tmp_path, make, said):
    make(tmp_path)
    (sentence,) = open_dataset(str(tmp_path)).warnings
    assert said in sentence
