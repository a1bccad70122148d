"""Files of many pictures never lead out of their folder, take more than they hold, or run anything."""

import pickle
import tarfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.core.errors import ExplorerError
from explorer.datasets import open_dataset
from explorer.datasets.readers.containers.idx import idx_array
from explorer.datasets.readers.containers.plain_pickle import plain_pickle
from explorer.datasets.readers.containers.sides import side_of
from tests.support.container_files import encoded, parquet, shard


def test_a_table_s_paths_never_lead_out_of_its_folder(tmp_path):
    (tmp_path / "secret.png").write_bytes(encoded(1))
    (tmp_path / "data/img").mkdir(parents=True)
    for row in range(12):
        (tmp_path / f"data/img/{row}.png").write_bytes(encoded(row + 10))
    paths = [f"img/{row}.png" for row in range(12)] + ["../secret.png", str(tmp_path / "secret.png"), "img/none.png"]
    parquet(tmp_path / "data/pets.parquet", 0, each=5, images=[{"bytes": None, "path": path} for path in paths])
    dataset = open_dataset(str(tmp_path / "data/pets.parquet"))
    assert len(dataset.train.labels) + len(dataset.test.labels) == 12
    assert [one.reason for one in dataset.skipped] == [
        "its path leaves the folder of the table; copy the picture into it",
        "its path leaves the folder of the table; copy the picture into it",
        "there is no such file beside the table",
    ]
    np.testing.assert_array_equal(np.asarray(dataset.train.pictures[0]).shape, (16, 16, 3))


def test_a_shard_s_links_and_devices_are_no_pictures(tmp_path):
    shard(tmp_path / "train-000.tar", 0)
    with tarfile.open(tmp_path / "train-000.tar", "a") as archive:
        for kind, name in ((tarfile.SYMTYPE, "../a.png"), (tarfile.LNKTYPE, "/b.png"), (tarfile.FIFOTYPE, "c.png")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/hostname"
            archive.addfile(info)
    dataset = open_dataset(str(tmp_path))
    assert len(dataset.train.labels) + len(dataset.test.labels) == 12


def test_an_array_that_claims_more_than_it_holds_is_refused_before_it_is_made(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, images=np.zeros((2, 16, 16), dtype=np.uint8), labels=np.arange(2))
    content = path.read_bytes().replace(b"(2, 16, 16), ", b"(99999,9,9), ")
    path.write_bytes(content)
    with pytest.raises(ExplorerError, match="no arrays of numbers"):
        open_dataset(str(path))


def test_a_broken_picture_inside_is_left_out_by_its_row(tmp_path):
    images = [{"bytes": encoded(row), "path": f"{row}.png"} for row in range(12)]
    images[3]["bytes"] = encoded(3)[:60]
    images[5]["bytes"] = b"<html>no picture</html>"
    parquet(tmp_path / "pets.parquet", 0, images=images)
    dataset = open_dataset(str(tmp_path / "pets.parquet"))
    assert [one.file for one in dataset.skipped] == ["pets/3-3.png", "pets/5-5.png"]
    assert "web page" in dataset.skipped[1].reason


PATHS = {
    "data/train-00000-of-00002.parquet": "train",
    "default/validation/0000.parquet": "val",
    "imagenet-val-000012.tar": "val",
    "x_test": "test",
    "train_images": "train",
    "t10k-images": "test",
    "pets.parquet": "",
    "latest/contest-000.tar": "",
    "trains/0.tar": "",
}


@pytest.mark.parametrize("path", PATHS)
def test_a_side_is_read_off_whole_words_of_a_name(path):
    assert side_of(path) == PATHS[path]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_pickle_or_idx_file_gives_data_or_one_sentence(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    content = bytearray(pickle.dumps({b"data": np.zeros((2, 12), np.uint8), b"labels": [0, 1]}, protocol=2))
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=4)
    ):
        content[place] = value
    (folder / "batch").write_bytes(content)
    (folder / "idx").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 1])[: data.draw(st.integers(0, 10))])
    for read, name in ((plain_pickle, "batch"), (idx_array, "idx")):
        with suppress(ExplorerError):  # anything else fails the test
            read(folder / name)
