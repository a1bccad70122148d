"""Training images chosen by words."""

import numpy as np
import pytest

from explorer.core.errors import ExplorerError
from explorer.runs.edits import edit_log
from explorer.runs.edits.edit_log import Change
from explorer.runs.search import search


def test_a_class_is_found_whole_and_in_any_case(run):
    np.testing.assert_array_equal(
        search(run, " CAT "), np.flatnonzero(run.train_labels == run.class_names.index("cat"))
    )


def test_kinds_are_found_by_a_part(run):
    expected = [row for row in range(len(run.train_labels)) if "wild" in run.kind("train", row)]
    np.testing.assert_array_equal(search(run, "wild"), expected)


def test_tags_and_notes_are_found(run):
    digest = run.data_digest
    changes = [Change("train", 5, "tag", "Blurred"), Change("train", 9, "note", "seen on the blurred shelf")]
    edit_log.record_edits(run, changes, "search")
    try:
        np.testing.assert_array_equal(search(run, "blurred"), [5, 9])
        np.testing.assert_array_equal(search(run, "shelf"), [9])
        with pytest.raises(ExplorerError, match="No training image fits 'blur ed'"):
            search(run, "blur ed")
    finally:
        edit_log.undo_step(digest, "search")


@pytest.mark.parametrize(("words", "says"), [("  ", "Nothing is asked"), ("zebra", r"give a class \(cat, dog\)")])
def test_words_that_fit_nothing_are_one_sentence(run, words, says):
    with pytest.raises(ExplorerError, match=says):
        search(run, words)
