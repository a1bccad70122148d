"""How data were understood stays with the run: in its manifest, on the screen, in the case file, in what a build prints."""

import json

import pytest

from explorer.app.pages.data.build_jobs import run_facts
from explorer.core.progress import silent
from explorer.datasets import Skipped, open_dataset
from explorer.figures.case_file.rendering import casefile
from explorer.runs.build.builder import build
from explorer.runs.build.reading import reading_lines, reading_of
from explorer.runs.build.request import Config
from explorer.runs.edits import edit_log, refit
from explorer.runs.edits.change import Change
from explorer.runs.manifest import Manifest
from explorer.runs.results.case_facts import case
from tests.support.hostile_data import put
from tests.support.layouts import pictures


@pytest.fixture(scope="module")
def made(alone):
    """A run on a folder that was read as doubtful and confirmed."""
    files = pictures("{kind}/{n}.png", 8, ("outputs", "dog")) | pictures(".thumbnails/{n}.png", 2, ("x",))
    folder = put(alone / "pets", files | {"dog/broken.png": b"no picture"})
    return build(Config(str(folder), "small-cnn", as_read=True), "pets", silent)


def test_the_manifest_keeps_what_was_decided(made):
    kept = made.manifest.reading
    assert kept == reading_of(open_dataset(made.manifest.dataset))
    assert kept["layout"] == "class folders"
    assert kept["origins"]["train"] == kept["origins"]["test"]
    assert kept["left_out"] == {"files": 1, "folders": 1, "files_of_folders": 2}
    assert [sentence[:38] for sentence in kept["warnings"]] == ["The class 'outputs' is named like the "]


def test_it_is_said_in_two_lines_on_the_page_and_in_the_case_file(made):
    said = reading_lines(made.manifest.reading)
    assert said["Read as"].startswith("class folders; both sides made here: one in five pictures")
    assert said["Read as"].endswith("; left out: 1 folder with 2 files and 1 further file")
    assert said["Confirmed, though doubtful"].startswith("The class 'outputs' is named like the output of a tool")
    assert {name: run_facts(made)[name] for name in said} == said
    assert {"Split", "Skipped files"}.isdisjoint(run_facts(made))  # which the line on the reading says
    text = casefile(case(made, "pets", 0))
    assert "Confirmed, though doubtful" in text
    assert "class folders; both sides made here" in text


def test_a_refit_has_read_the_same_data(made):
    edit_log.record_edits(made, [Change("train", 0, "exclude")])
    assert refit.refit_edited(made, "again").manifest.reading == made.manifest.reading


def test_a_build_prints_it_and_data_with_a_name_have_none(made, printed, run):
    words = ["build", "--dataset", made.manifest.dataset, "--backbone", "small-cnn", "--as-read", "--json"]
    assert json.loads(printed(*words))["reading"] == made.manifest.reading
    assert "reading" not in run.manifest.content
    assert reading_lines(run.manifest.reading) == {}


def test_an_old_manifest_has_none(run):
    assert Manifest.from_dict(run.manifest.to_dict()).reading == {}


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (
            {"origins": {"train": "the folder Train", "test": "Test.csv"}, "left_out": (0, 0, 0)},
            "Kaggle; for training the folder Train; for testing Test.csv",
        ),
        ({"origins": {}, "left_out": (3, 0, 0)}, "Kaggle; left out: 3 files"),
        ({"origins": {}, "left_out": (0, 2, 7)}, "Kaggle; left out: 2 folders with 7 files"),
    ],
)
def test_a_line_says_no_more_than_there_is(reading, said):
    counts = dict(zip(("files", "folders", "files_of_folders"), reading["left_out"], strict=True))
    known = {"layout": "Kaggle", "origins": reading["origins"], "left_out": counts, "warnings": []}
    assert reading_lines(known) == {"Read as": said}
    assert Skipped("a", "b").pictures == 1
