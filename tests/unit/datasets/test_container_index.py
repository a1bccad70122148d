"""What is kept of files of many pictures: cells where they lie in memory, an index that is read again as it was written."""

from pathlib import Path

import numpy as np
import pyarrow
import pytest

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets import open_dataset, survey
from explorer.datasets.base import Dataset, Split
from explorer.datasets.pictures import EncodedPictures
from explorer.datasets.readers.containers.arrow_columns import cells
from explorer.datasets.readers.containers.index import COLUMNS
from explorer.datasets.readers.containers.scan import Batch, indexed
from tests.support.container_files import encoded, parquet, saved

BYTES = [b"one", b"", b"three", b"\xff\xd8\xff", b"5"]
COLUMNS_OF_BYTES = {
    "as usual": pyarrow.array(BYTES, pyarrow.binary()),
    "large": pyarrow.array(BYTES, pyarrow.large_binary()),
    "a part of a column": pyarrow.array([b"before", *BYTES, b"behind"], pyarrow.binary()).slice(1, 5),
    "with empty cells": pyarrow.array([b"one", None, b"three"], pyarrow.binary()),
    "only empty cells": pyarrow.array([b"", b""], pyarrow.binary()),
    "no rows": pyarrow.array([], pyarrow.binary()),
    "a table of values": pyarrow.array([b"one", b"two", b"one"], pyarrow.binary()).dictionary_encode(),
    "with paths": pyarrow.array([{"bytes": one, "path": "a.png"} for one in BYTES]).slice(2),
    "a structure without a path": pyarrow.array([{"bytes": one} for one in BYTES]),
}


@pytest.mark.parametrize("name", COLUMNS_OF_BYTES)
def test_cells_are_those_that_arrow_lists(name):
    column = COLUMNS_OF_BYTES[name]
    listed = [cell if isinstance(cell, dict) else {"bytes": cell} for cell in column.to_pylist()]
    contents, paths = cells(column)
    assert [None if one is None else bytes(one) for one in contents] == [cell["bytes"] for cell in listed]
    assert list(paths) == [cell.get("path") for cell in listed]


@pytest.mark.parametrize("labels", [("cat", "dog", ""), ("Kätzchen", "犬", "")], ids=["plain", "other letters"])
def test_a_kept_index_is_what_was_read(tmp_path, labels, monkeypatch):
    monkeypatch.setattr("explorer.datasets.file_checks.settled", lambda facts: True)
    (tmp_path / "file").write_bytes(b"any")
    names = ["train/0", "train/é", "train/2"]
    batch = Batch(0, "train", names, labels, range(3), [-1] * 3, [encoded(0), memoryview(encoded(1)), "it is missing"])
    first = indexed("test", [tmp_path / "file"], 3, lambda _: [batch], silent)
    again = indexed("test", [tmp_path / "file"], 3, lambda _: pytest.fail("read twice"), silent)
    assert again.columns == first.columns
    assert list(first.columns) == list(COLUMNS)
    assert first.columns["reason"] == ["", "", "it is missing"]


def test_an_index_of_no_pictures_is_kept_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.datasets.file_checks.settled", lambda facts: True)
    (tmp_path / "file").write_bytes(b"any")
    for scan in (lambda _: [], lambda _: pytest.fail("read twice")):
        assert indexed("none", [tmp_path / "file"], 0, scan, silent).columns == {name: [] for name in COLUMNS}


def test_a_survey_reads_each_picture_once(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))  # where no survey is kept from an earlier run of this test
    read = []

    def content(row):
        read.append(row)
        return encoded(row)

    splits = [
        Split(EncodedPictures(content, [f"{row}.png" for row in range(n)], ["0" * 16] * n), np.zeros(n, np.int64))
        for n in (20, 10)
    ]
    survey.surveyed(Dataset("own", "own", ("cat", "dog"), *splits))
    assert sorted(read) == sorted([*range(20), *range(10)])


def test_a_damaged_table_is_said_though_another_thread_reads_it(tmp_path):
    path = tmp_path / "pets.parquet"
    parquet(path, 0)
    content = bytearray(path.read_bytes())
    content[4:24] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(ExplorerError, match=r"pets.parquet is damaged behind row 0 \(.+\); copy it again"):
        open_dataset(str(path))


def test_a_table_is_checked_whole_before_a_cell_is_read(tmp_path):
    saved(tmp_path / "pets", 0)
    path: Path = tmp_path / "pets/data-00000-of-00001.arrow"
    with pyarrow.OSFile(str(path)) as source:
        table = pyarrow.ipc.open_stream(source).read_all()
    table = table.append_column("note", [[f"note {row}" for row in range(len(table))]])
    with pyarrow.OSFile(str(path), "wb") as sink, pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"note 3", b"\xffote 3"))  # no text, where a text is promised
    with pytest.raises(ExplorerError, match=r"arrow is no whole Arrow file \(.+UTF8.+\); save it again"):
        open_dataset(str(tmp_path / "pets"))
