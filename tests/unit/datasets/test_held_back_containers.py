"""Arrays of rows, files of one class each, STL-10's binary files, and columns that stand in the folders of a table's files."""

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.layouts import KINDS, picture

RANDOM = np.random.default_rng(0)
LABELS = np.arange(30) % 3
ROWS = RANDOM.integers(0, 256, (30, 784), dtype=np.uint8)


def archive(folder, **arrays):
    """Write arrays as one .npz and return its path."""
    np.savez(folder / "set.npz", **arrays)
    return str(folder / "set.npz")


def test_rows_of_bytes_are_pictures(tmp_path):
    found = open_dataset(archive(tmp_path, images=ROWS, labels=LABELS))
    assert not found.warnings
    assert found.train.pictures[0].size == (28, 28)
    row = int(found.train.pictures.name_of(0).partition("/")[2])
    assert np.array_equal(np.asarray(found.train.pictures[0])[:, :, 0].ravel(), ROWS[row])


@pytest.mark.parametrize(
    ("width", "scale", "words"), [(3072, 1, "three planes of 32 × 32"), (784, 0.5, "pictures of 28 × 28")]
)
def test_rows_that_may_be_anything_are_doubted(tmp_path, width, scale, words):
    rows = RANDOM.integers(0, 256, (30, width), dtype=np.uint8)
    (doubt, *_) = open_dataset(archive(tmp_path, images=rows if scale == 1 else rows * scale, labels=LABELS)).warnings
    assert f"read as {words}" in doubt


def test_features_are_no_pictures(tmp_path):
    for features in (RANDOM.normal(size=(30, 784)), RANDOM.integers(0, 256, (30, 500), dtype=np.uint8)):
        with pytest.raises(ExplorerError, match="give arrays of pictures"):
            open_dataset(archive(tmp_path, x=features, y=LABELS))


@pytest.mark.parametrize(("start", "doubts"), [("full_numpy_bitmap_", 0), ("", 1)])
def test_a_file_a_class_is_read(tmp_path, start, doubts):
    for row, kind in enumerate(("cat", "hot dog")):
        np.save(tmp_path / f"{start}{kind}.npy", ROWS[row * 10 : row * 10 + 10])
    found = open_dataset(str(tmp_path))
    assert found.class_names == ("cat", "hot dog")
    assert len(found.warnings) == doubts
    assert (len(found.train.labels), len(found.test.labels)) == (16, 4)


@pytest.mark.parametrize("names", [("X_train", "X_test"), ("images", "masks"), ("x", "features")])
def test_files_that_are_no_classes_are_refused(tmp_path, names):
    for row, name in enumerate(names):
        np.save(tmp_path / f"{name}.npy", ROWS[row * 10 : row * 10 + 10])
    with pytest.raises(ExplorerError, match="give arrays of pictures"):
        open_dataset(str(tmp_path))


@pytest.fixture
def stl10(tmp_path):
    """STL-10's folder, of three classes."""
    folder = tmp_path / "stl10_binary"
    folder.mkdir()
    for side, count in (("train", 6), ("test", 3)):
        RANDOM.integers(0, 256, (count, 3, 96, 96), dtype=np.uint8).tofile(folder / f"{side}_X.bin")
        (np.arange(count, dtype=np.uint8) % 3 + 1).tofile(folder / f"{side}_y.bin")
    (folder / "class_names.txt").write_text("airplane\nbird\ncar\n")
    (folder / "unlabeled_X.bin").write_bytes(bytes(2 * 3 * 96 * 96))
    return folder


def test_stl10_is_read_with_its_split_and_names(stl10):
    facts = summarise(found := open_dataset(str(stl10.parent)))
    assert found.class_names == ("airplane", "bird", "car")
    assert (len(found.train.labels), len(found.test.labels)) == (6, 3)
    assert [(one["file"], one["pictures"]) for one in facts["left_out"]] == [("unlabeled_X.bin", 2)]
    planes = np.fromfile(stl10 / "train_X.bin", np.uint8)[: 3 * 96 * 96].reshape(3, 96, 96)
    assert np.array_equal(np.asarray(found.train.pictures[0])[:, :, 0], planes[0].T)  # a column after the other


def test_stl10_cut_short_is_refused(stl10):
    (stl10 / "train_X.bin").write_bytes(b"short")
    with pytest.raises(ExplorerError, match="is cut short"):
        open_dataset(str(stl10))


def parts(root, pattern, kinds=KINDS):
    """Write Parquet files whose folders name the class, and the side where the pattern has one."""
    for kind in kinds:
        for side, count in (("train", 4), ("test", 2)):
            folder = root / pattern.format(kind=kind, side=side)
            folder.mkdir(parents=True, exist_ok=True)
            pictures = [picture((kind, side, row)) for row in range(count)]
            pyarrow.parquet.write_table(
                pyarrow.table({"image": pictures}),
                folder / f"part-{side}.parquet".replace("train", "0").replace("test", "1"),
            )


def test_labels_in_the_folders_of_parquet_files_are_read(tmp_path):
    parts(tmp_path, "label={kind}", ("big%20cat", "train"))
    found = open_dataset(str(tmp_path))
    assert found.class_names == ("big cat", "train")  # which is a class here, and no side
    assert (len(found.train.labels), len(found.test.labels)) == (10, 2)
    assert found.train.pictures[0].size == (6, 5)


def test_sides_in_the_folders_of_parquet_files_are_read(tmp_path):
    parts(tmp_path, "split={side}/label={kind}")
    found = open_dataset(str(tmp_path))
    assert found.class_names == KINDS
    assert (len(found.train.labels), len(found.test.labels)) == (12, 6)


def test_names_of_classes_in_bytes_are_names(tmp_path):
    names = np.array([kind.encode() for kind in KINDS])
    assert (
        open_dataset(archive(tmp_path, images=ROWS.reshape(30, 28, 28), labels=LABELS, class_names=names)).class_names
        == KINDS
    )
