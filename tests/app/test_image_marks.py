"""What the tiles of a page say of their images, beside the results and decisions that say it."""

import numpy as np
import pytest

from explorer.app.components.gallery.gallery import Section
from explorer.app.components.image_marks import image_marks
from explorer.app.components.image_marks.image_marks import ImageMarks, image_file, marked, marked_sections
from explorer.app.components.image_tiles.image_tiles import prediction_tiles, training_tile
from explorer.core.checksums import file_digest, write_manifest
from explorer.core.errors import DamagedError
from explorer.datasets.pictures import FilePictures
from explorer.runs import selections
from explorer.runs.edits import edit_log
from explorer.runs.edits.change import Change
from explorer.runs.results import stored_marks
from explorer.runs.results.duplicates import VERSION
from explorer.runs.results.paths import AUDIT_VERSION, audit_folder, duplicates_file, groups_file
from explorer.runs.writer import save_arrays
from tests.support.pages import galleries, opened, sides


@pytest.fixture
def results(run, tmp_path, monkeypatch):
    """A home of its own with an audit, duplicates and groups of the run in it."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    for name in ("runs", "data"):
        (tmp_path / name).symlink_to(run.folder.parents[1] / name)
    audit = audit_folder(run.id, np.arange(len(run.test_labels)))
    audit.mkdir(parents=True)
    save_arrays(audit, {"score": -np.arange(len(run.train_labels), dtype=float)})
    facts = {"version": AUDIT_VERSION, "checksum_of_arrays": file_digest(audit / "arrays.safetensors")}
    write_manifest(audit / "manifest.json", facts)
    sets = [
        {"train": [7], "test": [2], "exact": True},
        {"train": [8, 9], "test": [], "exact": True},
        {"train": [500], "test": [3], "exact": False},
    ]
    groups = [
        {"rows": [500, 501], "separation": 5.0},
        {"rows": [7], "separation": 1.0},
        {"rows": [8], "separation": None},
    ]
    for path, content in ((duplicates_file(run.id), {"sets": sets}), (groups_file(run.id), {"groups": groups})):
        path.parent.mkdir()
        write_manifest(path, content | {"recipe": {"gap": 4.3, "version": VERSION}})
    return tmp_path


def decide(run, *changes):
    edit_log.record(run.data_digest, [Change(*change) for change in changes])


def test_a_training_image_says_what_is_known_of_it(run, results):
    label = run.class_names[run.train_labels[7]]
    other = next(name for name in run.class_names if name != label)
    decide(
        run, ("train", 7, "relabel", other), ("train", 8, "exclude"), ("train", 9, "keep"), ("train", 9, "tag", "dark")
    )
    known = ImageMarks.of(run)
    assert known.train(7) == (f"{label} → {other}", "suspect 8", "copy in test set")
    assert known.train(8) == ("left out", "suspect 9")
    assert known.train(9) == ("confirmed", "suspect 10", "dark")
    assert known.train(500) == ("near copy in test set", "group of 2")
    assert (known.train(19), known.train(20)) == (("suspect 20",), ()), "after the first an image is no suspect"


def test_a_test_image_says_what_is_known_of_it(run, results):
    decide(run, ("test", 2, "trust"), ("test", 4, "tag", "cut off"))
    known = ImageMarks.of(run)
    assert [known.test(row) for row in (2, 3, 4, 5)] == [
        ("trusted", "copy in training set"),
        ("near copy in training set",),
        ("cut off",),
        (),
    ]


def test_what_is_not_there_or_damaged_or_old_says_nothing(run, results):
    audit = audit_folder(run.id, np.arange(len(run.test_labels)))
    write_manifest(audit / "manifest.json", {"version": AUDIT_VERSION - 1, "checksum_of_arrays": ""})
    groups_file(run.id).write_text("{}")
    duplicates_file(run.id).unlink()
    assert stored_marks.stored_marks(run) == stored_marks.StoredMarks()


def test_a_result_that_is_written_later_is_seen_at_once(run, results):
    assert stored_marks.stored_marks(run).train_copies == {7: True, 500: False}
    write_manifest(duplicates_file(run.id), _sets(VERSION))
    assert stored_marks.stored_marks(run).train_copies == {1: False}
    write_manifest(duplicates_file(run.id), _sets(VERSION - 1))
    assert stored_marks.stored_marks(run).train_copies == {}


def _sets(version):
    return {"sets": [{"train": [1], "test": [1], "exact": False}], "recipe": {"version": version}}


def test_many_tiles_ask_the_database_once(run, results, monkeypatch):
    asked = []
    state = edit_log.state
    monkeypatch.setattr(image_marks.edit_log, "state", lambda digest: asked.append(digest) or state(digest))
    decide(run, ("test", 2, "trust"))
    tiles = prediction_tiles(run, range(40))
    assert len(asked) == 1
    assert [tile.marks[:1] for tile in tiles[:3]] == [(), (), ("trusted",)]
    assert marked(run, "train", [training_tile(run, 5, lines=("cat",))])[0].marks == ("suspect 6",)


def test_an_image_that_is_a_file_says_its_name_and_one_that_cannot_be_found_does_not(run, tmp_path, monkeypatch):
    assert image_file(run, "train", 5) == "", "drawn pictures are no files"
    names = FilePictures([tmp_path / "cat" / f"{row}.png" for row in range(10)], tmp_path)
    monkeypatch.setattr(type(run.dataset), "split", lambda dataset, side: type("Split", (), {"pictures": names}))
    assert image_file(run, "test", 5) == "cat/5.png"
    assert marked(run, "test", prediction_tiles(run, [3]))[0].file == "cat/3.png"

    def gone(dataset, side):
        raise DamagedError("The folder is gone.")

    monkeypatch.setattr(type(run.dataset), "split", gone)
    assert image_file(run, "test", 5) == ""


def test_explain_marks_what_was_left_out(run, unedited):
    harmful = sides(opened("explain", test=3))[1]
    row = int(harmful[0]["id"])
    edit_log.record_edits(run, [Change("train", run.picture_row("train", row), "exclude")])
    after = sides(opened("explain", test=3))[1]
    assert [("left out" in tile["marks"]) for tile in after] == [tile["id"] == str(row) for tile in harmful]


def test_every_tile_of_a_run_says_what_is_known_of_it(run, unedited, monkeypatch):
    for side in ("train", "test"):
        monkeypatch.setattr(ImageMarks, side, lambda marks, row: ("known",))
    decide(run, ("train", 5, "exclude"))
    key = selections.save(run.id, "train", np.arange(4))
    places = (
        ("overview", {}),
        ("compare", {"test": 3}),
        ("suspects", {"view": "groups", "selection": key}),
        ("map", {"selection": key}),
        ("retrain", {}),
    )
    for page, state in places:
        shown = [tile for tiles in galleries(opened(page, **state)).values() for tile in tiles]
        assert [tile["marks"] for tile in shown] == [["known"]] * max(1, len(shown)), page


def test_tiles_of_both_sides_in_one_gallery_have_the_marks_of_their_side(run, monkeypatch):
    monkeypatch.setattr(ImageMarks, "train", lambda marks, row: (f"train {row}",))
    monkeypatch.setattr(ImageMarks, "test", lambda marks, row: (f"test {row}",))
    both = [*prediction_tiles(run, [7]), training_tile(run, 7, lines=("cat",))]
    (section,) = marked_sections(run, [Section("a set of copies", both)])
    assert [tile.marks for tile in section.tiles] == [("test 7",), ("train 7",)]
