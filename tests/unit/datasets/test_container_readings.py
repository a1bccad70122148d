"""What larger files say of sides, classes and values in ways of their own: names by file, parts of no side, MATLAB's axes, measures."""

import decimal
import io
import json
import struct
import tarfile

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import scipy.io

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.summary import summarise
from tests.support.container_files import NAMES, arrays, encoded, parquet, saved

TURNED = (NAMES[2], NAMES[0], NAMES[1])
RANDOM = np.random.default_rng(0)


def arrow(folder, table):
    """Write a table as ``Dataset.save_to_disk`` does, with empty notes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        pyarrow.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as sink,
        pyarrow.ipc.new_stream(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    for note in ("dataset_info.json", "state.json"):
        (folder / note).write_text("{}")


def saved_sides(root, *names):
    """Write several sides as ``DatasetDict.save_to_disk`` does."""
    for number, name in enumerate(names):
        saved(root / name, 500 * number, each=8 if number == 0 else 4)
    (root / "dataset_dict.json").write_text("{}")


@pytest.mark.parametrize("kind", ["Parquet", "Arrow"])
def test_each_file_names_the_numbers_of_its_own_classes(kind, tmp_path):
    parquet(tmp_path / "train.parquet", 0, each=8)
    parquet(tmp_path / "test.parquet", 500, names=TURNED)
    if kind == "Arrow":
        for side in ("train", "test"):
            path = tmp_path / f"{side}.parquet"
            arrow(tmp_path / side, pyarrow.parquet.read_table(path))
            path.unlink()
        (tmp_path / "dataset_dict.json").write_text("{}")
    test = open_dataset(str(tmp_path)).test
    rows = [int(test.pictures.name_of(row).rpartition("/")[2].partition("-")[0]) for row in range(len(test.labels))]
    assert sorted(rows) == list(range(12))
    assert [NAMES[label] for label in test.labels] == [TURNED[row // 4] for row in rows]


def test_a_part_of_no_side_is_left_out_and_said(tmp_path):
    saved_sides(tmp_path, "train", "test", "unsupervised")
    found = summarise(open_dataset(str(tmp_path)))
    assert found["classes"] == {name: {"train": 8, "test": 4} for name in NAMES}
    (gone,) = found["left_out"]
    assert (gone["file"], gone["pictures"]) == ("the folder unsupervised", 12)


def test_a_part_beside_one_for_testing_alone_is_doubted(tmp_path):
    saved_sides(tmp_path, "photos", "test")
    (doubt,) = open_dataset(str(tmp_path)).warnings
    assert doubt.startswith("Only the folder test is named as a side of the data; the folder photos (24 pictures) is ")


@pytest.mark.parametrize("within", ["several classes", "one class"])
def test_labels_in_json_count_where_the_folders_of_a_tar_are_no_classes(within, tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for row in range(36):
            label = NAMES[row % 3] if within == "several classes" else NAMES[row % 2]
            for ending, content in (("png", encoded(row)), ("json", json.dumps({"label": label}).encode())):
                info = tarfile.TarInfo(f"{row % 2:02d}/{row:03d}.{ending}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    assert open_dataset(str(path)).class_names == (NAMES if within == "several classes" else ("00", "01"))


def rows_with(**columns):
    count = len(next(iter(columns.values())))
    return pyarrow.table({"image": [encoded(row) for row in range(count)], **columns})


def test_a_column_of_sides_in_a_saved_set_is_read_or_doubted(tmp_path):
    labels = [NAMES[row % 3] for row in range(36)]
    arrow(tmp_path / "sides", rows_with(label=labels, split=["train" if row < 24 else "test" for row in range(36)]))
    found = open_dataset(str(tmp_path / "sides"))
    assert (len(found.train.labels), len(found.test.labels)) == (24, 12)
    assert found.origins["test"] == "the column 'split'"
    arrow(tmp_path / "folds", rows_with(label=labels, fold=[row % 4 for row in range(36)]))
    (doubt,) = open_dataset(str(tmp_path / "folds")).warnings
    assert "column 'fold' (0, 1, 2 and 1 more) may be the split" in doubt
    chosen = open_dataset(f"{tmp_path / 'folds'}?split=fold&test=3")
    assert len(chosen.test.labels) == 9
    with pytest.raises(ExplorerError, match=r"No row has '7' in the column 'fold'; it has 0, 1, 2 and 1 more\.$"):
        open_dataset(f"{tmp_path / 'folds'}?split=fold&test=7")


def measured_parquet(root):
    pyarrow.parquet.write_table(rows_with(target=[3 * (row % 25) for row in range(60)]), root / "a.parquet")
    return root / "a.parquet"


def measured_saved(root):
    arrow(root / "saved", rows_with(target=[3 * (row % 25) for row in range(60)]))
    return root / "saved"


def measured_arrays(root):
    images, _ = arrays(0, each=20)
    np.savez(root / "a.npz", x=images, y=3 * (np.arange(60) % 25))
    return root / "a.npz"


@pytest.mark.parametrize("make", [measured_parquet, measured_saved, measured_arrays])
def test_numbers_with_gaps_are_doubted_wherever_they_stand(make, tmp_path):
    (doubt,) = open_dataset(str(path := make(tmp_path))).warnings
    assert "25 numbers with gaps, which read like a measure and not like classes" in doubt
    word = "y" if make is measured_arrays else "target"
    assert not open_dataset(f"{path}?label={word}").warnings


@pytest.mark.parametrize(
    "labels",
    [
        pyarrow.array([NAMES[row % 3] for row in range(36)], pyarrow.string_view()),
        pyarrow.array([decimal.Decimal(row % 3) for row in range(36)]),
    ],
    ids=["views", "decimals"],
)
def test_columns_of_other_types_are_read(labels, tmp_path):
    pictures = pyarrow.array([encoded(row) for row in range(36)], pyarrow.binary_view())
    pyarrow.parquet.write_table(pyarrow.table({"image": pictures, "label": labels}), tmp_path / "a.parquet")
    assert len(open_dataset(str(tmp_path)).class_names) == 3


def test_a_refusal_says_what_the_columns_hold(tmp_path):
    path = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"image": [[[1, 2]]] * 4, "label": [0, 1, 0, 1]}), path)
    with pytest.raises(
        ExplorerError, match=r"no column of pictures \(image: lists; label: numbers or words\); save the num"
    ):
        open_dataset(str(path))
    pyarrow.parquet.write_table(rows_with(label=[{"id": row % 2} for row in range(8)]), path)
    with pytest.raises(
        ExplorerError, match=r"no column of labels \(image: encoded pictures; label: columns within a col"
    ):
        open_dataset(str(path))


def test_pictures_along_the_last_axis_of_matlab_are_read(tmp_path):
    images = RANDOM.integers(0, 256, (16, 12, 40)).astype(np.float32)
    scipy.io.savemat(tmp_path / "letters.mat", {"images": images, "labels": np.arange(40.0) % 4})
    found = open_dataset(str(tmp_path / "letters.mat"))
    assert (found.class_names, found.warnings) == (("0", "1", "2", "3"), ())
    row = int(found.train.pictures.name_of(0).rpartition("/")[2])
    np.testing.assert_array_equal(np.asarray(found.train.pictures[0])[..., 0], images[..., row])


def test_rows_of_matlab_may_lie_on_their_side(tmp_path):
    rows = RANDOM.integers(0, 256, (60, 256)).astype(np.uint8)
    scipy.io.savemat(tmp_path / "faces.mat", {"fea": rows, "gnd": np.arange(60.0)[:, None] % 4 + 1})
    (doubt,) = open_dataset(str(tmp_path / "faces.mat")).warnings
    assert doubt.startswith("MATLAB keeps a picture column by column, so the rows of numbers in faces fea may be ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM" + bytes(384) + b"\x89HDF\r\n\x1a\n",
            r"train\.mat is in MATLAB's version 7\.3, which is not read; save it there by save\(file, '-v7'\), or write",
        ),
        (struct.pack("<6i", 0x1E3D4C55, 4, 20, 2, 96, 96) + bytes(999), r"train\.mat is no file of MATLAB that can be "),
    ],
    ids=["version 7.3", "NORB"],
)  # fmt: skip
def test_other_files_of_that_ending_say_what_to_do(content, said, tmp_path):
    (tmp_path / "train.mat").write_bytes(content)
    for given in (tmp_path / "train.mat", tmp_path):
        with pytest.raises(ExplorerError, match=said):
            open_dataset(str(given))
