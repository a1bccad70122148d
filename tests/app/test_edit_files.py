"""Edits downloaded from the Retrain page and brought in again."""

import json

import pytest

from explorer.app.pages.retrain import edit_files
from explorer.core.errors import ExplorerError
from explorer.runs.edits import edit_log
from explorer.runs.edits.edit_log import Change
from tests.support.pages import opened


@pytest.fixture
def edited(run):
    """Two edits in force, taken back afterwards."""
    changes = [Change("train", 3, "exclude"), Change("train", 4, "note", "=2+2, a formula")]
    edit_log.record_edits(run, changes, "exchanging")
    yield changes
    while edit_log.undo_step(run.data_digest, "exchanging"):
        pass


@pytest.mark.parametrize("form", edit_files.FORMATS)
def test_what_was_downloaded_is_in_force_already_and_can_be_brought_in_again(run, edited, form):
    content = edit_files.export_content(run, form)
    diff = edit_files.preview_import(run, f"edits.{form}", content)
    assert [edit.change for edit in diff.already if edit.author == "exchanging"] == edited
    edit_log.undo_step(run.data_digest, "exchanging")
    diff = edit_files.preview_import(run, f"../../edits.{form}", content)
    assert [edit.change for edit in diff.added] == edited
    assert edit_files.import_sentence(diff).startswith("2 decisions would be added, 0 are in force already, 0 cannot")


def test_lines_that_cannot_be_used_are_counted(run):
    lines = [{"action": "exclude", "row": 10**6}, {"action": "exclude", "row": 7}]
    diff = edit_files.preview_import(run, "x.jsonl", "\n".join(map(json.dumps, lines)).encode())
    assert edit_files.import_sentence(diff) == "1 decision would be added, 0 are in force already, 1 cannot be used."


def test_a_picture_is_no_file_of_edits(run):
    with pytest.raises(ExplorerError, match="is no CSV or JSON Lines in UTF-8"):
        edit_files.preview_import(run, "cat.png", b"\x89PNG\r\n\xff\xfe")


def test_confirmed_labels_that_an_import_would_replace_are_named_first(run):
    edit_log.record_edits(run, [Change("train", run.picture_row("train", row), "keep") for row in (7, 9)], "exchanging")
    lines = [{"action": "exclude", "train_index": row} for row in (6, 7)] + [
        {"action": "note", "train_index": 9, "value": "x"}
    ]
    diff = edit_files.preview_import(run, "x.jsonl", "\n".join(map(json.dumps, lines)).encode())
    edit_log.undo_step(run.data_digest, "exchanging")
    assert edit_files.confirmed_replaced(run, diff) == []
    edit_log.redo_step(run.data_digest, "exchanging")
    assert edit_files.confirmed_replaced(run, diff) == [7]
    edit_log.undo_step(run.data_digest, "exchanging")


def test_the_page_offers_both_ways_with_and_without_edits(run, edited):
    for _ in range(2):
        app = opened("retrain")
        assert [error.value for error in app.exception] == []
        assert "Take your decisions along, or bring some in" in [part.label for part in app.expander]
        edit_log.undo_step(run.data_digest, "exchanging")
