"""Files inside a tar file: from its headers alone what ``tarfile`` finds, or nothing; many files by worker processes."""

import io
import tarfile

import numpy as np
import pytest

from explorer.datasets import open_dataset
from explorer.datasets.readers.containers import tar_members
from explorer.datasets.readers.containers.tar_members import Member, plain_members
from tests.support.container_files import shard


def tar(names, form=tarfile.USTAR_FORMAT, kinds=(), **more):
    """Return a tar file of members of growing size; ``more`` are fields of each header."""
    stored = io.BytesIO()
    with tarfile.open(fileobj=stored, mode="w", format=form) as archive:
        for place, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.type = dict(kinds).get(name, tarfile.REGTYPE)
            info.size = 300 * place if info.isreg() else 0
            for field, value in more.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(bytes([65 + place]) * info.size))
    return stored.getvalue()


def as_tarfile_finds(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [tar_members.member(info) for info in archive if info.isreg()]


NAMES = ["cat/0.png", "cat/0.cls", "1.seg.PNG", "ÿ/三.json", "n" * 100]
PLAIN = {
    "of tarfile": tar(NAMES),
    "of GNU tar": tar(NAMES, tarfile.GNU_FORMAT),
    "with folders": tar(["cat", *NAMES], kinds=[("cat", tarfile.DIRTYPE)]),
    "without an end": tar(NAMES)[: 512 * (5 + 8)],
    "more headers than are looked at together": tar([f"{row}.png" for row in range(9)]),
}
OTHERS = {
    "a name of more than 100 bytes": tar(["a/" * 60 + "0.png"], tarfile.USTAR_FORMAT),
    "a longer name of GNU tar": tar(["n" * 101], tarfile.GNU_FORMAT),
    "times with fractions": tar(NAMES, tarfile.PAX_FORMAT, mtime=0.5),
    "a link": tar(NAMES, kinds=[(NAMES[0], tarfile.SYMTYPE)], linkname="elsewhere"),
    "no header": bytes([65]) * 1024,
    "nothing": b"",
    "a damaged header": bytes([66, *tar(NAMES)[1:]]),
    "cut short in a picture": tar(NAMES)[: 512 * (5 + 7)],
    "of the year 1979": tar(["0.png"]).replace(b"ustar\x0000", bytes(8)),
}


@pytest.mark.parametrize("case", PLAIN)
def test_members_from_headers_are_those_of_tarfile(case, monkeypatch):
    monkeypatch.setattr(tar_members, "PIECE", 4)
    found = plain_members(memoryview(PLAIN[case]))
    assert found == as_tarfile_finds(PLAIN[case])
    assert len(found) >= len(NAMES)


@pytest.mark.parametrize("case", OTHERS)
def test_anything_but_plain_files_is_left_to_tarfile(case):
    assert plain_members(memoryview(OTHERS[case])) is None


def test_what_is_left_to_tarfile_has_the_same_members(tmp_path):
    (tmp_path / "plain.tar").write_bytes(tar(["a.png", "a.cls"]))
    (tmp_path / "other.tar").write_bytes(tar(["a.png", "a.cls"], tarfile.PAX_FORMAT, mtime=0.5))
    plain, other = (tar_members.grouped(tmp_path / f"{name}.tar") for name in ("plain", "other"))
    assert plain == {"a": [Member("a", "png", 512, 0), Member("a", "cls", 1024, 300)]}
    assert {key: [(one.ending, one.size) for one in members] for key, members in other.items()} == {
        "a": [("png", 0), ("cls", 300)]
    }


@pytest.fixture
def read_by_workers(tmp_path, monkeypatch):
    """A function that opens shards anew by worker processes, in a home where their index may be kept."""

    def read(folder):
        monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "by workers"))
        monkeypatch.setenv("EXPLORER_SHARDED_FROM", "1")
        return open_dataset(str(folder))

    monkeypatch.setattr("explorer.datasets.file_checks.settled", lambda facts: True)
    return read


def test_shards_read_by_workers_are_the_same_data_and_none_is_read_twice(tmp_path, monkeypatch, read_by_workers):
    for number in range(3):
        shard(tmp_path / f"shards/{number}.tar", 100 * number)
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "alone"))
    alone, found = open_dataset(str(tmp_path / "shards")), read_by_workers(tmp_path / "shards")
    for one, other in ((alone.train, found.train), (alone.test, found.test)):
        assert list(one.ids) == list(other.ids)
        np.testing.assert_array_equal(one.labels, other.labels)
        assert [one.pictures.name_of(row) for row in range(5)] == [other.pictures.name_of(row) for row in range(5)]
    parts = sorted((tmp_path / "by workers/data/indexes").glob("*/0*/index.arrow"))
    parts[1].unlink()  # as after a kill
    written = [parts[place].stat().st_mtime_ns for place in (0, 2)]
    assert read_by_workers(tmp_path / "shards").digest == found.digest
    assert [parts[place].stat().st_mtime_ns for place in (0, 2)] == written
    assert parts[1].is_file()
