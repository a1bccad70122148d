"""What a check of files found is kept until a file changes, and forgotten where the memory of it is damaged."""

import json

import numpy as np
import pytest
from PIL import Image

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets import picture
from explorer.datasets.file_checks import STAGE
from explorer.datasets.picture import read_picture
from explorer.datasets.readers.class_folders import ClassFolders
from explorer.models.preparation import batches
from tests.support.hostile_data import good, noise, put


def test_a_second_opening_reads_no_file_until_one_changes(good_folder, monkeypatch):
    monkeypatch.setattr("explorer.datasets.file_checks.RACY_NS", -1)
    put(good_folder, {"cat/evil.jpg": b"text"})
    first = ClassFolders(good_folder).open(silent)
    read = []
    monkeypatch.setattr("explorer.datasets.file_checks.fault", lambda content, decode: read.append(content) or "")
    second = ClassFolders(good_folder).open(silent)
    assert (second.digest, second.skipped, read) == (first.digest, first.skipped, [])
    put(good_folder, {"cat/evil.jpg": good("new", 1)})
    assert ClassFolders(good_folder).open(silent).skipped == ()
    assert read == [good("new", 1)]


def test_a_damaged_memory_of_checks_is_forgotten(good_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.datasets.file_checks.RACY_NS", -1)
    before = ClassFolders(good_folder).open(silent).digest
    for path in (tmp_path / "home/data/checks").rglob("*.npy"):
        path.write_bytes(b"\x93NUMPY" + bytes(40))
    assert ClassFolders(good_folder).open(silent).digest == before


def test_a_cancelled_check_stops_and_leaves_what_it_found(good_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.datasets.file_checks.RACY_NS", -1)
    monkeypatch.setattr("explorer.datasets.file_checks.BATCH", 2)

    def stop(stage, done, total, figures=None):
        if done == 4:
            raise ExplorerError("stopped")

    with pytest.raises(ExplorerError, match="stopped"):
        ClassFolders(good_folder).open(stop)
    kept = next((tmp_path / "home/data/checks").rglob("found.npy"))
    assert np.load(kept).shape == (2, 4)


def test_a_large_picture_is_read_at_an_eighth_for_the_check_alone():
    content = noise(size=(64, 64))
    assert (read_picture(content).size, read_picture(content, sketch=True).size) == ((64, 64), (8, 8))


SIZES = {
    "squares": [(9, 9)] * 3,
    "mixed": [(9, 9), (8, 5), (9, 9)],
    "long": [(9, 5)] * 3,
    "mixed last": [(9, 9), (9, 9), (5, 9)],
}


@pytest.mark.parametrize("held", [1, 100, 200, 10_000])
@pytest.mark.parametrize("name", SIZES)
def test_large_pictures_are_prepared_one_by_one_as_small_ones_together(monkeypatch, name, held):
    monkeypatch.setattr(batches, "HELD_PIXELS", held)
    pictures = [read_picture(noise(size=size)) for size in SIZES[name]]
    found = batches._together(pictures, range(3), 6)
    np.testing.assert_allclose(found, batches.prepare(pictures, 6), atol=1e-6)


def test_the_command_line_tells_of_each_file_that_is_left_out(good_folder, explorer):
    put(good_folder, {"cat/<b>.jpg": b""})
    told = explorer("datasets", "--check", good_folder, "--json")
    found = json.loads(told.stdout)
    assert found["skipped"] == [{"file": "cat/<b>.jpg", "reason": "it is empty"}]
    assert found["classes"] == {"cat": {"train": 2, "test": 1}, "doggy": {"train": 2, "test": 1}}
    refused = explorer("datasets", "--check", good_folder / "gone")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "There is no folder" in refused.stderr.splitlines()[-1]


def test_large_squares_are_made_small_in_bytes(monkeypatch):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    expected = np.asarray(picture.resize((8, 8), Image.Resampling.BICUBIC)) / 255
    monkeypatch.setattr(batches, "SQUARE_PIXELS", 40 * 40 - 1)
    monkeypatch.setattr(batches, "_enlarged", None)
    np.testing.assert_allclose(batches.prepare([picture], 8)[0].permute(1, 2, 0), expected, rtol=1e-6)


def test_many_files_are_checked_by_workers_as_few_are_but_decoded_once(tmp_path, monkeypatch):
    cut, wide = noise("PNG")[:-300], noise("PNG", (201, 1))
    bad = {"cat/cut.png": cut, "cat/wide.png": wide, "doggy/page.png": b"<html>", "doggy/empty.jpg": b""}
    pictures = {f"{name}/{row}.png": good(name, row) for name in ("cat", "doggy") for row in range(3)}
    put(tmp_path / "pets", {**pictures, **bad})
    few = ClassFolders(tmp_path / "pets").open(silent)
    monkeypatch.setenv("EXPLORER_SHARDED_FROM", "3")
    monkeypatch.setenv("EXPLORER_SHARD_ROWS", "4")
    reports = []
    many = ClassFolders(tmp_path / "pets").open(
        lambda stage, done, total, figures=None: stage == STAGE and reports.append(done)
    )
    assert (many.skipped, [*many.train.ids], [*many.test.ids]) == (few.skipped, [*few.train.ids], [*few.test.ids])
    assert len(many.skipped) == len(bad)
    # parts of 4, 4 and 2 end in any order
    assert sorted(reports) == reports
    assert {0, 10} <= set(reports) <= {0, 2, 4, 6, 8, 10}
    assert len(set(reports)) == 4


WHOLE = good("any", 1)
DECODED = {
    "PNG": (WHOLE, False),
    "JPEG": (noise(), False),
    "PNG cut short": (WHOLE[:-1], True),
    "JPEG cut short": (noise()[:-1], True),
    "too long for its height": (noise("PNG", (201, 1)), True),
    "GIF, whose end says nothing": (noise("GIF"), True),
}


@pytest.mark.parametrize("name", DECODED)
def test_what_begins_and_ends_as_a_whole_picture_is_not_decoded_twice(name, monkeypatch):
    content, expected = DECODED[name]
    read = []
    monkeypatch.setattr("explorer.datasets.picture._refusal", lambda content, sketch: read.append(sketch) or "")
    assert picture.fault(content, decode=False) == ""
    assert bool(read) == expected
