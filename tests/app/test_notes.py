"""Tags and notes written on the page of a training image."""

import pytest

from explorer.app.pages.training_image import notes
from explorer.runs.edits import edit_log
from tests.support.pages import opened


@pytest.fixture
def digest(run):
    """The data set's digest; what the test wrote is undone."""
    known = run.data_digest
    before = len(edit_log.live(known))
    yield known
    while len(edit_log.live(known)) > before:
        edit_log.undo_step(known)


def said(run, row, tags, note):
    written = notes.note_changes(row, edit_log.state(run.data_digest), tags, note)
    edit_log.record_edits(run, written)
    state = edit_log.state(run.data_digest)
    return state.tags.get(row, ()), state.notes.get(row, ""), len(written)


def test_tags_come_and_go_and_what_stands_is_not_written_again(run, digest):
    assert said(run, 11, "blurred, wild ,blurred,", " look again ") == (("blurred", "wild"), "look again", 3)
    assert said(run, 11, "blurred,wild", "look again")[2] == 0
    assert said(run, 11, "wild", "") == (("wild",), "", 2)


def test_the_page_saves_what_was_typed(run, digest):
    app = opened("training_image", train=12)
    app.text_input(key=f"tags-{run.id}-12").input("dark")
    app.button[-1].click().run()
    assert edit_log.state(digest).tags[run.picture_row("train", 12)] == ("dark",)
    assert "Saved: 1 change." in [caption.value for caption in app.caption]
