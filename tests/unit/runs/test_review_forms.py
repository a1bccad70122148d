"""A review goes back to where people label: written in each form, it is read again with the labels as they were decided."""

import csv
import json
import shutil

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.readers.containers.parquet import parquet_file
from explorer.runs.build.builder import build
from explorer.runs.build.request import Config
from explorer.runs.edits.edit_log import Change, record
from explorer.runs.review.forms import FORMS, save_review
from tests.support import noise_pictures

# Cats come first: training images 0 to 5 are cats, 6 to 11 dogs.
EXCLUDED, RELABELLED, CONFIRMED = 2, 7, 0


@pytest.fixture(scope="module")
def reviewed_run(tmp_path_factory):
    """A run on small files with one image left out, one relabelled and one confirmed, each for a reason."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("review")
        patch.setenv("EXPLORER_HOME", str(root / "home"))
        noise_pictures.written(root / "pets", 6, 3)
        run = build(Config(str(root / "pets"), "small-cnn", l2=0.1), "pets", silent)
        edits = [Change("train", EXCLUDED, "exclude", ""), Change("train", RELABELLED, "relabel", "cat")]
        edits += [Change("train", CONFIRMED, "keep", ""), Change("train", EXCLUDED, "note", "no animal")]
        record(run.data_digest, edits, "somebody")
        yield run, root


def now(run):
    """The label of each training file after the review; those that are left out are not there."""
    names = {
        run.dataset.train.pictures.name_of(row): run.class_names[label]
        for row, label in enumerate(run.dataset.train.labels)
    }
    files = list(names)
    names[files[RELABELLED]] = "cat"
    del names[files[EXCLUDED]]
    return names, files[EXCLUDED]


def written(reviewed_run, form, folder):
    run, root = reviewed_run
    shutil.copytree(root / "pets", folder / "data", dirs_exist_ok=True)
    path = folder / f"review{FORMS[form][0]}"
    save_review(run, form, path)
    return path


def labels_of(dataset):
    """Class by the end of the name of each picture of both sides."""
    sides = (dataset.train, dataset.test)
    return {
        side.pictures.name_of(row): dataset.class_names[label]
        for side in sides
        for row, label in enumerate(side.labels)
    }


@pytest.mark.parametrize("form", ["label-studio", "fiftyone"])
def test_tools_get_the_labels_as_they_were_decided(reviewed_run, form, tmp_path):
    path = written(reviewed_run, form, tmp_path)
    dataset = open_dataset(str(path))
    found = {name.removeprefix("data/"): label for name, label in labels_of(dataset).items()}
    expected, left_out = now(reviewed_run[0])
    assert found == expected
    assert dataset.left_out[0].pictures == 1
    assert left_out not in found
    assert "no animal" in path.read_text()


def test_hugging_face_gets_pictures_labels_and_reasons(reviewed_run, tmp_path):
    import pyarrow.parquet

    path = written(reviewed_run, "huggingface", tmp_path)
    run, root = reviewed_run
    expected, left_out = now(run)
    rows = {row["file"]: row for row in pyarrow.parquet.read_table(path).to_pylist()}
    assert (rows[left_out]["label"], rows[left_out]["decision"], rows[left_out]["reason"]) == (
        -1,
        "excluded",
        "no animal",
    )
    assert {file: run.class_names[row["label"]] for file, row in rows.items() if row["label"] >= 0} == expected
    assert all(row["image"]["bytes"] == (root / "pets" / file).read_bytes() for file, row in rows.items())
    dataset = parquet_file(path, "pets").open(silent)
    assert sum(len(dataset.split(side).labels) for side in ("train", "test")) == 11
    assert [one.reason for one in dataset.left_out] == ["they have no label"]


def test_cleanlab_gets_issues_and_probabilities(reviewed_run, tmp_path):
    rows = list(csv.DictReader(written(reviewed_run, "cleanlab", tmp_path).open()))
    run, _ = reviewed_run
    assert [row["is_label_issue"] for row in rows].count("True") == 2
    assert rows[RELABELLED]["new_label"] == "cat"
    assert rows[EXCLUDED]["reason"] == "no animal"
    shares = np.array([[float(row["pred_prob_cat"]), float(row["pred_prob_dog"])] for row in rows])
    np.testing.assert_array_equal(shares, run.probabilities("train"))
    given = [run.class_names.index(row["given_label"]) for row in rows]
    np.testing.assert_array_equal([float(row["label_score"]) for row in rows], shares[np.arange(12), given])


def test_the_plain_table_is_a_list_that_this_program_reads(reviewed_run, tmp_path):
    path = written(reviewed_run, "csv", tmp_path)
    rows = list(csv.DictReader(path.open()))
    assert [row["decision"] for row in rows if row["decision"]] == ["confirmed", "excluded", "relabelled"]
    assert rows[EXCLUDED]["label"] == ""


def test_a_wrong_form_or_ending_is_refused(reviewed_run, explorer, tmp_path):
    for words, said in ((["--form", "coco"], "coco"), (["--form", "huggingface"], ".parquet")):
        refused = explorer("export", "--run", "pets", "--what", "review", *words, "--output", str(tmp_path / "a.json"))
        assert refused.returncode == 2
        assert said in refused.stderr
    with pytest.raises(ExplorerError, match="fiftyone"):
        save_review(None, "fiftyone.json", tmp_path / "a.json")


def test_label_studio_s_tasks_show_what_the_model_says(reviewed_run, tmp_path):
    tasks = json.loads(written(reviewed_run, "label-studio", tmp_path).read_text())
    run, _ = reviewed_run
    scores = [task["predictions"][0]["score"] for task in tasks]
    np.testing.assert_array_equal(scores, run.probabilities("train").max(axis=1))
